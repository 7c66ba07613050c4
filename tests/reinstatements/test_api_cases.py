"""A case by programs, from the question to the decision: the same rules, the same record."""

import pytest
from django_scopes import scope

from accounts.models import AccessRecord, Account, StatusChange
from reinstatements.models import Approval, ReinstatementRequest
from tests import factories
from tests.accounts.exporting import records
from tests.programs import Program

IDENTITY = {"document": "passport", "method": "video"}


def status_of(case):
    with scope(client=[case.client_id]):
        return ReinstatementRequest.objects.get(pk=case.pk).status


def decision(said, reason, note=""):
    return {"reason": reason, "note": note, "facts_sha256": said["facts_sha256"], "opened": said["opened"]}


@pytest.mark.requirement("R79", "R56")
def test_two_programs_bring_an_account_back(agent, supervisor, suspended, acme):
    works, decides = Program(agent, acme, "work"), Program(supervisor, acme)
    wanted = {"account_id": str(suspended.pk), "reason": "paid", "statement": "Paid on Friday.", "start": True}
    status, case = works.post("/cases", wanted)
    assert (status, case["status"], case["worked_by"], case["statement"]) == (
        201,
        "in_verification",
        "agent",
        "Paid on Friday.",
    )
    path = f"/cases/{case['code']}"
    assert works.post("/cases", wanted)[0] == 409

    # Nobody is asked before every check is met.
    status, said = works.post(f"{path}/send", {"note": ""})
    assert (status, bool(said["message"])) == (403, True)
    assert works.get(path)[1]["status"] == "in_verification"

    with scope(client=[acme.pk]):
        open_case = ReinstatementRequest.objects.get(code=case["code"])
        for check in open_case.checks.all():
            facts, evidence = factories.EVIDENCE[check.code]
            sent = {name: as_typed(value) for name, value in (facts | evidence).items()}
            status, said = works.post(f"{path}/checks/{check.code}", {"outcome": "met", "evidence": sent})
            assert status == 200, said
    status, said = works.post(f"{path}/send", {"note": "All there."})
    assert (status, said["status"], said["waits_for"]) == (200, "awaiting_approval", "supervisor")

    shown = decides.get(path)[1]
    status, said = decides.post(f"{path}/approve", decision(shown, "paid"))
    assert (status, said["status"]) == (200, "completed")
    assert [(each["level"], each["decision"], each["by"]) for each in said["decisions"]] == [
        (1, "approved", "supervisor")
    ]
    with scope(client=[acme.pk]):
        assert Account.objects.get(pk=suspended.pk).status == "active"
        given = Approval.objects.get()
        assert given.case_hash == shown["facts_sha256"]
        assert given.seconds_open is not None
        actions = StatusChange.objects.filter(account=suspended).order_by("-number").values_list("action", flat=True)
        # The membership comes back with its account.
        assert list(actions[:4]) == ["complete", "reinstate", "reinstate", "approve"]


def as_typed(value):
    """Amounts are kept in minor units and sent in whole ones."""
    return f"{value / 100:.2f}" if isinstance(value, int) else str(value)


@pytest.mark.requirement("R58", "R116")
@pytest.mark.parametrize("deed", ["approve", "decline", "send-back"])
def test_nobody_decides_by_a_program_what_they_worked_on(agent, awaiting_approval, acme, deed):
    """Neither with the login that did, nor with a second one, whatever else it may do."""
    second = factories.make_user("agent2", (acme, "supervisor"), person=agent.person)
    program = Program(second, acme)
    shown = program.get(f"/cases/{awaiting_approval.code}")[1]
    reasons = {"approve": "paid", "decline": "not_proven", "send-back": "evidence_unclear"}

    status, said = program.post(f"/cases/{awaiting_approval.code}/{deed}", decision(shown, reasons[deed], "Mine."))

    assert status == 403
    assert said["message"]
    assert status_of(awaiting_approval) == "awaiting_approval"


