"""The counts of the menu: one statement for all of them, the same numbers as asking one by one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from accounts import grants, keeping, registries, standins
from accounts.models import User
from reinstatements.models import ReinstatementRequest
from tests import factories


@pytest.fixture
def busy(acme, globex, agent, compliance):
    """Something of everything that is counted, at two clients."""
    clerk = factories.make_user("clerk", (globex, "agent"))
    for client, maker in ((acme, agent), (globex, clerk)):
        statuses = ("draft", "submitted", "in_verification", "awaiting_approval", "awaiting_approval")
        for index, status in enumerate(statuses):
            account = factories.suspend(factories.make_account(client, f"B-{index}", balance_minor=8420))
            factories.bring_to(account, status, maker)
        account = factories.make_account(client, "B-9")
        factories.raise_signal(account)
        factories.ask(account, maker)
        factories.propose_merge(account, factories.make_account(client, "B-10"), maker)
    with scope(client=acme.pk):
        late = ReinstatementRequest.objects.filter(client=acme.pk, status="submitted")
        late.update(due_at=standins.now(agent))


def cast(acme, globex):
    return [
        *User.objects.filter(username__in=("agent", "clerk", "compliance")),
        factories.make_user("lead", (acme, "supervisor"), (globex, "supervisor")),
        factories.make_user("mixed", (acme, "agent"), (globex, "compliance"), (globex, "auditor")),
        factories.make_user("nobody"),
    ]


def test_what_is_counted_at_once_is_what_stands_in_each_list(busy, acme, globex):
    for user in cast(acme, globex):
        with scope(client=list(grants.of(user))):
            one_by_one = {
                name: entry.select(user).count()
                for name, entry in registries.counted.items()
                if grants.has_anywhere(user, entry.capability)
            }
            assert standins.counts(user) == one_by_one, user
    assert one_by_one == {}


def test_somebody_with_work_everywhere_has_something_in_every_count(busy, acme, globex):
    user = factories.make_user("lead", (acme, "supervisor"), (globex, "supervisor"))
    with scope(client=[acme.pk, globex.pk]):
        found = standins.counts(user)

    assert found["queue decide"] == 4
    assert found["queue breached"] == found["queue due"] == 1
    assert (found["merges"], found["signals"], found["queries"]) == (2, 2, 2)


def test_everything_is_counted_in_one_round_trip(busy, acme, globex):
    user = factories.make_user("mixed", (acme, "agent"), (globex, "compliance"))
    grants.of(user)
    with scope(client=[acme.pk, globex.pk]), CaptureQueriesContext(connection) as captured:
        standins.counts(user)

    assert len(captured) == 1


def test_a_kept_statement_holds_no_persons_keys(busy, acme):
    """What one asks must never be answered with another's clients, login or person."""
    first, second = (factories.make_user(name, (acme, "agent")) for name in ("first", "second"))
    with scope(client=acme.pk):
        ReinstatementRequest.objects.filter(status="in_verification").update(worker=second)
        found = [standins.counts(user)["queue mine"] for user in (first, second, first)]

    assert found == [0, 1, 0]


def test_a_literal_word_of_an_enumeration_is_its_value():
    assert keeping.literal(ReinstatementRequest.Status.IN_VERIFICATION) == "'in_verification'"
    assert keeping.literal("50%") == "'50%%'"


def test_a_letter_after_a_percent_sign_is_no_place_of_a_statement():
    """As in LIKE '%supervisor%', which stands among the constants of a text with its signs doubled."""
    kept = keeping.Statement.of("SELECT '%%supervisor%%' LIKE '%%%%s%%' WHERE %s = %s", ["one", "one"])
    assert (kept.text, kept.places) == ("SELECT '%supervisor%' LIKE '%%s%' WHERE $1 = $1", ("one",))
