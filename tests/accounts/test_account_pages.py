from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from accounts.models import AccessRecord, StatusChange
from accounts.services import accounts, erasure, memberships, payments, staff
from reinstatements import services
from tests import factories


def get(browser, user, url, **query):
    browser.force_login(user)
    return browser.get(url, query)


def listed(browser, user, **query):
    response = get(browser, user, reverse("account_list"), **query)
    return [account.number for account, *_rest in response.context["rows"]]


def titles(response):
    return [line.title for line in response.context["timeline"].lines]


def records(acme, kind):
    with scope(client=acme.pk):
        return list(AccessRecord.objects.filter(kind=kind).order_by("created_at", "id"))


# The list


def test_the_list_shows_numbers_in_order_and_masked_holders(client, agent, acme):
    for number in ("b-2", "A-10", "A-1"):
        factories.make_account(acme, number=number)

    response = get(client, agent, reverse("account_list"))

    assert listed(client, agent) == ["A-1", "A-10", "b-2"]
    page = response.content.decode()
    assert [secret in page for secret in ("Köhler", "maria.koehler", "901820")] == [False, False, False]
    assert "M•••• K••••" in page


def test_the_list_is_narrowed_by_status_client_and_beginning(client, acme, globex):
    both = factories.make_user("both", (acme, "agent"), (globex, "agent"))
    factories.make_account(acme, number="A-1")
    factories.suspend(factories.make_account(acme, number="A-2"))
    factories.suspend(factories.make_account(globex, number="a-3"))

    assert listed(client, both) == ["A-1", "A-2", "a-3"]
    assert listed(client, both, status="suspended") == ["A-2", "a-3"]
    assert listed(client, both, client="globex") == ["a-3"]
    assert listed(client, both, number="a-") == ["A-1", "A-2", "a-3"]
    assert listed(client, both, number="A-2", status="active") == []


def test_the_list_is_walked_page_by_page_and_back(client, acme, globex):
    both = factories.make_user("both", (acme, "agent"), (globex, "agent"))
    for number in range(34):
        factories.make_account(acme, number=f"A-{number:02}", holder={})
        factories.make_account(globex, number=f"G-{number:02}", holder={})
    everything = [f"A-{number:02}" for number in range(34)] + [f"G-{number:02}" for number in range(34)]

    def walk(url, name):
        seen = []
        while url:
            response = get(client, both, reverse("account_list") + url)
            seen.append([account.number for account, *_rest in response.context["rows"]])
            url = getattr(response.context["page"], name)
        return seen, response.context["page"]

    forward, last = walk("?", "older_url")
    backward, _first = walk(last.newer_url, "newer_url")

    assert forward == [everything[:30], everything[30:60], everything[60:]]
    assert backward == [everything[30:60], everything[:30]]


def test_numbers_that_differ_in_capitals_only_are_both_listed_across_pages(client, agent, acme):
    for number in [f"A-{number:02}" for number in range(29)] + ["B-1", "b-1"]:
        factories.make_account(acme, number=number, holder={})

    response = get(client, agent, reverse("account_list"))
    client.get(reverse("account_list"))
    older = get(client, agent, reverse("account_list") + response.context["page"].older_url)

    seen = [account.number for page in (response, older) for account, *_rest in page.context["rows"]]
    assert sorted(seen[-2:]) == ["B-1", "b-1"]
    assert len(seen) == 31


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"status": "gone"}, 400),
        ({"number": "A\0"}, 400),
        ({"number": "A" * 10_000_000}, 400),
        ({"after": "nobody"}, 400),
        ({"before": "00000000-0000-7000-8000-000000000000"}, 400),
        ({"client": "globex"}, 404),
        ({"client": "nobody"}, 404),
    ],
)
def test_a_filter_that_cannot_be_is_refused(client, agent, globex, query, status):
    factories.make_account(globex, number="G-1")

    assert get(client, agent, reverse("account_list"), **query).status_code == status