@pytest.mark.requirement("R116")
def test_a_fact_that_changed_since_it_was_told_voids_the_decision(supervisor, awaiting_approval, acme):
    program = Program(supervisor, acme)
    path = f"/cases/{awaiting_approval.code}"
    shown = program.get(path)[1]
    with scope(client=[acme.pk]):
        factories.charge(awaiting_approval.account)

    status, said = program.post(f"{path}/approve", decision(shown, "paid"))

    assert (status, said["fields"]) == (409, {})
    assert status_of(awaiting_approval) == "awaiting_approval"
    again = program.get(path)[1]
    assert again["facts_sha256"] != shown["facts_sha256"]
    assert again["facts"]["balance"] != shown["facts"]["balance"]


@pytest.mark.parametrize(
    ("deed", "reason", "ends"),
    [("decline", "not_proven", "declined"), ("send-back", "evidence_unclear", "in_verification")],
)
def test_declining_and_sending_back_ask_for_words(supervisor, awaiting_approval, acme, deed, reason, ends):
    program = Program(supervisor, acme)
    path = f"/cases/{awaiting_approval.code}"
    shown = program.get(path)[1]

    status, said = program.post(f"{path}/{deed}", decision(shown, reason))
    assert (status, set(said["fields"])) == (400, {"note"})
    status, said = program.post(f"{path}/{deed}", decision(shown, "no_such_reason", "Not this month."))
    assert (status, set(said["fields"])) == (400, {"reason"})
    status, said = program.post(f"{path}/{deed}", decision(shown, reason, "Not this month."))
    assert (status, said["status"]) == (200, ends)
    assert program.post(f"{path}/{deed}", decision(shown, reason, "Again."))[0] == 409


def test_a_decision_without_having_looked_is_kept_without_a_time(supervisor, awaiting_approval, acme):
    program = Program(supervisor, acme)
    shown = program.get(f"/cases/{awaiting_approval.code}")[1]

    program.post(f"/cases/{awaiting_approval.code}/approve", decision(shown, "paid") | {"opened": ""})

    with scope(client=[acme.pk]):
        assert Approval.objects.get().seconds_open is None


def test_a_case_says_its_words_to_those_who_read_words_only(agent, auditor, awaiting_approval, acme):
    path = f"/cases/{awaiting_approval.code}"

    assert Program(agent, acme, "read").get(path)[1]["statement"] == "Paid by transfer on Friday."
    assert Program(auditor, acme, "read").get(path)[1]["statement"] is None
    assert {record.user.username for record in records(AccessRecord.Kind.OPENED)} == {"agent", "auditor"}


def test_cases_are_found_by_account_and_status(agent, awaiting_approval, acme):
    program = Program(agent, acme)
    with scope(client=[acme.pk]):
        other = factories.bring_to(factories.suspend(factories.make_account(acme, "A-2")), "draft", agent)

    def codes(**query):
        return [line["code"] for line in program.get("/cases", **query)[1]["cases"]]

    assert codes() == [other.code, awaiting_approval.code]
    assert codes(account="a-1001") == [awaiting_approval.code]
    assert codes(status="draft") == [other.code]
    first = program.get("/cases", limit=1)[1]
    assert [line["code"] for line in first["cases"]] == [other.code]
    assert codes(cursor=first["next"]) == [awaiting_approval.code]


def test_a_draft_is_submitted_claimed_released_and_withdrawn(agent, draft, acme):
    program, path = Program(agent, acme), f"/cases/{draft.code}"

    assert program.post(f"{path}/submit")[1]["status"] == "submitted"
    assert program.post(f"{path}/start")[1]["worked_by"] == "agent"
    assert program.post(f"{path}/release", {"note": "Back on Monday."})[1]["worked_by"] is None
    assert program.post(f"{path}/claim")[1]["worked_by"] == "agent"
    assert program.post(f"{path}/notes", {"note": "Called twice."})[0] == 200
    assert program.post(f"{path}/withdraw", {"reason": "not_wanted"})[1]["status"] == "withdrawn"


def test_a_card_number_in_what_a_program_sends_is_cut(agent, in_verification, acme):
    Program(agent, acme).post(f"/cases/{in_verification.code}/notes", {"note": "Card 4111 1111 1111 1111 again."})

    from accounts.services import words

    with scope(client=[acme.pk]):
        entry = StatusChange.objects.filter(account=in_verification.account).latest("number")
        said = words.read(in_verification.account, [entry.uid]).values()
    assert not any("4111 1111" in text for text in said)
    assert any("1111" in text for text in said)
