"""The pages of a client's policies: what they say, how a new version is written, tried and put in force."""

import re
from copy import deepcopy

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope

from reinstatements import policies, policy_forms, services
from reinstatements.models import Policy
from reinstatements.policies import documents
from tests import factories

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
STRICT = {
    "levels": [
        {"role": "supervisor", "count": 2},
        {
            "role": "compliance",
            "count": 1,
            "when": [
                {"fact": "owed_minor", "is": "at_least", "value": 50_000},
                {"fact": "restrictions", "is": "one_of", "value": ["payment", "security"]},
            ],
        },
    ],
    "waivers": [{"check": "contact_confirmed", "role": "compliance"}],
    "minutes": {"decision": 120},
}


@pytest.fixture
def payment(acme):
    with scope(client=acme.pk):
        return Policy.objects.select_related("client").get(client=acme, kind="payment")


@pytest.fixture
def strict(payment):
    return factories.put_in_force(payment, payment.rules | STRICT)


def as_sent(browser, url):
    """Return what the browser would send of the form on a page that nobody has touched."""
    form = browser.get(url).context["form"]
    data = {}
    for part in (form.conditions, form.checks, form.levels, form.waivers, form.confirmations):
        data |= {
            f"{part.prefix}-{name}": part.management_form[name].value() for name in ("TOTAL_FORMS", "INITIAL_FORMS")
        }
        for each in part:
            data |= {field.html_name: field.value() for field in each if field.value() not in (None, "", [])}
    return data | {field.html_name: field.value() for field in form.times if field.value() not in (None, "", False)}


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_form_says_what_the_policy_says(client, administrator, strict):
    """A form that is sent as it was shown is the very same document, whichever rules it holds."""
    client.force_login(administrator)
    data = as_sent(client, reverse("policy_change", args=[strict.pk]))

    form = policy_forms.PolicyForm(
        data | {"times-note": "x"}, policy=strict, currency="EUR", stop_reasons=[("non_payment", "Not paid")]
    )

    assert form.is_valid, [part.errors for part in form.parts]
    assert form.document == strict.rules | {"currency": "EUR"}


def test_the_form_says_whether_a_payment_brings_back_by_a_rule(client, administrator, strict):
    client.force_login(administrator)
    data = as_sent(client, reverse("policy_change", args=[strict.pk])) | {"times-note": "x"}
    assert data.pop("times-pays_back") is True

    form = policy_forms.PolicyForm(data, policy=strict, currency="EUR", stop_reasons=[("non_payment", "Not paid")])

    assert form.is_valid, [part.errors for part in form.parts]
    assert form.document["automatic"] == {"rules": ["suspension_ended", "imported_history"]}


def test_the_conditions_of_the_automatic_lane_are_written_shown_and_kept(client, administrator, payment, acme):
    """An account that is younger than half a year is looked at by people, whatever it has paid."""
    lane = {
        "rules": ["suspension_ended", "imported_history", "paid_in_full"],
        "when": [{"fact": "account_age_days", "is": "at_least", "value": 180}],
    }
    version = factories.put_in_force(payment, payment.rules | {"automatic": lane})
    client.force_login(administrator)

    shown = words(client.get(version.get_absolute_url()))
    assert "Who has paid all comes back by a rule yes, where age of the account in days at least 180" in shown
    data = as_sent(client, reverse("policy_change", args=[version.pk])) | {"times-note": "x"}
    assert data["times-lane_when"] == ["1"]
    form = policy_forms.PolicyForm(data, policy=version, currency="EUR", stop_reasons=[])
    assert form.is_valid
    assert form.document["automatic"] == lane

    looked = client.post(
        reverse("policy_change", args=[version.pk]),
        data | {"conditions-0-number": "365", "preview": "1"},
    )
    assert looked.status_code == 200
    assert [(change.label, change.before, change.after) for change in looked.context["changes"]] == [
        (
            "Who has paid all comes back by a rule",
            "yes, where age of the account in days at least 180",
            "yes, where age of the account in days at least 365",
        )
    ]
    assert looked.context["numbered"][-1] == (1, "age of the account in days at least 365")


