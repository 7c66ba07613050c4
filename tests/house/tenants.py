"""Two clients whose every word carries the client's own mark, and every address of the product for the rows of one."""

import logging
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from io import BytesIO
from urllib.parse import quote_plus

from django.contrib import admin
from django.test import Client as Browser
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern
from django.utils import timezone
from django.utils.html import escape
from django_scopes import scope, scopes_disabled
from pypdf import PdfReader

from accounts.grants import Role
from accounts.models import ClientRole, ColumnMapping, ImportProblem, ReasonCode, StatusChange, StatusRule
from accounts.services import configuration, drafts, memberships, reveal
from notifications.models import Delivery, Template
from notifications.services import ensure_templates, new_version
from reinstatements import facts, services
from tests import factories
from tests.accounts.importing import prepared
from tests.programs import key_of

PERSONAL = ("holder", "family", "mail", "street")
"""The marks of what is known of the holder. The telephone number has no letters and is looked for as digits."""

POLICY_PAGES = ("policy", "policy_change", "policy_preview", "policy_put_in_force", "policy_turn_down")


# What no two answers have in common: tokens, and the hour in the cookies.
DIFFERENT = re.compile(
    r"""((csrfmiddlewaretoken" value=|X-CSRFToken": )"|csrftoken=|expires=|Content-Length', ')[^"';]*""", re.IGNORECASE
)