def test_the_page_behind_somebody_elses_account_is_refused(client, agent, globex):
    foreign = factories.make_account(globex, number="G-1")

    assert get(client, agent, reverse("account_list"), after=str(foreign.pk)).status_code == 400


def test_an_outsider_sees_an_empty_list_and_the_administrator_no_such_page(client, outsider, administrator, suspended):
    assert listed(client, outsider) == []
    assert get(client, administrator, reverse("account_list")).status_code == 404


def test_the_list_takes_the_same_number_of_queries_for_one_row_and_thirty(
    client, agent, acme, suspended, django_assert_max_num_queries
):
    def count():
        with django_assert_max_num_queries(30) as queries:
            get(client, agent, reverse("account_list"))
        return len(queries)

    get(client, agent, reverse("account_list"))
    one = count()
    for number in range(29):
        factories.make_account(acme, number=f"N-{number}")

    assert count() == one


# One account


@pytest.mark.parametrize("role", ["agent", "supervisor", "compliance", "auditor", "contact"])
def test_whoever_works_for_the_client_sees_the_account(client, acme, suspended, role):
    user = factories.make_user("somebody", (acme, role))

    response = get(client, user, suspended.get_absolute_url())

    page = response.content.decode()
    assert response.status_code == 200
    assert ["Acme Mobile" in page, "M•••• K••••" in page, "Köhler" in page, "901820" in page] == [
        *(True, True),
        *(False, False),
    ]


def test_an_outsider_and_the_administrator_find_no_such_account(client, outsider, administrator, suspended):
    for user in (outsider, administrator):
        assert get(client, user, suspended.get_absolute_url()).status_code == 404
    assert get(client, outsider, reverse("account", args=[outsider.pk])).status_code == 404


@pytest.mark.requirement("R21")
def test_a_suspended_account_shows_what_stands_in_the_way_and_the_way_back(client, agent, suspended):
    response = get(client, agent, suspended.get_absolute_url())

    assert [(str(row), reason) for row, reason, _who, _clearing in response.context["restrictions"]] == [
        ("Payment", "Non Payment")
    ]
    assert reverse("case_open", args=[suspended.pk]) in response.content.decode()


def test_who_does_not_work_cases_is_not_offered_to_open_one(client, auditor, suspended):
    response = get(client, auditor, suspended.get_absolute_url())

    assert reverse("case_open", args=[suspended.pk]) not in response.content.decode()


def test_a_suspended_account_with_an_open_case_leads_to_it(client, agent, draft):
    response = get(client, agent, draft.account.get_absolute_url())

    page = response.content.decode()
    names = ("account_call", "account_contact", "account_assets", "account_queries", "account_adjustments")
    others = [reverse(name, args=[draft.account_id]) for name in (*names, "account_reactivations", "account_merge")]
    assert [action.url for action in response.context["actions"]] == [draft.get_absolute_url(), *others]
    assert reverse("case_open", args=[draft.account_id]) not in page


def test_a_closed_account_without_a_restriction_says_what_brings_it_back(client, agent, acme, scoped):
    account = factories.make_account(acme)
    factories.close(account, agent)

    page = get(client, agent, account.get_absolute_url()).content.decode()

    assert "Only an approved reinstatement brings this account back" in page


def test_opening_an_account_leaves_one_record_in_ten_minutes(client, agent, supervisor, acme, suspended, time_machine):
    time_machine.move_to(timezone.now())
    for user in (agent, agent, supervisor):
        get(client, user, suspended.get_absolute_url())
    time_machine.shift(timedelta(minutes=11))
    get(client, agent, suspended.get_absolute_url())

    assert [(record.user, record.account) for record in records(acme, "opened")] == [
        (agent, suspended),
        (supervisor, suspended),
        (agent, suspended),
    ]


def test_the_page_of_an_account_is_kept_by_no_cache(client, agent, suspended):
    assert "no-store" in get(client, agent, suspended.get_absolute_url())["Cache-Control"]


