"""What a member is told: which words, in which language, by which clock, and never those of the staff."""

import pytest
from django.utils import timezone
from django_scopes import scope

from accounts.models import OutboxEvent
from accounts.services import accounts, merges, staff
from notifications import tasks
from notifications.models import Delivery
from reinstatements import services as cases
from tests import factories
from tests.notifications.conftest import rows, words

pytestmark = pytest.mark.usefixtures("scoped")


def approve(case, supervisor):
    return cases.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))


@pytest.mark.requirement("R88", "R96", "R97")
def test_a_suspension_is_told_in_the_members_language_time_and_the_clients_name(acme):
    account = factories.make_account(acme, language="fr", time_zone="America/New_York")
    with scope(client=acme.pk):
        accounts.suspend(
            account,
            actor=staff.ensure_system_user(),
            kind="security",
            reason="fraud_suspected",
            note="Two SIM swaps in a day.",
            occurred_at=timezone.datetime(2026, 7, 4, 22, 30, tzinfo=timezone.get_fixed_timezone(0)),
        )

    tasks.relay()

    (delivery,) = Delivery.objects.all()
    address, subject, body = words(delivery)
    assert (delivery.status, delivery.language, delivery.time_zone) == ("pending", "fr", "America/New_York")
    assert (delivery.template.language, delivery.template_version) == ("fr", 1)
    assert address == "maria.koehler@example.com"
    assert subject == "Votre compte Acme Mobile est suspendu"
    assert body.startswith("Bonjour Maria Köhler,\n")
    assert "A-1001 chez Acme Mobile est suspendu (date d'effet : 4 juillet 2026 18:30 EDT)" in body
    assert "Nous avons remarqué une activité inhabituelle" in body
    assert "Merci de nous contacter." in body
    assert "« Basic »" in body
    # The staff's own words are not the member's.
    assert "fraud" not in body.lower()
    assert "SIM" not in body


@pytest.mark.requirement("R91")
def test_an_approval_is_told_after_it_is_effective_with_what_changed_and_what_to_do(awaiting_approval, supervisor):
    approve(awaiting_approval, supervisor)

    tasks.relay()

    assert rows() == [
        ("account.suspended", "suppressed", "superseded", "de"),
        ("reinstatement.completed", "pending", "", "de"),
    ]
    delivery = Delivery.objects.get(event_name="reinstatement.completed")
    assert delivery.case == awaiting_approval.pk
    _address, subject, body = words(delivery)
    assert subject == "Ihr Konto bei Acme Mobile ist wieder aktiv"
    assert "Die Einschränkung Ihres Kontos wurde aufgehoben." in body
    assert "Sie müssen nichts tun." in body
    assert f"Ihr Vorgang hatte das Zeichen {awaiting_approval.code}." in body


def test_a_declining_is_told_with_words_for_the_member_and_not_with_the_note(awaiting_approval, supervisor):
    seen = factories.seen(awaiting_approval)
    cases.decline(awaiting_approval, actor=supervisor, reason="not_proven", seen=seen, note="He shouted at us.")

    tasks.relay()

    delivery = Delivery.objects.get(event_name="reinstatement.declined")
    _address, _subject, body = words(delivery)
    assert "ließ sich mit dem, was uns vorliegt, nicht belegen" in body
    assert awaiting_approval.code in body
    assert "shouted" not in body


@pytest.mark.requirement("R89")
def test_a_closing_is_told_with_its_consequences(acme):
    account = factories.make_account(acme, language="es")
    factories.close(account, staff.ensure_system_user())

    tasks.relay()

    (delivery,) = Delivery.objects.all()
    _address, subject, body = words(delivery)
    assert subject == "Su cuenta de Acme Mobile está cerrada"
    assert "puede borrarse definitivamente" in body
    assert "Los importes pendientes siguen debiéndose" in body


@pytest.mark.requirement("R88")
def test_the_member_is_told_that_a_case_was_withdrawn(in_verification, agent):
    tasks.relay()
    cases.withdraw(in_verification, actor=agent, reason="not_wanted", note="Called by the neighbour.")

    tasks.relay()

    assert [name for name, *_rest in rows()] == ["account.suspended", "reinstatement.withdrawn"]
    _address, subject, body = words(Delivery.objects.get(event_name="reinstatement.withdrawn"))
    assert subject == "Ihre Anfrage zu Ihrem Konto bei Acme Mobile wurde zurückgezogen"
    assert "wurde zurückgezogen" in body
    assert "melden Sie sich bitte" in body
    assert in_verification.code in body
    assert "neighbour" not in body


def test_a_draft_that_is_withdrawn_is_told_to_nobody(suspended, agent):
    draft = factories.bring_to(suspended, "draft", agent)
    cases.withdraw(draft, actor=agent, reason="not_wanted")

    tasks.relay()

    assert [name for name, *_rest in rows()] == ["account.suspended"]
    assert not OutboxEvent.objects.filter(done_at=None).exists()


@pytest.mark.requirement("R96")
@pytest.mark.parametrize(
    ("member", "client", "used"),
    [
        ("es", "de", "es"),
        ("de-AT", "fr", "de"),
        ("DE", "fr", "de"),
        ("it", "fr", "fr"),
        ("it", "fr-CA", "fr"),
        ("it", "tr", "en"),
        ("", "tr", "en"),
    ],
)
def test_the_language_falls_back_to_the_clients_and_then_to_english(member, client, used, db):
    acme = factories.make_client("umbrella", language=client)
    with scope(client=acme.pk):
        account = factories.make_account(acme, language=member)
        factories.suspend(account)
        tasks.relay()

        assert rows() == [("account.suspended", "pending", "", used)]
        assert Delivery.objects.get().template.language == used


@pytest.mark.requirement("R97")
@pytest.mark.parametrize(("zone", "used"), [("Mars/Olympus", "Europe/Berlin"), ("", "Europe/Berlin"), ("../x", "UTC")])
def test_a_time_zone_that_is_none_falls_back_to_the_clients_and_then_to_utc(zone, used, db):
    umbrella = factories.make_client("umbrella", time_zone="Europe/Berlin" if used != "UTC" else "Nowhere")
    with scope(client=umbrella.pk):
        factories.suspend(factories.make_account(umbrella, time_zone=zone))
        tasks.relay()

        assert Delivery.objects.get().time_zone == used


@pytest.mark.requirement("R15", "R89")
def test_the_member_hears_of_a_merge_and_of_its_undoing(acme):
    agent, supervisor = (factories.make_user(role, (acme, role)) for role in ("agent", "supervisor"))
    absorbed, survivor = (factories.make_account(acme, number, language="en") for number in ("A-2", "A-1"))
    merged = factories.merge(absorbed, survivor, agent, supervisor)
    tasks.relay()

    with scope(client=[acme.pk]):
        asked = merges.propose_undo(merged, actor=agent, reason="merged_in_error")
        merges.confirm(asked, actor=supervisor)
    tasks.relay()

    told = [words(delivery) for delivery in Delivery.objects.order_by("created_at", "id")]
    assert [subject for _address, subject, _body in told] == [
        "Your Acme Mobile account has become part of another",
        "Your Acme Mobile account stands on its own again",
    ]
    assert all("A-2" in body and "A-1" in body for _address, _subject, body in told)
