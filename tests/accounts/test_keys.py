"""Master keys are turned over while the desk works; what is sealed stays readable, whenever it is stopped."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django_scopes import scopes_disabled

from accounts import personal, sealing
from accounts.ledger.verify import Totals, verify
from accounts.models import SubjectKey
from accounts.services import keys
from tests import factories

pytestmark = pytest.mark.usefixtures("scoped")

NEW = {"next": b"n" * 32}


@pytest.fixture
def accounts(acme):
    return [factories.make_account(acme, f"A-{number}") for number in range(5)]


@pytest.fixture
def two_keys(settings, accounts, monkeypatch):
    """The new master key stands first, the old one behind it; batches are small."""
    monkeypatch.setattr(keys, "BATCH", 2)
    settings.SEALING_KEYS = NEW | dict(settings.SEALING_KEYS)
    return settings


def ids():
    return sorted(map(sealing.wrapped_by, SubjectKey.objects.values_list("wrapped", flat=True)))


def names(accounts):
    return {personal.holder(type(account).objects.get(pk=account.pk), whole=True).name for account in accounts}


def rotate():
    said = StringIO()
    call_command("rotate_keys", stdout=said)
    return said.getvalue().splitlines()


@pytest.mark.requirement("R128")
def test_every_key_is_wrapped_anew_and_the_old_master_key_can_go(two_keys, accounts):
    assert ids() == ["test"] * 5

    said = rotate()

    assert said == [
        "5 keys are wrapped anew under 'next'.",
        "No key needs another master key: the others can be taken out of SEALING_KEYS.",
    ]
    two_keys.SEALING_KEYS = NEW
    assert ids() == ["next"] * 5
    assert names(accounts) == {factories.HOLDER["holder_name"]}
    with scopes_disabled():
        assert list(verify(Totals())) == []


def test_running_it_again_changes_nothing(two_keys, accounts):
    rotate()
    before = list(SubjectKey.objects.order_by("pk").values_list("wrapped", flat=True))

    assert rotate()[0] == "0 keys are wrapped anew under 'next'."
    assert list(SubjectKey.objects.order_by("pk").values_list("wrapped", flat=True)) == before


def test_it_may_be_stopped_half_way(two_keys, accounts):
    """Both master keys open what is sealed meanwhile, and the next run does the rest."""
    assert next(keys.rotate()) == 2

    assert ids() == ["next"] * 2 + ["test"] * 3
    assert names(accounts) == {factories.HOLDER["holder_name"]}
    assert sum(keys.rotate()) == 3


def test_an_account_that_is_opened_meanwhile_has_the_new_key(two_keys, accounts, acme):
    rotation = keys.rotate()
    next(rotation)
    factories.make_account(acme, "A-9")

    assert sum(rotation) == 3
    assert ids() == ["next"] * 6


def test_a_master_key_that_is_gone_is_named_and_nothing_is_lost(settings, accounts):
    settings.SEALING_KEYS = NEW

    with pytest.raises(CommandError, match="'test', which is not in SEALING_KEYS"):
        rotate()

    assert ids() == ["test"] * 5
    with scopes_disabled():
        assert {problem.kind for problem in verify(Totals())} == {"master"}


def test_a_damaged_key_does_not_hold_up_the_others(two_keys, accounts):
    first = SubjectKey.objects.filter(account=accounts[0])
    first.update(wrapped=bytes(first.get().wrapped)[:-1] + b"x")
    SubjectKey.objects.filter(account=accounts[1]).update(wrapped=b"rubbish")

    said = rotate()

    assert said[0] == "3 keys are wrapped anew under 'next'."
    assert sorted(said[1:]) == [
        "1 keys are damaged. verify_ledger names those that do not open.",
        "1 keys still need 'test'. verify_ledger names those that do not open.",
    ]
    with scopes_disabled():
        assert [(problem.kind, problem.account_id) for problem in verify(Totals())] == [
            ("key", stored(accounts[0])),
            ("key", stored(accounts[1])),
        ]


def stored(account):
    from accounts.ledger.chains import stored_uuid

    return stored_uuid(str(account.pk))