@dataclass
class World:
    """One client with its staff, three customers and all that can be said about them."""

    mark: str
    phone: str
    staff: dict = field(default_factory=dict)

    def __post_init__(self):
        self.client = factories.make_client(self.mark, name=self.word("client"), sender_name=self.word("sender"))
        for role in Role.values:
            grant, name = (self.client, role), self.word(f"staff{role}")
            self.staff[role] = factories.make_user(f"{self.mark}login{role}", grant, first_name=name)
        with scope(client=[self.client.pk]):
            self.configure()
            self.waiting = self.customer("1")
            self.done = self.customer("2")
            self.stopped = self.customer("3", has_case=False)
            self.charge = factories.charge(self.stopped, f"{self.mark}invoice".upper())
            twin = self.customer("5", has_case=False)
            self.proposed = factories.propose_merge(twin, self.stopped, self.staff["agent"])
            self.closing = factories.propose_closing(self.customer("6", has_case=False), self.staff["agent"])
            self.hand_in()
            approval = {"reason": "paid", "note": self.word("decisionnote")}
            services.approve(self.done, actor=self.staff["supervisor"], seen=factories.seen(self.done), **approval)
            typed, agent = {"statement": self.word("draft")}, self.staff["agent"]
            drafts.save(agent, self.stopped, f"open:{self.stopped.pk}", typed)
            self.membership = factories.make_account(self.client, f"{self.mark}number-4".upper()).memberships.get()
            wanted = {"reason": "away", "initiator": "member", "note": self.word("pausenote")}
            later = timezone.localdate() + timedelta(days=2)
            memberships.pause(self.membership, actor=self.staff["agent"], starts_on=later, **wanted)
            # It is told of nothing, so that what others do sends nothing.
            self.linked = factories.linked_system(self.client, self.staff["administrator"], name=self.word("system"))
            self.told = factories.webhook(self.linked, self.membership, event_name=self.word("event"))
            reveal.reveal(self.done.account, actor=agent, reason="member_on_phone", words=self.word("revealnote"))

    def word(self, what):
        return f"{self.mark}{what}".capitalize()

    def configure(self):
        """Give the client's plan, reasons and messages their marks, as its administrator does."""
        by, plan = self.staff["administrator"], self.client.plans.get()
        plan.name, plan.entitlements = self.word("plan"), [self.word("entitlement")]
        configuration.save(plan, ["name", "entitlements"], actor=by)
        for row in ReasonCode.objects.filter(client=self.client):
            row.label = f"{self.word('reason')} {row.code}"
            configuration.save(row, ["label"], actor=by)
        ensure_templates(self.client)
        for template in Template.objects.filter(client=self.client, language="en").newest():
            fields = {"event": template.event, "language": "en", "subject": self.word("subject")}
            new_version(self.client, actor=by, body=f"{template.body}\n{self.word('body')} {{plan_name}}", **fields)

    def hand_in(self):
        """A file with problems that waits to be imported, and a mapping that was kept."""
        content = f"number;{self.word('column')}\n1;{self.word('holder')}\n".encode()
        self.handed_in = prepared(self.client, self.staff["administrator"], content, self.word("file"))
        ImportProblem.objects.create(run=self.handed_in, line=2, column=self.word("column"), reason="is missing")
        self.mapping = ColumnMapping.objects.create(client=self.client, kind="accounts", name=self.word("mapping"))

    def customer(self, end, has_case=True):
        holder = {
            "holder_name": f"{self.word('holder')} {self.word('family')}",
            "email": f"{self.mark}mail@example.com",
            "phone": self.phone,
            "address": f"{self.word('street')} 5, Berlin",
        }
        account = factories.make_account(self.client, f"{self.mark}number-{end}".upper(), holder, balance_minor=8420)
        factories.suspend(account, note=self.word("stopnote"))
        if not has_case:
            return account
        agent = self.staff["agent"]
        case = services.open_case(account, actor=agent, resume_reason="paid", statement=self.word("statement"))
        case = services.start(services.submit(case, actor=agent), actor=agent)
        for check in case.checks.all():
            shown, sealed = factories.EVIDENCE[check.code]
            evidence = {name: self.word("evidence") for name in sealed}
            services.record_check(case, check.code, actor=agent, outcome="met", facts=shown, evidence=evidence)
        return services.send_for_approval(case, actor=agent, note=self.word("sendnote"))

    @cached_property
    def rows(self):
        """The rows that addresses name, after the messages were made."""
        with scopes_disabled():
            return {
                "plan": self.client.plans.get(),
                "reasoncode": ReasonCode.objects.filter(client=self.client).first(),
                "charge": self.charge,
                "merge": self.proposed,
                "ending": self.closing,
                "overdueladder": self.client.overdue_ladder,
                "accountsettings": self.client.account_settings,
                "query": factories.ask(self.stopped, self.staff["agent"], self.word("question")),
                "training": factories.train(
                    self.staff["agent"], self.client, self.staff["compliance"], self.word("course")
                ),
                "representative": factories.representative(self.stopped, self.staff["agent"], self.word("speaker")),
                "call": factories.call(self.stopped, self.staff["agent"]),
                "callback": factories.call_back(self.stopped, self.staff["agent"], self.word("callnote")),
                "signal": factories.raise_signal(self.stopped),
                "signalsettings": self.client.signal_settings,
                "bulkchange": factories.bulk_change(self.stopped, self.staff["agent"]),
                "file": factories.evidence_file(self.waiting, self.word("filename")),
                "paststep": factories.past_step(self.client, self.word("pastrequest"), agent=self.word("pastagent")),
                "casebulk": factories.case_bulk(self.waiting, self.staff["supervisor"]),
                "queue": factories.queue_definition(self.client, self.staff["agent"], self.word("queue")),
                "desksettings": self.client.desk_settings,
                "savedview": factories.saved_view(self.client, self.staff["agent"], self.word("view")),
                "template": Template.objects.filter(client=self.client, language="en").newest().first(),
                "policy": self.waiting.policy,
                "client": self.client,
                "user": self.staff["agent"],
                "delivery": Delivery.objects.filter(client=self.client, status="sent").first(),
                "entry": StatusChange.objects.filter(client=self.client, account=self.done.account_id).last(),
                "mapping": self.mapping,
                "import": self.handed_in,
                "run": factories.ask_export(self.client, self.staff["compliance"]),
                "linkedsystem": self.linked,
                "statusrule": StatusRule.objects.create(client=self.client, name="VIP", weight=1, statuses=["expired"]),
                "webhook": self.told,
                "role": ClientRole.objects.get(user=self.staff["agent"]),
                "delegation": factories.delegation(self.client, self.staff["supervisor"], self.staff["agent"]),
                "apikey": key_of(self.staff["agent"], self.client, name=self.word("apikey"))[0],
                "absence": factories.away(self.staff["agent"], self.staff["administrator"]),
            }

    @cached_property
    def scheduled(self):
        with scopes_disabled():
            return self.membership.scheduled_changes.get()

    @cached_property
    def ids(self):
        """Keys and codes that are this client's alone, as texts."""
        with scopes_disabled():
            keys = {str(row.pk) for row in self.rows.values() if len(str(row.pk)) == 36}
            keys |= {str(case.account_id) for case in (self.waiting, self.done)} | {str(self.stopped.pk)}
        return keys | {self.waiting.code, self.done.code}

    @property
    def facts_text(self):
        with scope(client=[self.client.pk]):
            case = type(self.waiting).objects.select_related("account", "policy").get(pk=self.waiting.pk)
            return facts.encode(facts.case_facts(case))


