"""How it was on a day: the page of one account, and the list."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import AccessRecord, StatusChange
from accounts.services import accounts, listing
from accounts.services.staff import ensure_system_user
from reinstatements import services
from tests import factories
from tests.accounts.test_account_pages import get, listed, titles

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def page(browser, user, account, moment, **query):
    return get(browser, user, account.get_absolute_url(), at=moment.isoformat(), **query)


def entry_of(account, action):
    with scopes_disabled():
        return StatusChange.objects.get(account=account, action=action, subject_type="account")


@pytest.fixture
def lived(acme, agent, supervisor):
    """An account that was opened, suspended and reinstated, and the moments right after each."""
    account = factories.make_account(acme, balance_minor=8420)
    moments = {"opened": timezone.now()}
    factories.suspend(account)
    moments["suspended"] = timezone.now()
    case = factories.bring_to(account, "awaiting_approval", agent)
    with scope(client=acme.pk):
        services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))
    moments["reinstated"] = timezone.now()
    account.moments = moments
    return account


# One account


@pytest.mark.requirement("R54")
def test_a_page_shows_what_was_true_at_a_moment_and_the_entry_that_proves_it(client, auditor, lived):
    suspended = page(client, auditor, lived, lived.moments["suspended"])
    reinstated = page(client, auditor, lived, lived.moments["reinstated"])

    proof = entry_of(lived, "suspend")
    assert (suspended.context["past"].status, suspended.context["balance"]) == ("suspended", "84.20 EUR")
    assert suspended.context["past"].standing.since == proof.occurred_at
    assert suspended.context["proof"]["url"] == reverse("log_entry", args=[proof.uid])
    assert [row.kind for row, _reason, _who, _clearing in suspended.context["restrictions"]] == ["payment"]
    assert titles(suspended) == ["Membership suspended", "Suspended", "Membership opened", "Account opened"]
    assert (reinstated.context["past"].status, reinstated.context["balance"]) == ("active", "0.00 EUR")
    assert reinstated.context["restrictions"] == []
    assert reinstated.context["proof"]["number"] == entry_of(lived, "reinstate").number


def test_it_says_that_it_is_the_past_of_which_moment_and_leads_back_to_now(client, auditor, lived):
    body = page(client, auditor, lived, lived.moments["suspended"], zone="Europe/Berlin").content.decode()

    assert "This is the past." in body
    assert lived.moments["suspended"].strftime("Europe/Berlin (UTC+01:00)") in body
    assert f'href="{lived.get_absolute_url()}">Back to now' in body
    assert "Request reinstatement" not in body
    assert [secret in body for secret in ("Köhler", "maria.koehler", "901820")] == [False, False, False]


def test_plans_are_told_as_they_were_sold(client, auditor, lived):
    with scope(client=lived.client_id):
        plan = lived.memberships.get().plan
        plan.name, plan.price_minor = "Basic, dearer", 9900
        plan.save()

    shown = page(client, auditor, lived, lived.moments["suspended"]).context["memberships"]

    assert [(then.status, *rest) for then, *rest in shown] == [("suspended", "Basic", "Month", "29.85 EUR")]


def test_before_its_opening_an_account_was_not_yet_opened(client, auditor, lived):
    response = page(client, auditor, lived, lived.moments["opened"] - DAY)

    assert response.context["past"].standing is None
    assert "Not yet opened" in response.content.decode()
    assert titles(response) == []


def test_a_suspension_that_is_over_reads_active_before_any_job_has_written_so(client, auditor, acme):
    account, now = factories.make_account(acme), timezone.now()
    with scope(client=acme.pk):
        accounts.suspend(
            account,
            actor=ensure_system_user(),
            kind="policy",
            reason="policy_breach",
            occurred_at=now - DAY,
            ends_at=now - HOUR,
        )

    ended = page(client, auditor, account, now)
    before = page(client, auditor, account, now - 2 * HOUR)
    today = get(client, auditor, account.get_absolute_url())

    assert (ended.context["past"].status, ended.context["past"].standing.since) == ("active", now - HOUR)
    assert ended.context["past"].standing.ended
    assert before.context["past"].status == "suspended"
    assert (today.context["is_stopped"], today.context["restrictions"]) == (False, [])
    assert 'data-status="active"' in today.content.decode()
    assert listed(client, auditor, status="active") == ["A-1001"]
    assert listed(client, auditor, status="suspended") == []


def test_an_end_is_told_as_it_was_known_then(client, auditor, acme):
    account, now = factories.make_account(acme), timezone.now()
    how = {"actor": ensure_system_user(), "reason": "policy_breach"}
    with scope(client=acme.pk):
        accounts.suspend(account, kind="policy", occurred_at=now - 3 * DAY, ends_at=now + DAY, **how)
        accounts.change_suspension(account, occurred_at=now - DAY, ends_at=now + 9 * DAY, **how)

    def told(moment):
        shown = page(client, auditor, account, moment).context
        return [row.ends_at for row, _reason, _who, _clearing in shown["restrictions"]], shown["proof"]["title"]

    assert told(now - 2 * DAY) == ([now + DAY], "Suspended")
    assert told(now) == ([now + 9 * DAY], "Suspension changed")


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ({"at": "yesterday"}, "not a day"),
        ({"at": "2026-02-30"}, "not a day"),
        ({"at": "2999-01-01"}, "future"),
        ({"at": "2026-03-29T02:30", "zone": "Europe/Berlin"}, "did not come"),
        ({"at": "2026-03-29", "zone": "Mars/Olympus"}, "no time zone"),
        ({"at": "2026-03-29", "time": "noon"}, "not a day"),
        ({"time": "12:00"}, "Choose the day"),
        ({"at": "x\0"}, "Null characters"),
        ({"at": "9" * 5000}, "at most 40"),
    ],
)
def test_rubbish_for_a_moment_is_refused_with_words_and_leaves_no_word(client, auditor, lived, query, answer):
    response = get(client, auditor, lived.get_absolute_url(), **query)

    assert response.status_code == 400
    assert answer in response.content.decode()
    with scopes_disabled():
        assert not AccessRecord.objects.filter(kind="opened", user=auditor).exists()


def test_the_zone_is_the_clients_unless_another_is_named(client, auditor, lived):
    lived.client.time_zone = "Asia/Tokyo"
    lived.client.save()
    day = "2026-03-12"

    own = get(client, auditor, lived.get_absolute_url(), at=day)
    named = get(client, auditor, lived.get_absolute_url(), at=day, zone="UTC")

    assert own.context["moment"].words == "12 March 2026, 23:59:59, Asia/Tokyo (UTC+09:00)"
    assert named.context["moment"].words == "12 March 2026, 23:59:59, UTC (UTC+00:00)"


def test_the_past_of_somebody_elses_account_is_not_there(client, outsider, lived):
    assert page(client, outsider, lived, lived.moments["suspended"]).status_code == 404


def test_who_may_not_read_the_log_is_told_the_entry_and_not_sent_to_it(client, agent, lived):
    response = page(client, agent, lived, lived.moments["suspended"])

    may_read = client.get(reverse("log_entry", args=[entry_of(lived, "suspend").uid])).status_code == 200
    assert bool(response.context["proof"]["url"]) == may_read
    assert "Suspended" in response.content.decode()


def test_a_page_of_the_past_costs_the_same_for_a_short_and_a_long_history(client, auditor, acme, lived):
    fresh = factories.make_account(acme, number="A-2")

    def cost(account):
        page(client, auditor, account, timezone.now())
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page(client, auditor, account, timezone.now())
        return len(queries)

    assert cost(lived) - cost(fresh) <= 2
    # Each panel of the page asks once or twice; merges and signals came with their own.
    assert cost(lived) <= 30


# The list


@pytest.fixture
def crowd(acme):
    """Five accounts; A-2 and A-4 were suspended in between, A-5 was opened later."""
    made = {number: factories.make_account(acme, number=f"A-{number}", holder={}) for number in range(1, 5)}
    early = timezone.now()
    for number in (2, 4):
        factories.suspend(made[number])
    late = timezone.now()
    factories.make_account(acme, number="A-5", holder={})
    return {"early": early.isoformat(), "late": late.isoformat()}


@pytest.mark.requirement("R54")
def test_the_list_shows_the_status_then_and_is_filtered_by_it(client, auditor, crowd):
    early, late = crowd["early"], crowd["late"]

    assert listed(client, auditor, at=early) == ["A-1", "A-2", "A-3", "A-4"]
    assert listed(client, auditor, at=early, status="active") == ["A-1", "A-2", "A-3", "A-4"]
    assert listed(client, auditor, at=late, status="active") == ["A-1", "A-3"]
    assert listed(client, auditor, at=late, status="suspended") == ["A-2", "A-4"]
    assert listed(client, auditor, at="2020-01-01") == []
    response = get(client, auditor, reverse("account_list"), at=late)
    assert [str(status) for *_rest, status in response.context["rows"]] == ["active", "suspended"] * 2
    assert "/?at=" in response.content.decode()


def test_the_list_in_the_past_is_walked_page_by_page_and_back(client, auditor, crowd, monkeypatch):
    monkeypatch.setattr(listing, "SIZE", 1)

    assert walk(client, auditor, at=crowd["late"], status="suspended") == [["A-2"], ["A-4"]]
    assert walk(client, auditor, at=crowd["late"]) == [["A-1"], ["A-2"], ["A-3"], ["A-4"]]


def walk(browser, user, **query):
    """Follow the list to its end and back; return the pages, the same both ways."""
    response = get(browser, user, reverse("account_list"), **query)
    pages = [[account.number for account, *_rest in response.context["rows"]]]
    while response.context["page"].older_url:
        response = browser.get(reverse("account_list") + response.context["page"].older_url)
        pages.append([account.number for account, *_rest in response.context["rows"]])
    back = [pages[-1]]
    while response.context["page"].newer_url:
        response = browser.get(reverse("account_list") + response.context["page"].newer_url)
        back.insert(0, [account.number for account, *_rest in response.context["rows"]])
    assert back == pages
    return pages


def test_where_few_fit_a_page_looks_at_so_many_accounts_and_goes_on(client, auditor, crowd, monkeypatch):
    monkeypatch.setattr(listing.ThenWalk, "left", 2)

    first = get(client, auditor, reverse("account_list"), at=crowd["late"], status="suspended")
    second = client.get(reverse("account_list") + first.context["page"].older_url)
    third = client.get(reverse("account_list") + second.context["page"].older_url)

    shown = [[account.number for account, *_rest in response.context["rows"]] for response in (first, second, third)]
    assert shown == [["A-2"], ["A-4"], []]
    assert [response.context["page"].stopped_at for response in (first, second, third)] == ["A-2", "A-4", ""]
    assert "There may be more" in first.content.decode()


def test_the_same_number_of_queries_for_one_account_and_for_many(client, auditor, crowd, acme):
    url = reverse("account_list")
    counts = []
    for number in ("A-1", "A-"):
        get(client, auditor, url, at=crowd["late"], number=number)
        with CaptureQueriesContext(connection) as queries:
            get(client, auditor, url, at=crowd["late"], number=number)
        counts.append(len(queries))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("query", [{"at": "x"}, {"at": "2999-01-01"}, {"at": "2026-03-12", "zone": "x"}])
def test_rubbish_for_a_moment_is_marked_in_the_filter(client, auditor, acme, query):
    response = get(client, auditor, reverse("account_list"), **query)

    assert response.status_code == 400
    assert "This filter cannot be used." in response.content.decode()


def test_the_past_of_another_clients_accounts_is_not_listed(client, outsider, crowd):
    assert listed(client, outsider, at=crowd["late"]) == []


def test_more_accounts_are_looked_at_until_a_page_is_full(client, auditor, crowd, monkeypatch):
    """The first look is at one account and the next at four."""
    monkeypatch.setattr(listing, "FIRST_LOOKED_AT", 1)

    assert listed(client, auditor, at=crowd["late"], status="suspended") == ["A-2", "A-4"]
    assert walk(client, auditor, at=crowd["late"]) == [["A-1", "A-2", "A-3", "A-4"]]


def test_numbers_that_differ_in_capitals_only_stay_apart_at_the_edge_of_a_look(client, auditor, acme, monkeypatch):
    for number in ("b-1", "B-1", "b-2"):
        factories.make_account(acme, number=number, holder={})
    monkeypatch.setattr(listing, "FIRST_LOOKED_AT", 1)
    monkeypatch.setattr(listing, "SIZE", 1)

    pages = walk(client, auditor, at=timezone.now().isoformat())

    assert sorted(pages[:2]) == [["B-1"], ["b-1"]]
    assert pages[2:] == [["b-2"]]
