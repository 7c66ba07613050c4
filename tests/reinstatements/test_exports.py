"""Cases, decisions and messages as files: the rows of the page, in its order, with the same words."""

import pytest
from django.urls import reverse
from django_scopes import scope

from notifications import tasks
from reinstatements import services
from reinstatements.models import ReinstatementRequest
from tests import factories
from tests.accounts.exporting import ask, download, records, rows_of


@pytest.fixture
def decided(awaiting_approval, supervisor, acme):
    with scope(client=[acme.pk]):
        seen = factories.seen(awaiting_approval)
        services.approve(awaiting_approval, actor=supervisor, reason="paid", note="All is there.", seen=seen)
    return awaiting_approval


@pytest.mark.requirement("R79", "R111")
@pytest.mark.parametrize("queue", ["open", "due", "done"])
def test_the_file_of_a_queue_has_its_cases_in_its_order(client, auditor, acme, agent, queue):
    for number in range(4):
        account = factories.suspend(factories.make_account(acme, number=f"Q-{number}", balance_minor=8420))
        case = factories.bring_to(account, "submitted", agent)
        if number % 2:
            with scope(client=[acme.pk]):
                services.withdraw(case, actor=agent, reason="not_wanted")
    client.force_login(auditor)

    statuses = dict(ReinstatementRequest.Status.choices)
    screen = client.get(reverse("queue"), {"queue": queue, "q": "Q-"}).context["rows"]
    file = rows_of(download(client, auditor, {"queue": queue, "q": "Q-"}, code="cases"))

    assert [row["Case"] for row in file] == [row["case"].code for row in screen]
    assert [row["Account"] for row in file] == [row["case"].account_number for row in screen]
    assert [row["Status"] for row in file] == [statuses[row["case"].status] for row in screen]
    assert [row["Why it stopped"] for row in file] == [row["reason"] for row in screen]
    assert len(file) == {"open": 2, "due": 0, "done": 2}[queue]
    assert records("export_started")[0].details["filters"].get("queue") == queue


def test_what_was_typed_and_finds_no_case_is_not_kept(client, auditor, awaiting_approval):
    download(client, auditor, {"queue": "open", "q": "Maria"}, code="cases")

    assert records("export_started")[0].details["filters"] == {"queue": "open", "q": "?"}
    page = client.get(reverse("exports")).content.decode()
    assert "Maria" not in page


@pytest.mark.requirement("R79", "R111")
def test_decisions_are_listed_and_taken_away_with_who_decided_and_on_which_facts(client, auditor, decided, supervisor):
    client.force_login(auditor)

    page = client.get(reverse("decisions"), {"account": decided.account.number, "decision": "approved"})
    (row, reason), *others = page.context["lines"]
    (line,) = rows_of(download(client, auditor, {"decision": "approved"}, code="decisions"))

    assert others == []
    assert (line["Case"], line["Decision"], line["By"]) == (decided.code, "Approved", supervisor.username)
    assert (line["Level"], line["On behalf of"]) == ("1", "")
    assert (line["Seconds the case was open"], line["Files opened"]) == ("", "")
    assert ">1</td>" in page.content.decode()
    assert (line["Reason"], line["SHA-256 of the facts"], line["Entry"]) == (reason, row.case_hash, str(row.entry))
    assert client.get(reverse("decisions"), {"decision": "declined"}).context["lines"] == []


@pytest.mark.requirement("R79", "R111")
def test_messages_are_taken_away_with_masked_addresses_and_without_their_words(client, auditor, decided):
    tasks.relay()
    client.force_login(auditor)

    screen = client.get(reverse("delivery_list")).context["lines"]
    data = download(client, auditor, code="messages")
    file = rows_of(data)

    assert [row["Message's id"] for row in file] == [str(line.delivery.pk) for line in screen]
    assert [row["To"] for row in file] == [line.address for line in screen]
    assert {row["To"] for row in file} - {""} == {"m••••@example.com"}
    for word in ("Maria", "Köhler", "koehler"):
        assert word not in data.decode()


@pytest.mark.parametrize("code", ["cases", "decisions", "messages", "access"])
@pytest.mark.parametrize("role", ["agent", "supervisor", "contact", "administrator", "outsider"])
def test_nobody_without_the_right_takes_a_list_away(client, request, role, code, awaiting_approval):
    client.force_login(request.getfixturevalue(role))

    assert ask(client, code=code).status_code == 404
    assert records("export_started") == []