def patterns(resolver=None, namespace=""):
    """Yield the names of all addresses, the admin's too; those without one are yielded by what they look like."""
    for found in (resolver or get_resolver()).url_patterns:
        if isinstance(found, URLPattern):
            yield f"{namespace}{found.name}" if found.name else f"{namespace}{found.pattern}"
        else:
            yield from patterns(found, f"{found.namespace}:" if found.namespace else namespace)


API_LISTS = ("api:cases", "api:case_open")


def addresses(world):
    """Return ``{name: address}`` of every URL, for rows of this client. An unknown name raises ``NoReverseMatch``."""
    case, account = [world.waiting.code], [world.stopped.pk]
    handed_in = [world.rows["import"].pk]
    arguments = {
        "case_open": account,
        "case_check": [*case, "identity"],
        **{name: [*case, "identity"] for name in ("case_check_reopen", "case_waiver", "case_waive")},
        "delivery": [world.rows["delivery"].pk],
        "log_entry": [world.rows["entry"].uid],
        "role_end": [world.rows["role"].pk],
        **{f"linked_system{end}": [world.rows["linkedsystem"].pk] for end in ("", "_change", "_rotate")},
        **{f"linked_system_{deed}": [world.rows["linkedsystem"].pk] for deed in ("pause", "resume", "test")},
        "linked_acknowledge": [world.rows["linkedsystem"].pk],
        **{name: [world.rows["webhook"].pk] for name in ("webhook", "webhook_send_again", "billing_settle")},
        **{key: [world.staff["agent"].pk] for key in ("staff_hours", "staff_away")},
        "delegation_end": [world.rows["delegation"].pk],
        "api_key_end": [world.rows["apikey"].pk],
        "api:list": ["status_log"],
        **dict.fromkeys(("api:account", "api:account_as_of"), account),
        "api:entry": [world.rows["entry"].uid],
        **{f"api:import{end}": handed_in for end in ("", "_take", "_problems")},
        "api:case_check": [*case, "identity"],
        "absence_end": [world.rows["absence"].pk],
        "clock_settings": [world.client.code],
        "alert_settings": [world.client.code],
        "past_request": [world.rows["paststep"].pk],
        "export": ["status_log"],
        **{f"external{end}": ["no-such-link"] for end in ("", "_code", "_check", "_decide")},
        **{f"export_run{end}": [world.rows["run"].pk] for end in ("", "_file", "_cancel")},
        "training": [world.client.pk, world.staff["agent"].person_id],
        "training_end": [world.rows["training"].pk],
        "account": [world.done.account_id],
        "signal": [world.rows["signal"].pk],
        "account_contact": account,
        "account_assets": account,
        "account_queries": account,
        **dict.fromkeys(("account_call", "account_attempt", "representative_add"), account),
        "representative_end": [*account, world.rows["representative"].pk],
        "case_prove_identity": [*case, world.rows["call"].pk],
        "account_adjustments": account,
        "account_reactivations": account,
        "query": [*account, world.rows["query"].pk],
        "account_payments": account,
        "account_reveal": account,
        "account_deed": [*account, "close"],
        "review_guideline": [*account, 0],
        "account_bulk_result": [world.rows["bulkchange"].pk],
        "account_view_remove": [world.rows["savedview"].pk],
        "charge_write_off": [*account, world.rows["charge"].pk],
        "account_draft": account,
        **{f"case_file{end}": [*case, world.rows["file"].pk] for end in ("", "_remove")},
        "case_bulk": [],
        "case_bulk_result": [world.rows["casebulk"].pk],
        "queue_remove": [world.rows["queue"].pk],
        "team_absence": [world.staff["agent"].pk],
        "team_absence_end": [world.rows["absence"].pk],
        "skills": [world.client.pk, world.staff["agent"].pk],
        "account_merge": account,
        "account_absorbed": account,
        **{f"ending{end}": [world.rows["ending"].pk] for end in ("", "_confirm", "_decline")},
        **{f"merge{end}": [world.rows["merge"].pk] for end in ("", "_confirm", "_decline", "_undo")},
        "mapping_remove": [world.rows["mapping"].pk],
        "import": handed_in,
        "import_progress": handed_in,
        "import_problems": handed_in,
        "import_cancel": handed_in,
        **{name: [world.rows["policy"].pk] for name in POLICY_PAGES},
        "membership": [world.membership.pk],
        "membership_case_open": [world.membership.pk],
        "offer_redeem": [world.membership.pk],
        "membership_deed": [world.membership.pk, "cancel"],
        "membership_withdraw": [world.membership.pk, world.scheduled.pk],
        "membership_add": [world.membership.account_id],
        "admin:app_list": ["accounts"],
    }
    for model in admin.site._registry:
        kind = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        for page in ("history", "delete", "change"):
            arguments[f"{kind}_{page}"] = [world.rows[model._meta.model_name].pk]
    found = {}
    for name in patterns():
        if name == "admin:<path:object_id>/":
            found[name] = f"{reverse('admin:accounts_plan_changelist')}{world.rows['plan'].pk}/"
        elif name == "admin:(?P<url>.*)$":
            found[name] = f"{reverse('admin:index')}{world.mark}"
        else:
            default = case if name.startswith(("case", "api:case")) and name not in API_LISTS else None
            found[name] = reverse(name, args=arguments.get(name, default))
    found["api:account_as_of"] += "?at=2026-01-01T00:00:00Z"
    found["api:account_by_number"] += f"?number={world.stopped.number}"
    return found


