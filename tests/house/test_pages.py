"""Every URL of the product, asked for by every role of two clients. A new URL fails until it stands in the table."""

from datetime import timedelta

import pytest
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import ClientRole, ColumnMapping, StatusChange
from accounts.services import memberships
from notifications import tasks
from notifications.models import Delivery
from tests import factories
from tests.accounts.importing import prepared
from tests.programs import key_of

SEE = {"agent", "supervisor", "compliance", "auditor", "contact"}
STAFF = {"agent", "supervisor", "compliance", "auditor", "administrator", "contact", "outsider", "unassigned"}
LOG = {"supervisor", "compliance", "auditor"}

# Who gets the page with GET. A list of one's own clients' rows is open to ``outsider`` too, who sees other rows in it.
PAGES = {
    "home": STAFF,
    "account_change_password": STAFF,
    "api_reference": STAFF,
    "api_openapi": STAFF,
    "api_keys": STAFF - {"unassigned"},
    "queue": SEE | {"outsider"},
    "case": SEE,
    "case_evidence": {"compliance", "auditor"},
    "case_assign": {"supervisor"},
    "case_file": {"agent", "supervisor", "compliance"},
    "case_bulk": {"supervisor", "outsider"},
    "case_bulk_result": {"supervisor"},
    "team": {"agent", "supervisor", "outsider"},
    "team_absence": {"agent", "supervisor"},
    "skills": {"supervisor", "administrator"},
    "sent_back": LOG | {"outsider"},
    "search": SEE | {"outsider"},
    "account_list": SEE | {"outsider"},
    "account": SEE,
    "signal_list": {"supervisor", "compliance", "outsider"},
    "signal": {"supervisor", "compliance"},
    "account_contact": SEE,
    "account_assets": SEE,
    "account_queries": SEE,
    "call": {"agent", "supervisor", "outsider"},
    "call_back_list": {"agent", "supervisor", "outsider"},
    "account_call": {"agent", "supervisor"},
    "account_adjustments": SEE,
    "account_reactivations": SEE,
    "query": SEE,
    "query_list": SEE | {"outsider"},
    "account_payments": SEE,
    "account_deed": {"agent", "supervisor"},
    "account_bulk": {"agent", "supervisor", "outsider"},
    "account_bulk_result": {"agent"},
    "account_reveal": {"agent", "supervisor", "compliance"},
    "account_merge": {"agent", "supervisor"},
    "account_absorbed": SEE,
    "merge_list": SEE | {"outsider"},
    "merge": SEE,
    "ending_list": SEE | {"outsider"},
    "ending": SEE,
    "charge_write_off": {"supervisor", "compliance"},
    "membership": SEE,
    "membership_list": SEE | {"outsider"},
    "offer_list": SEE | {"outsider"},
    "membership_figures": SEE | {"outsider"},
    "membership_add": {"agent", "supervisor"},
    "membership_deed": {"agent", "supervisor"},
    "membership_withdraw": {"agent", "supervisor"},
    "offer_redeem": {"agent", "supervisor"},
    "delivery_list": LOG | {"outsider"},
    "delivery": SEE,
    "log": LOG | {"outsider"},
    "log_entry": LOG,
    "exports": {"compliance", "auditor"},
    "export_run": {"compliance"},
    "decisions": LOG | {"outsider"},
    "waiver_list": LOG | {"outsider"},
    "decision_times": LOG | {"contact", "outsider"},
    "breach_list": SEE | {"outsider"},
    "past_separation": {"compliance", "auditor"},
    "past_times": {"compliance", "auditor"},
    "past_request": {"compliance", "auditor"},
    "clock_list": {"administrator"},
    "clock_settings": {"administrator"},
    "access": {"compliance", "auditor"},
    "policy_list": SEE | {"administrator", "outsider"},
    "policy": SEE | {"administrator"},
    "policy_preview": SEE | {"administrator"},
    "policy_change": {"administrator"},
    "staff": {"administrator"},
    "linked_system_list": {"administrator"},
    **{f"linked_system{end}": {"administrator"} for end in ("", "_new", "_change", "_rotate")},
    "alert_list": SEE | {"outsider"},
    "alert_settings_list": {"administrator"},
    "alert_settings": {"administrator"},
    "difference_list": LOG | {"administrator", "outsider"},
    "webhook_list": LOG | {"administrator", "outsider"},
    "webhook": LOG | {"administrator"},
    "billing_list": {"supervisor", "outsider"},
    "billing_settle": {"supervisor"},
    **{name: {"administrator", "compliance"} for name in ("training_list", "training", "training_end")},
    "role_grant": {"administrator"},
    "role_end": {"administrator"},
    "approver_name": {"administrator"},
    "delegations": {"agent", "supervisor", "compliance", "outsider"},
    "staff_hours": {"administrator"},
    "import_list": {"administrator"},
    "import_new": {"administrator"},
    "import": {"administrator"},
    "import_progress": {"administrator"},
    "import_problems": {"administrator"},
    "import_cancel": {"administrator"},
    "mapping_remove": {"administrator"},
}
# Who may send the form at all; what it says to an empty or late one is tested beside the page. Nobody else gets further
# than 403, and whoever may not see the row gets a 404.
FORMS = {
    "case_open": {"agent", "supervisor"},
    "membership_case_open": {"agent", "supervisor"},
    "case_submit": {"agent", "supervisor"},
    "case_start": {"agent", "supervisor"},
    "case_check": {"agent", "supervisor"},
    "case_check_reopen": {"agent", "supervisor"},
    "case_waiver": {"agent", "supervisor"},
    "case_waive": {"supervisor", "compliance"},
    "case_send": {"agent", "supervisor"},
    "case_prove_identity": {"agent", "supervisor"},
    **{name: {"agent", "supervisor"} for name in ("account_attempt", "representative_add", "representative_end")},
    "case_withdraw": {"agent", "supervisor"},
    **{f"case_{name}": {"agent", "supervisor"} for name in ("claim", "release", "take_over", "ask_member", "answer")},
    **{name: {"agent", "supervisor"} for name in ("case_files", "case_file_remove", "team_absence_end")},
    **{name: {"agent", "supervisor", "compliance"} for name in ("case_note", "case_skip", "case_correct")},
    "queue_save": LOG | {"agent", "contact", "outsider"},
    "queue_remove": {"agent"},
    "case_priority": {"agent", "supervisor"},
    **{f"case_{name}": {"agent", "supervisor"} for name in ("confirm", "not_confirmed", "ask_system", "reconsider")},
    "case_appeal": {"agent", "supervisor"},
    "case_reverse": {"supervisor", "compliance"},
    "case_review": {"supervisor", "compliance"},
    **{f"case_client_{name}": {"contact"} for name in ("comment", "pause", "lift", "escalate")},
    "case_ask_client": {"agent", "supervisor", "compliance"},
    "case_approve": {"supervisor", "compliance"},
    "case_decline": {"supervisor", "compliance"},
    "case_send_back": {"supervisor", "compliance"},
    "account_draft": {"agent", "supervisor", "compliance", "contact"},
    "review_guideline": {"agent", "supervisor"},
    "ending_confirm": {"supervisor"},
    "ending_decline": {"agent", "supervisor"},
    "merge_undo": {"agent", "supervisor", "compliance"},
    "merge_decline": {"agent", "supervisor", "compliance"},
    "merge_confirm": {"supervisor", "compliance"},
    "account_view_save": LOG | {"agent", "contact", "outsider"},
    "account_view_remove": {"agent"},
    "export": {"compliance", "auditor"},
    "export_run_file": set(),
    "export_run_cancel": {"compliance"},
    "policy_put_in_force": {"compliance", "administrator"},
    "policy_turn_down": {"compliance", "administrator"},
    "theme": STAFF,
    "delegation_end": {"supervisor", "agent", "administrator"},
    "api_key_end": {"agent", "administrator"},
    **{f"linked_system_{deed}": {"administrator"} for deed in ("pause", "resume", "test")},
    "webhook_send_again": {"administrator"},
    "staff_away": {"administrator"},
    "absence_end": {"administrator"},
}
POLICY_PAGES = ("policy", "policy_preview", "policy_change", "policy_put_in_force", "policy_turn_down")
# Open without signing in.
BY_LINK = {"external", "external_code", "external_check", "external_decide"}
OPEN = {"account_login", "account_logout", "health", "linked_acknowledge"} | BY_LINK
# Leads to another page, whoever asks: tests/reinstatements/test_next.py.
ELSEWHERE = {"next_case"}


