"""Putting right what the record of an ended case says wrong: a new entry that refers to the old one."""

import json

import pytest
from django.urls import reverse
from django_scopes import scope

from accounts.errors import Invalid, Refused
from accounts.ledger.verify import Totals, verify
from accounts.models import StatusChange
from reinstatements import services
from reinstatements.models import Approval, Check
from tests import factories

RIGHT = "The receipt is RF18 5390, not RF18 5309."


@pytest.fixture
def completed(acme, awaiting_approval, supervisor):
    with scope(client=[acme.pk]):
        services.approve(awaiting_approval, actor=supervisor, reason="paid", seen=factories.seen(awaiting_approval))
        return factories.fresh(awaiting_approval)


def entry_of(case, action):
    return StatusChange.objects.filter(account=case.account_id, subject_id=case.pk, action=action).first()


def send(client, user, case, **fields):
    client.force_login(user)
    return client.post(reverse("case_correct", args=[case.code]), {"reason": "detail_wrong", "note": RIGHT} | fields)


@pytest.mark.requirement("R47", "R55")
def test_a_correction_is_an_entry_of_its_own_that_refers_to_the_old_one(client, acme, agent, completed):
    with scope(client=[acme.pk]):
        old = entry_of(completed, "check_met")
        before = (bytes(old.body), list(Check.objects.values("facts")), list(Approval.objects.values("case_hash")))
    answer = send(client, agent, completed, number=old.number)
    assert answer.status_code == 302

    with scope(client=[acme.pk]):
        new = StatusChange.objects.get(account=completed.account_id, action="correct")
        assert (new.caused_by, new.actor, new.reason) == (old.uid, agent, "detail_wrong")
        said = json.loads(bytes(new.body))["data"]
        assert said == {"number": old.number, "about": "reinstatement", "action": "check_met"}
        old.refresh_from_db()
        assert before == (
            bytes(old.body),
            list(Check.objects.values("facts")),
            list(Approval.objects.values("case_hash")),
        )
        assert factories.fresh(completed).status == "completed"
        assert list(verify(Totals(), acme.pk)) == []

    page = client.get(completed.get_absolute_url())
    (line,) = [line for line in page.context["timeline"] if line.title == "Correction"]
    assert f"of entry {old.number}, “Check met”" in line.detail
    assert line.words == RIGHT
    marked = [line for line in page.context["timeline"] if f"corrected by entry {new.number}" in line.detail]
    assert [line.title for line in marked] == ["Check met"]


@pytest.mark.requirement("R55")
def test_both_entries_lead_to_one_another(client, acme, agent, compliance, completed):
    with scope(client=[acme.pk]):
        old = entry_of(completed, "approve")
    send(client, agent, completed, number=old.number)
    with scope(client=[acme.pk]):
        new = StatusChange.objects.get(account=completed.account_id, action="correct")

    client.force_login(compliance)
    for one, other in ((old, new), (new, old)):
        page = client.get(reverse("log_entry", args=[one.uid])).content.decode()
        assert f'href="{reverse("log_entry", args=[other.uid])}"' in page


def test_an_open_case_is_mended_where_it_stands(client, acme, agent, awaiting_approval):
    with scope(client=[acme.pk]):
        old = entry_of(awaiting_approval, "check_met")
        with pytest.raises(Refused, match="is open"):
            services.correct(awaiting_approval, actor=agent, number=old.number, reason="detail_wrong", note=RIGHT)
    client.force_login(agent)
    assert (
        reverse("case_correct", args=[awaiting_approval.code])
        not in client.get(awaiting_approval.get_absolute_url()).content.decode()
    )


def test_only_entries_of_this_case_are_corrected_and_only_in_words(client, acme, agent, completed):
    with scope(client=[acme.pk]):
        opening = StatusChange.objects.get(account=completed.account_id, number=1)
        approved = entry_of(completed, "approve")
        with pytest.raises(Invalid, match="an entry of this case"):
            services.correct(completed, actor=agent, number=opening.number, reason="other_case", note=RIGHT)
        with pytest.raises(Invalid, match="from the list"):
            services.correct(completed, actor=agent, number=approved.number, reason="paid", note=RIGHT)
        with pytest.raises(Invalid, match="in words"):
            services.correct(completed, actor=agent, number=approved.number, reason="detail_wrong", note=" ")
    for fields in ({"number": opening.number}, {"number": "x"}, {"number": approved.number, "note": ""}):
        assert send(client, agent, completed, **fields).status_code == 400
    with scope(client=[acme.pk]):
        assert not StatusChange.objects.filter(action="correct").exists()


@pytest.mark.parametrize("who", ["auditor", "contact", "administrator"])
def test_whoever_keeps_no_notes_corrects_nothing(client, request, completed, who):
    assert send(client, request.getfixturevalue(who), completed, number=2).status_code in (403, 404)