def everything(response):
    """Return all that an answer tells: status, headers, cookies, and the body, streamed to its end."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if body.startswith(b"%PDF"):
        return "\n".join([*head_of(response), *words_of_pdf(body)])
    return "\n".join([*head_of(response), body.decode(errors="replace")])


def head_of(response):
    return [str(response.status_code), *map(str, response.headers.items()), response.cookies.output()]


def words_of_pdf(body):
    """Yield all the words of a PDF: its pages, its metadata, and the files inside."""
    reader = PdfReader(BytesIO(body))
    yield str(reader.metadata)
    yield from (page.extract_text() for page in reader.pages)
    yield from (data.decode() for contents in reader.attachments.values() for data in contents)


def without(text, sent):
    """Return an answer without what was sent itself, however it is written, and without what differs each time."""
    for value in sent:
        for written in {value, escape(value), quote_plus(value), escape(quote_plus(value))}:
            text = re.sub(re.escape(written), "…", text, flags=re.IGNORECASE)
    return DIFFERENT.sub("", text)


def tells_of(world, text):
    """Return every sign of a client in a text: its marks, its keys and codes, its holder's number in any notation."""
    lower = text.casefold()
    found = set(re.findall(rf"{world.mark}[a-z]*", lower)) | {key for key in world.ids if key.casefold() in lower}
    return found | ({"phone"} if tells_number(world.phone, text) else set())


def tells_number(phone, text):
    digits = re.sub(r"\D", "", phone).removeprefix("49")
    return re.search(r"[\s()/.-]{0,3}".join(digits), text) is not None


def whole_data(world, text):
    """Return what of the holder's personal data stands unmasked in a text."""
    lower = text.casefold()
    found = {what for what in PERSONAL if f"{world.mark}{what}" in lower}
    return found | ({"phone"} if tells_number(world.phone, text) else set())


def signed_in(user, client=None):
    """Return the browser of somebody, who sends a key of theirs with everything: programs come in by that alone."""
    key = {"Authorization": f"Bearer {key_of(user, client)[1]}"} if client else {}
    browser = Browser(raise_request_exception=False, headers=key)
    browser.force_login(user)
    return browser


@contextmanager
def logged(level=logging.INFO):
    """Yield the lines that the product's own handler writes, from ``level`` up."""
    lines, root = [], logging.getLogger()
    handler = next(handler for handler in root.handlers if handler.name == "stderr")
    collector = logging.Handler()
    collector.setFormatter(handler.formatter)
    collector.emit = lambda record: lines.append(collector.format(record))
    for each in handler.filters:
        collector.addFilter(each)
    before = root.level
    root.addHandler(collector)
    root.setLevel(level)
    try:
        yield lines
    finally:
        root.removeHandler(collector)
        root.setLevel(before)