def named_patterns(resolver):
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield pattern.name
        # What programs ask for is in the table of tests/house/one_desk/test_api.py.
        elif not str(pattern.pattern).startswith(("admin/", "api/v1/")):
            yield from named_patterns(pattern)


def test_every_url_stands_in_the_table():
    assert set(named_patterns(get_resolver())) == set(PAGES) | set(FORMS) | OPEN | ELSEWHERE


@pytest.fixture
def cast(agent, supervisor, compliance, auditor, contact, administrator, outsider):
    people = (agent, supervisor, compliance, auditor, contact, administrator, outsider)
    return {user.username: user for user in people} | {"unassigned": factories.make_user("unassigned")}


def scheduled(acme, agent, membership):
    """Schedule a pause for the day after tomorrow and return its key."""
    later = timezone.localdate() + timedelta(days=2)
    memberships.pause(membership, actor=agent, starts_on=later, reason="away", initiator="member")
    return membership.scheduled_changes.get().pk


@pytest.fixture
def urls(cast, awaiting_approval, acme):
    """Each URL of the table, for rows of acme."""
    tasks.relay()
    waiting_run = factories.ask_export(awaiting_approval.client, cast["compliance"])
    case = {"code": awaiting_approval.code}
    account = {"pk": awaiting_approval.account_id}
    twins = [factories.make_account(awaiting_approval.client, number) for number in ("T-8", "T-9")]
    proposed = {"pk": factories.propose_merge(*twins, cast["agent"]).pk}
    closing = {"pk": factories.propose_closing(factories.make_account(acme, "T-7"), cast["agent"]).pk}
    handed_in = {"pk": prepared(awaiting_approval.client, cast["administrator"], b"number\n1\n").pk}
    with scopes_disabled():
        running = factories.make_account(acme, "A-9").memberships.get()
        membership = {"pk": running.pk}
        system = factories.linked_system(acme, cast["administrator"])
        told = {"pk": factories.webhook(system, running).pk}
        arguments = {
            "case_open": {"account_pk": awaiting_approval.account_id},
            "case_check": case | {"check_code": "identity"},
            **{name: case | {"check_code": "identity"} for name in ("case_check_reopen", "case_waiver", "case_waive")},
            "delivery": {"pk": Delivery.objects.get(account=awaiting_approval.account_id).pk},
            "log_entry": {"uid": StatusChange.objects.filter(account=awaiting_approval.account_id).first().uid},
            "role_end": {"pk": ClientRole.objects.get(user=cast["agent"]).pk},
            **{key: {"pk": cast["agent"].pk} for key in ("staff_hours", "staff_away")},
            "delegation_end": {
                "pk": factories.delegation(
                    acme, cast["supervisor"], cast["agent"], starts_at=timezone.now() + timedelta(days=1)
                ).pk
            },
            "api_key_end": {"pk": key_of(cast["agent"], acme)[0].pk},
            "absence_end": {"pk": factories.away(cast["agent"], cast["administrator"]).pk},
            "clock_settings": {"code": "acme"},
            "alert_settings": {"code": "acme"},
            "past_request": {"pk": factories.past_step(acme).pk},
            "export": {"code": "status_log"},
            **dict.fromkeys(("import", "import_progress", "import_problems", "import_cancel"), handed_in),
            "mapping_remove": {"pk": ColumnMapping.objects.create(client=awaiting_approval.client, name="Shop").pk},
            **{f"export_run{end}": {"pk": waiting_run.pk} for end in ("", "_file", "_cancel")},
            **dict.fromkeys(
                ("case_file", "case_file_remove"), case | {"pk": factories.evidence_file(awaiting_approval).pk}
            ),
            "team_absence": {"pk": cast["agent"].pk},
            "team_absence_end": {"pk": factories.absence(cast["agent"]).pk},
            "skills": {"client_pk": acme.pk, "user_pk": cast["agent"].pk},
            "case_bulk_result": {"pk": factories.case_bulk(awaiting_approval, cast["supervisor"]).pk},
            "case_bulk": None,
            "queue_remove": {"pk": factories.queue_definition(acme, cast["agent"]).pk},
            "account": account,
            "training": {"client_pk": acme.pk, "person_pk": cast["agent"].person_id},
            "training_end": {"pk": factories.train(cast["agent"], acme, cast["compliance"]).pk},
            "signal": {"pk": factories.raise_signal(awaiting_approval.account).pk},
            "account_contact": account,
            "account_assets": account,
            "account_queries": account,
            **dict.fromkeys(("account_call", "account_attempt", "representative_add"), account),
            "representative_end": account
            | {"representative_pk": factories.representative(awaiting_approval.account, cast["agent"]).pk},
            "case_prove_identity": case | {"call_pk": factories.call(awaiting_approval.account, cast["agent"]).pk},
            "account_adjustments": account,
            "account_reactivations": account,
            "query": account | {"query_pk": factories.ask(awaiting_approval.account, cast["agent"]).pk},
            "account_payments": account,
            "account_reveal": account,
            "account_bulk_result": {"pk": factories.bulk_change(awaiting_approval.account, cast["agent"]).pk},
            "account_view_remove": {"pk": factories.saved_view(awaiting_approval.client, cast["agent"]).pk},
            "account_deed": account | {"deed": "close"},
            "charge_write_off": account | {"charge_pk": factories.charge(awaiting_approval.account).pk},
            "account_draft": account,
            "review_guideline": account | {"position": 0},
            "account_merge": account,
            "account_absorbed": account,
            **dict.fromkeys(("ending", "ending_confirm", "ending_decline"), closing),
            **dict.fromkeys(("merge", "merge_undo", "merge_decline", "merge_confirm"), proposed),
            **{name: {"pk": awaiting_approval.policy_id} for name in POLICY_PAGES},
            **{f"linked_system{end}": {"pk": system.pk} for end in ("", "_change", "_rotate")},
            **{f"linked_system_{deed}": {"pk": system.pk} for deed in ("pause", "resume", "test")},
            **dict.fromkeys(("webhook", "webhook_send_again", "billing_settle"), told),
            "membership": membership,
            "membership_case_open": {"membership_pk": running.pk},
            "offer_redeem": membership,
            "membership_deed": membership | {"deed": "cancel"},
            "membership_withdraw": membership | {"change_pk": scheduled(acme, cast["agent"], running)},
            "membership_add": {"pk": running.account_id},
        }
    arguments |= {name: case for name in PAGES | FORMS if name.startswith("case") and name not in arguments}
    return {name: reverse(name, kwargs=arguments.get(name)) for name in PAGES | FORMS}