def test_the_page_of_an_erased_person_shows_the_record_and_nothing_else(client, agent, compliance, suspended, scoped):
    erasure.erase(suspended, actor=compliance, reason="erasure_asked")

    response = get(client, agent, suspended.get_absolute_url())

    page = response.content.decode()
    assert ["A-1001" in page, "M••••" in page, "declined twice" in page, "Show personal data" in page] == [
        *(True, False),
        *(False, False),
    ]
    assert [(line.title, line.detail) for line in response.context["timeline"].lines[:3]] == [
        ("Personal data erased", "Erasure asked for"),
        ("Membership suspended", "Basic · Non Payment"),
        ("Suspended", "Non Payment · words erased"),
    ]


# Its timeline


@pytest.mark.requirement("R46", "R52")
def test_the_timeline_tells_the_chain_newest_first_in_words(client, supervisor, awaiting_approval):
    with scope(client=awaiting_approval.client_id):
        services.approve(
            awaiting_approval, actor=supervisor, reason="paid", seen=factories.seen(awaiting_approval), note="Checked."
        )

    response = get(client, supervisor, awaiting_approval.account.get_absolute_url())

    told = [(line.title, line.who) for line in response.context["timeline"].lines]
    assert told[:5] == [
        ("Case completed", "supervisor"),
        ("Membership back in service", "supervisor"),
        ("Back in service", "supervisor"),
        ("Case approved", "supervisor"),
        ("Sent for approval", "agent"),
    ]
    assert told[-4:] == [
        ("Membership suspended", "Rule"),
        ("Suspended", "Rule"),
        ("Membership opened", "Import"),
        ("Account opened", "Import"),
    ]


@pytest.mark.parametrize(
    ("role", "may_read"),
    [("agent", True), ("supervisor", True), ("compliance", True), ("auditor", False), ("contact", False)],
)
def test_notes_are_for_those_who_work_on_cases_or_decide_them(client, acme, suspended, role, may_read):
    user = factories.make_user("somebody", (acme, role))

    response = get(client, user, suspended.get_absolute_url())

    line = response.context["timeline"].lines[1]
    assert (line.detail, line.words) == (
        ("Non Payment", "The card was declined twice.") if may_read else ("Non Payment · words withheld", "")
    )
    assert ("declined twice" in response.content.decode()) == may_read


def test_evidence_is_told_in_one_line_and_reasons_in_the_clients_words(client, agent, awaiting_approval):
    response = get(client, agent, awaiting_approval.account.get_absolute_url())

    told = [(line.title, line.detail, line.words) for line in response.context["timeline"].lines]
    assert ("Check met", "Identity confirmed", "Call 4711") in told
    assert ("Suspended", "Non Payment", "The card was declined twice.") in told
    assert ("Membership opened", "Basic · Imported", "") in told


def test_words_are_escaped_and_cannot_repaint_the_page(client, agent, acme):
    account = factories.suspend(factories.make_account(acme), note="<script>alert(1)</script> \u202egnp.exe")

    page = get(client, agent, account.get_absolute_url()).content.decode()

    assert "<script>alert(1)" not in page
    assert "<bdi>&lt;script&gt;alert(1)&lt;/script&gt; \u202egnp.exe</bdi>" in page


def test_a_long_timeline_is_read_page_by_page(client, agent, acme, suspended):
    with scope(client=acme.pk):
        for _ in range(12):
            case = services.open_case(suspended, actor=agent, resume_reason="paid", statement="Paid.")
            services.withdraw(case, actor=agent, reason="not_wanted")
        everything = StatusChange.objects.filter(account=suspended).count()

    first = get(client, agent, suspended.get_absolute_url())
    second = get(client, agent, suspended.get_absolute_url(), before=str(first.context["timeline"].older))

    assert (everything, len(titles(first)), len(titles(second))) == (28, 20, 8)
    assert second.context["timeline"].older is None
    assert titles(second)[-1] == "Account opened"