def test_a_case_that_is_imagined_may_have_a_confirmed_signal_and_says_which_system_confirms(
    client, administrator, payment
):
    rules = payment.rules | {
        "levels": [
            {"role": "supervisor", "count": 1},
            {
                "role": "compliance",
                "count": 1,
                "when": [{"fact": "signals", "is": "one_of", "value": ["shared_contact"]}],
            },
        ],
        "confirmations": [
            {"system": "network", "when": [{"fact": "risk", "is": "one_of", "value": ["elevated"]}]},
        ],
    }
    version = factories.put_in_force(payment, rules)
    client.force_login(administrator)

    def tried(**facts):
        page = client.get(reverse("policy_preview", args=[version.pk]), {"restrictions": ["payment"], **facts})
        return [what for what, _why in page.context["why"]["levels"]], str(page.context["confirms"])

    assert tried() == (["supervisor"], "")
    assert tried(signals=["shared_contact"]) == (["supervisor", "compliance officer"], "Network")


def test_more_rows_are_added_to_what_was_typed_and_nothing_is_judged_yet(client, administrator, strict):
    client.force_login(administrator)
    url = reverse("policy_change", args=[strict.pk])
    sent = as_sent(client, url) | {
        "levels-2-role": "compliance",
        "levels-2-when": ["1", "2"],
        "times-target_minutes": "soon",
    }

    more = client.post(url, sent | {"more": "1"})

    assert more.status_code == 200
    assert "field-error" not in more.content.decode()
    form = more.context["form"]
    assert [part.total_form_count() for part in (form.conditions, form.checks, form.levels)] == [
        int(sent[f"{prefix}-TOTAL_FORMS"]) + 3 for prefix in ("conditions", "checks", "levels")
    ]
    assert form.levels[2]["role"].value() == "compliance"
    assert form.levels[2]["when"].value() == ["1", "2"]
    assert form.times["target_minutes"].value() == "soon"
    rows = [name for name in sent if "-when" in name or name.endswith(("-words", "-compares"))]
    again = {}
    for part in (form.conditions, form.checks, form.levels):
        again |= {field.html_name: field.value() for each in part for field in each}
    assert {name: again[name] for name in rows} == {name: sent[name] for name in rows}


@pytest.mark.parametrize("industry", ["bank", "telecom", "commerce", "saas", "health"])
def test_every_template_goes_through_the_form_unchanged(acme, payment, administrator, client, industry):
    rules = policies.default_rules(industry, "payment") | {"currency": "EUR"}
    version = factories.put_in_force(payment, rules)
    client.force_login(administrator)

    data = as_sent(client, reverse("policy_change", args=[version.pk])) | {"times-note": "x"}

    form = policy_forms.PolicyForm(data, policy=version, currency="EUR", stop_reasons=[])
    assert form.is_valid
    assert form.document == rules


@pytest.mark.requirement("R63")
def test_an_administrator_proposes_and_a_compliance_officer_puts_in_force(
    client, acme, administrator, compliance, payment
):
    client.force_login(administrator)
    url = reverse("policy_change", args=[payment.pk])
    data = as_sent(client, url) | {"levels-0-count": "2", "times-note": "Two from now on."}

    looked = client.post(url, data | {"preview": "1"})
    assert looked.status_code == 200
    assert ("Level 1", "supervisor: every case", "2 × supervisor: every case") in [
        (row.label, row.before, row.after) for row in looked.context["changes"]
    ]
    proposed = client.post(url, data | {"propose": "1"}, follow=True)
    policy = proposed.context["policy"]
    assert (policy.version, policy.note) == (2, "Two from now on.")
    assert "You proposed this version." in words(proposed)
    own = client.post(reverse("policy_put_in_force", args=[policy.pk]), {"on": ""})
    assert own.status_code == 403

    client.force_login(compliance)
    answer = client.post(reverse("policy_put_in_force", args=[policy.pk]), {"on": ""}, follow=True)

    assert "Version 2 holds from" in words(answer)
    with scope(client=[acme.pk]):
        assert policies.in_force(acme.pk, "payment").version == 2
    assert client.post(reverse("policy_turn_down", args=[policy.pk])).status_code == 409