def ask_everybody(client, cast, urls, method):
    """Return ``{url name: {who: status}}``."""
    answers = {name: {} for name in urls}
    for who, user in cast.items():
        client.force_login(user)
        for name, url in urls.items():
            answers[name][who] = getattr(client, method)(url).status_code
    return answers


@pytest.mark.slow
@pytest.mark.requirement("R116", "R132")
def test_a_page_opens_for_those_who_may_and_for_nobody_else(client, cast, urls):
    answers = ask_everybody(client, cast, {name: urls[name] for name in PAGES}, "get")

    assert {name: {who for who, status in row.items() if status == 200} for name, row in answers.items()} == PAGES
    for name, row in answers.items():
        assert {status for who, status in row.items() if who not in PAGES[name]} <= {403, 404}, name
        assert {row[who] for who in {"outsider", "unassigned"} - PAGES[name]} <= {404}, name


@pytest.mark.slow
@pytest.mark.requirement("R116", "R132")
def test_a_form_is_taken_from_those_who_may_and_from_nobody_else(client, cast, urls):
    answers = ask_everybody(client, cast, {name: urls[name] for name in FORMS}, "post")

    taken = {name: {who for who, status in row.items() if status not in (403, 404)} for name, row in answers.items()}
    assert taken == FORMS
    for name, row in answers.items():
        assert {row[who] for who in {"administrator", "outsider", "unassigned"} - FORMS[name]} <= {404}, name
        assert max(row.values()) < 500, name


def test_nobody_gets_anything_without_signing_in(client, urls):
    # The colours of the sign-in page are chosen before signing in.
    for name in (PAGES.keys() | FORMS.keys()) - {"theme"}:
        for answer in (client.get(urls[name]), client.post(urls[name], {})):
            assert answer.status_code == 302
            assert answer["Location"].startswith(reverse("account_login"))
