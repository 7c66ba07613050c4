"""The guidelines of a review: by client and country, kept as they were asked, followed before a person ends it."""

import json

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts import review_guidelines
from accounts.errors import Invalid, Moved, Refused
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, AccountSettings, OutboxEvent, StatusChange
from accounts.models.settings import usual
from accounts.services import guidelines, lifecycle, reviews
from tests import factories
from tests.accounts.test_reviews import DAY, end, fresh, review

pytestmark = pytest.mark.usefixtures("scoped")


@pytest.fixture
def account(acme):
    return factories.make_account(acme)


ASK, SILENCE = "Ask where the money comes from", "Tell nobody outside"
GUIDELINES = [["", ASK], ["DE", SILENCE], ["GB", "Tell nobody in Britain"]]


@pytest.fixture
def guided(acme, account):
    AccountSettings.objects.filter(client=acme).update(review_guidelines=GUIDELINES)
    Account.objects.filter(pk=account.pk).update(country="DE")
    return fresh(account)


def follow(account, actor, position, outcome="done", **more):
    return reviews.follow_guideline(account, actor=actor, position=position, outcome=outcome, **more)


@pytest.mark.requirement("R66")
def test_a_person_ends_a_review_when_each_guideline_of_the_client_and_the_country_was_followed(guided, agent):
    review(guided, agent)
    assert [each.words for each in guidelines.of(fresh(guided))] == [ASK, SILENCE]
    with pytest.raises(Refused, match=f"guidelines: {ASK} {SILENCE}"):
        end(guided, agent)
    follow(guided, agent, 0, note="Salary slips of three months.")
    with pytest.raises(Refused, match=f"guidelines: {SILENCE}"):
        end(guided, agent)
    with pytest.raises(Invalid, match="why it does not apply"):
        follow(guided, agent, 1, "not_applicable")
    entry = follow(guided, agent, 1, "not_applicable", note="Nothing is reported.")

    assert json.loads(bytes(entry.body))["data"] == {
        "guideline": 1,
        "words": SILENCE,
        "outcome": "not_applicable",
    }
    end(guided, agent)
    assert fresh(guided).status == "active"
    assert list(verify(Totals())) == []


@pytest.mark.requirement("R66")
def test_what_the_client_asks_for_later_is_not_asked_of_a_review_that_goes_on(guided, agent, acme):
    review(guided, agent)
    AccountSettings.objects.filter(client=acme).update(review_guidelines=[["", "Something else."]])
    assert [each.words for each in guidelines.of(fresh(guided))] == [ASK, SILENCE]


@pytest.mark.requirement("R66")
def test_a_review_that_runs_out_says_which_guidelines_were_not_followed(guided, agent):
    review(guided, agent)
    follow(guided, agent, 0)
    with time_machine.travel(timezone.now() + 15 * DAY):
        reviews.catch_up(fresh(guided))
    entry = StatusChange.objects.get(account=guided, action="end_review")
    assert json.loads(bytes(entry.body))["data"]["guidelines_open"] == [1]


@pytest.mark.requirement("R66")
def test_the_page_asks_for_each_guideline_and_says_who_followed_it(client, guided, agent, auditor):
    review(guided, agent)
    client.force_login(agent)
    page = client.get(guided.get_absolute_url()).content.decode()
    assert page.count("Does not apply</button>") == 2
    url = reverse("review_guideline", args=[guided.pk, 0])
    said = client.post(url, {"outcome": "not_applicable", "note": ""}, follow=True).content.decode()
    assert "Write why it does not apply." in said
    assert said.count("Does not apply</button>") == 2
    assert client.post(url, {"outcome": "done", "note": "Seen."}).status_code == 302
    said = client.post(
        reverse("review_guideline", args=[guided.pk, 9]), {"outcome": "done"}, follow=True
    ).content.decode()
    assert "This review asks for no such thing." in said
    page = client.get(guided.get_absolute_url()).content.decode()
    assert page.count("Does not apply</button>") == 1
    assert f"{ASK} Done" in page
    client.force_login(auditor)
    assert client.get(guided.get_absolute_url()).content.decode().count("Does not apply</button>") == 0
    assert client.post(url, {"outcome": "done"}).status_code == 403


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ask.\n\n [de]  Say nothing. ", [["", "Ask."], ["DE", "Say nothing."]]),
        ("ID: show it", [["", "ID: show it"]]),
    ],
)
def test_guidelines_are_written_one_a_line(text, found):
    assert review_guidelines.parsed(text) == found
    assert review_guidelines.parsed(review_guidelines.written(found)) == found


@pytest.mark.parametrize("text", ["[XX] Nowhere.", "x" * 301, "\n".join("Ask." for _each in range(31))])
def test_guidelines_that_nobody_can_follow_are_refused(text):
    with pytest.raises(ValidationError):
        review_guidelines.parsed(text)


@pytest.mark.requirement("R66")
def test_no_date_brings_an_account_back_from_a_review_and_what_was_left_open_is_on_record(guided, agent):
    review(guided, agent)
    how = {"actor": agent, "kind": "policy", "reason": "fraud_suspected"}
    with pytest.raises(Invalid, match="without an end"):
        lifecycle.suspend(fresh(guided), ends_at=timezone.now() + DAY, **how)
    entry = lifecycle.suspend(fresh(guided), **how)
    with pytest.raises(Invalid, match="without an end"):
        lifecycle.change_suspension(fresh(guided), actor=agent, reason="more_time", ends_at=timezone.now() + DAY)
    assert json.loads(bytes(entry.body))["data"]["guidelines_open"] == [0, 1]


@pytest.mark.requirement("R66", "R90")
def test_where_a_suspicion_must_not_be_told_the_member_hears_neither_of_its_beginning_nor_of_its_end(
    acme, account, agent
):
    AccountSettings.objects.filter(client=acme).update(review_tells=False)
    entry = review(account, agent)
    end(account, agent)
    assert json.loads(bytes(entry.body))["data"]["told"] is False
    assert list(OutboxEvent.objects.values_list("name", flat=True)) == []
    review(account, agent, tell=True)
    end(account, agent)
    assert list(OutboxEvent.objects.order_by("id").values_list("name", flat=True)) == [
        "account.under_review",
        "account.review_ended",
    ]


def test_banks_tell_nobody_of_a_review_unless_somebody_says_so():
    assert [usual(industry)["review_tells"] for industry in ("bank", "telecom", "health")] == [False, True, True]


def test_the_same_word_of_a_guideline_is_put_down_once(guided, agent):
    review(guided, agent)
    follow(guided, agent, 0)
    with pytest.raises(Moved):
        follow(guided, agent, 0)