def test_a_page_shows_the_versions_and_what_differs_in_words(client, auditor, strict):
    client.force_login(auditor)

    page = client.get(strict.get_absolute_url())

    assert page.context["standing"] == ("active", "In force")
    assert [(version.version, standing[1]) for version, standing in page.context["versions"]] == [
        (2, "In force"),
        (1, "Replaced"),
    ]
    assert [(row.label, row.before, row.after) for row in page.context["changes"]] == [
        ("Level 1", "supervisor: every case", "2 × supervisor: every case"),
        (
            "Level 2",
            "",
            "compliance officer: where balance owed at least 50000 and kind of restriction: payment or security",
        ),
        ("Waiver: Contact data confirmed", "", "by: compliance officer, every case"),
        ("Time: Each decision", "", "2 hours"),
    ]


def test_a_policy_is_tried_on_facts_and_on_the_last_cases(client, supervisor, strict, acme, agent):
    case = factories.bring_to(factories.suspend(factories.make_account(acme)), "draft", agent)
    client.force_login(supervisor)

    page = client.get(
        reverse("policy_preview", args=[strict.pk]), {"restrictions": ["payment"], "owed_minor": "500.00"}
    )

    assert [what for what, _why in page.context["why"]["levels"]] == ["2 × supervisor", "compliance officer"]
    assert [(row["case"], row["differs"]) for row in page.context["cases"]] == [(case, False)]


def test_an_administrator_sees_what_cases_would_get_and_not_which_cases_they_are(
    client, administrator, strict, acme, agent
):
    case = factories.bring_to(factories.suspend(factories.make_account(acme)), "draft", agent)
    client.force_login(administrator)

    page = client.get(reverse("policy_preview", args=[strict.pk]))

    assert [row["now"]["levels"] for row in page.context["cases"]] == ["2 × supervisor"]
    assert case.code not in page.content.decode()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"levels-0-role": ""}, "Somebody must decide"),
        ({"levels-0-count": "0"}, "greater than or equal to 1"),
        ({"checks-0-when": ["1"]}, "condition that is empty"),
        ({"conditions-0-compares": "owed_minor:at_least", "conditions-0-number": "much"}, "such as 500"),
        ({"conditions-0-compares": "risk:one_of"}, "Choose what"),
        ({"times-note": ""}, "This field is required"),
        ({"levels-TOTAL_FORMS": "9999999999"}, ""),
        ({"conditions-TOTAL_FORMS": "\0"}, ""),
        ({"levels-TOTAL_FORMS": "x"}, ""),
    ],
)
def test_what_cannot_be_a_policy_is_said_in_place_and_kept(client, administrator, payment, changed, message):
    client.force_login(administrator)
    url = reverse("policy_change", args=[payment.pk])
    data = as_sent(client, url) | {"times-note": "New."} | changed

    answer = client.post(url, data | {"propose": "1"})

    assert answer.status_code == 400
    assert message in words(answer)
    with scope(client=payment.client_id):
        assert Policy.objects.filter(client=payment.client_id, kind="payment").count() == 1


def test_lists_and_pages_take_as_many_queries_for_many_versions_as_for_one(client, supervisor, payment, strict):
    def queries(url):
        with CaptureQueriesContext(connection) as found:
            assert client.get(url).status_code == 200
        return len(found)

    client.force_login(supervisor)
    urls = (reverse("policy_list"), strict.get_absolute_url())
    few = [queries(url) for url in urls]
    rules = deepcopy(strict.rules)
    administrators = [factories.make_user(name, (payment.client, "administrator")) for name in ("one", "two")]
    with scope(client=payment.client_id):
        for minutes in (100, 200):
            made = policy_proposed(payment.client, rules | {"target_minutes": minutes}, *administrators)
            assert documents.check(made.rules, "payment") is None

    assert [queries(url) for url in urls] == few


def policy_proposed(owner, rules, maker, second):
    made = services.propose(owner, "payment", rules, actor=maker, note="Again.")
    return services.put_in_force(made, actor=second)