@pytest.mark.parametrize("before", ["", "x", "-1", "1.5", "9" * 19, "9" * 400, "٣", "1\0"])
def test_a_page_of_the_timeline_that_cannot_be_is_not_found(client, agent, suspended, before):
    assert get(client, agent, suspended.get_absolute_url(), before=before).status_code == 404


def test_what_was_written_down_late_says_so(client, agent, acme, scoped):
    account = factories.make_account(acme)
    accounts.suspend(
        account,
        actor=agent,
        kind="payment",
        reason="non_payment",
        occurred_at=timezone.now() - timedelta(days=9),
    )

    line = get(client, agent, account.get_absolute_url()).context["timeline"].lines[1]

    assert line.title == "Suspended"
    assert line.who.startswith("agent, recorded on ")


def test_times_are_told_in_the_time_zone_and_language_of_who_reads(client, acme, settings, time_machine):
    settings.LANGUAGES = [("en", "English"), ("de", "German")]
    time_machine.move_to("2026-07-01 22:30:00+00:00", tick=False)
    user = factories.make_user("jp", (acme, "agent"), time_zone="Asia/Tokyo", language="de")
    account = factories.suspend(factories.make_account(acme, number="A-2", time_zone="America/New_York"))

    response = get(client, user, account.get_absolute_url())

    page = response.content.decode()
    assert ["07:30" in page, "America/New_York (18:30)" in page] == [True, True]
    assert response["Content-Language"] == "de"


def test_a_time_zone_that_does_not_exist_counts_as_utc(client, acme, suspended):
    for name in ("Mars/Olympus", "../etc/passwd", "", "a\0b"):
        user = factories.make_user(f"user{len(name)}", (acme, "agent"))
        type(user).objects.filter(pk=user.pk).update(time_zone=name.replace("\0", "?"), language="xx")
        user.refresh_from_db()
        assert get(client, user, suspended.get_absolute_url()).status_code == 200


def test_an_account_takes_few_queries_however_long_its_story_is(
    client, agent, acme, suspended, django_assert_max_num_queries
):
    def count():
        with django_assert_max_num_queries(40) as queries:
            get(client, agent, suspended.get_absolute_url())
        return len(queries)

    get(client, agent, suspended.get_absolute_url())
    short = count()
    with scope(client=acme.pk):
        for _ in range(8):
            case = services.open_case(suspended, actor=agent, resume_reason="paid", statement="Paid.")
            services.withdraw(case, actor=agent, reason="not_wanted")

    assert count() == short


@pytest.mark.requirement("R17", "R52")
def test_the_page_shows_what_was_charged_and_paid_and_the_points_of_each_membership(client, agent, acme):
    account = factories.make_account(acme, "A-2")
    with scope(client=acme.pk):
        page = get(client, agent, account.get_absolute_url()).content.decode()
        assert "Charges and payments" not in page
        for number in range(1, 6):
            factories.charge(account, f"I-{number}", 1000 * number, due_on=date(2026, 10, number))
        paid = {"kind": "payment", "external_id": "P-1", "amount_minor": 1500, "currency": "EUR"}
        paid_at = datetime(2026, 10, 4, 12, tzinfo=UTC)
        payments.record(account, actor=staff.ensure_system_user(), origin="client_system", paid_at=paid_at, **paid)
        membership = account.memberships.get()
        memberships.change_points(membership, 1250, actor=agent, reason="earned", initiator="business")
        memberships.change_points(membership, -50, actor=agent, reason="earned", initiator="business")

    response = get(client, agent, account.get_absolute_url())

    assert [(str(row["number"]), row["what"], row["amount"]) for row in panel_of(response, "money")] == [
        ("I-5", "Charge", "50.00 EUR"),
        ("P-1", "Payment", "15.00 EUR"),
        ("I-4", "Charge", "40.00 EUR"),
        ("I-3", "Charge", "30.00 EUR"),
        ("I-2", "Charge", "20.00 EUR"),
    ]
    assert "1200 points" in response.content.decode()


def panel_of(response, name):
    return next(each[name] for each in response.context if name in each)
