"""The evidence of one case as a document: who, what, when and why, in an order that never changes.

Everything is read from one ``CasePage`` and put into plain values for ``templates/accounts/document.typ``. Personal
data is masked; what people wrote stands there for whoever may read it, else it says why not.
"""

import hashlib
import json
from functools import cached_property

from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import canonical, registries, statuslog, wording
from accounts.models import Origin
from accounts.services import assets, telling, timeline
from accounts.typesetting import Attachment
from reinstatements import differing, facts, presentation
from reinstatements.checks_catalogue import CATALOGUE
from reinstatements.models import Check

ENTRIES_FILE = "entries.jsonl"
NOTHING = "–"
VERIFY = """pdfdetach -saveall evidence.pdf
sha256sum decision-*.json
python3 -c '
import hashlib, json
lines = open("entries.jsonl", "rb").read().splitlines()
for line in lines: print(json.loads(line)["number"], hashlib.sha256(line).hexdigest())
for line in lines: print(json.loads(line)["number"], "follows", json.loads(line)["prev"])'"""
"""Without indentation, which is lost where somebody copies it out of a PDF."""


def moment(at):
    """Return a time to the second with its distance from UTC, as nobody can misread it: 2026-11-26 14:05:33 +01:00."""
    if at is None:
        return NOTHING
    local = timezone.localtime(at)
    return f"{local:%Y-%m-%d %H:%M:%S} {local.isoformat(timespec='seconds')[-6:]}"


def fact(label, value, *, is_code=False):
    return {"label": str(label), "value": str(value) or NOTHING, "code": is_code}


def record(title, *rows):
    return {"kind": "record", "title": str(title), "facts": [row for row in rows if row]}


def words(text):
    return {"kind": "words", "text": str(text)}


class Evidence:
    """``page`` is the ``CasePage`` of whoever takes it; ``at`` is when."""

    def __init__(self, page, *, at):
        self.page, self.case, self.account, self.user, self.at = page, page.case, page.account, page.user, at
        self.client = page.case.client

    @cached_property
    def entries(self):
        return sorted(self.page.entries.values(), key=lambda entry: entry.number)

    @property
    def attachments(self):
        """The bytes of the entries, one a line, and of the facts that each decision is bound to: no personal data."""
        lines = "".join(f"{bytes(entry.body).decode()}\n" for entry in self.entries)
        files = [Attachment(ENTRIES_FILE, lines, "application/jsonl", _("The stored bytes of the entries, one a line"))]
        for number, approval in enumerate(self.page.approvals, 1):
            text = facts.encode(approval.facts)
            about = _("The facts of decision %d") % number
            files.append(Attachment(f"decision-{number}.json", text, "application/json", about))
        return files

    @property
    def document(self):
        code, name = self.case.code, self.client.name
        return {
            "lang": (translation.get_language() or "en").partition("-")[0],
            "title": _("Evidence of case %s") % code,
            "subtitle": name,
            "author": name,
            "description": _("Checks, decisions, messages and ledger entries of one reinstatement request"),
            "running": {
                "left": name,
                "right": _("Case %s") % code,
                "foot": _("Generated %(at)s by %(who)s") % {"at": moment(self.at), "who": self.who(self.user)},
                "pages": _("page {n} of {m}"),
            },
            "facts": self.head(),
            "formats": {
                "label": _("File format"),
                "archival": "PDF/A-3a (ISO 19005-3), PDF/UA-1 (ISO 14289-1)",
                "plain": _("PDF, not PDF/A: some characters could not be set as that standard demands."),
                "code_points": _(
                    "Characters that no font of the server has, and those that cannot be seen, are written as their"
                    " Unicode numbers, such as [U+202E]."
                ),
            },
            "sections": [
                {"title": _("What happened"), "blocks": list(self.story())},
                {"title": _("Checks"), "blocks": list(self.checks())},
                {"title": _("Decisions"), "blocks": list(self.decisions())},
                {"title": _("Messages to the member"), "blocks": list(self.messages())},
                {"title": _("Entries of the ledger"), "blocks": list(self.chain())},
                {"title": _("How to verify this"), "blocks": list(self.verification())},
            ],
        }

    def who(self, user):
        """Return a login as a reader years later finds it: the person's name and the login's own."""
        return f"{user} ({user.username})"

    def by(self, approval):
        """Return who decided, and in whose place."""
        if not approval.delegation_id:
            return self.who(approval.user)
        said = {"actor": self.who(approval.user), "other": self.who(approval.delegation.giver)}
        return _("%(actor)s for %(other)s") % said

    def head(self):
        case, holder = self.case, self.page.masked
        status = case.get_status_display() if not case.is_open else _("%s (still open)") % case.get_status_display()
        shown = _("shown") if self.page.may_read else _("withheld: the reader's role does not include them")
        zone = timezone.get_current_timezone_name()
        return [
            fact(_("Client"), f"{self.client.name} ({self.client.code})"),
            fact(_("Account"), self.account.number),
            fact(_("Holder"), _("erased") if self.account.erased_at else f"{holder.name} · {_('masked')}"),
            fact(_("Kind"), case.get_kind_display()),
            fact(_("Status"), status),
            fact(_("Opened"), moment(case.opened_at)),
            fact(_("Sent for approval"), moment(case.sent_for_approval_at)),
            fact(_("Decided"), moment(case.decided_at)),
            fact(_("Completed"), moment(case.completed_at)),
            fact(_("What people wrote"), _("erased") if self.account.erased_at else shown),
            fact(_("Generated"), f"{moment(self.at)}, {self.who(self.user)}"),
            fact(_("Times"), _("in the time zone %s, each with its distance from UTC") % zone),
        ]

    def story(self):
        page, case = self.page, self.case
        stopped = page.entries[case.stopped_entry]
        yield record(
            _("Why it stopped"),
            fact(_("Status"), case.stopped_status_label),
            fact(_("Reason"), page.reason(case.stopped_reason)),
            fact(_("When"), moment(stopped.occurred_at)),
            fact(_("By"), timeline.who(stopped)),
            self.written(stopped.uid, _("Note")),
        )
        yield record(
            _("Why it should resume"),
            fact(_("Reason"), page.reason(case.resume_reason)),
            fact(_("Asked by"), self.who(case.maker)),
            fact(_("When"), moment(case.opened_at)),
            self.written(case.opened_entry, _("Statement")),
            fact(_("Worked by"), self.who(case.worker)) if case.worker else None,
            fact(_("Policy"), presentation.policy({"kind": case.policy.kind, "version": case.policy.version})),
            fact(_("Decided by"), self.deciders()),
        )
        yield from self.appeal()

    def appeal(self):
        """Tell against what an appeal is; of a declined case whether it was appealed, and until when it can be."""
        case, desk = self.case, self.page.appeal_desk
        if case.appeals_id:
            yield record(
                _("Appeal"),
                fact(_("Against"), case.appeals.code),
                fact(_("Declined"), f"{moment(desk.against['at'])}, {desk.against['who']}"),
                fact(_("Reason"), desk.against["reason"]),
                self.written(desk.declined.entry, _("Note")),
                fact(_("SHA-256 of facts"), desk.declined.case_hash, is_code=True),
                fact(_("Received"), f"{moment(case.opened_at)}, {desk.received['channel']}"),
                fact(_("From"), desk.received["speaker"]),
                fact(_("Do not decide it"), ", ".join(desk.kept_away)),
                fact(_("Evidence"), _("as it stood when the case was declined; nothing was added or changed")),
            )
        elif desk.is_shown:
            yield record(
                _("Appeal"),
                fact(_("Appealed"), desk.made.code if desk.made else _("no")),
                fact(_("May be appealed until"), desk.last_day or _("nobody may appeal")),
            )

    def deciders(self):
        """Say whose approval the policy asks for, and why each of them."""
        if self.page.why is None:
            return presentation.levels(self.page.levels)
        return "\n".join(f"{what}: {why}" for what, why in self.page.why["levels"])

    def written(self, uid, label):
        """Return what was written beside an entry, or why it is not shown; ``None`` where nothing was."""
        missing = _("erased") if self.account.erased_at else _("withheld")
        texts = timeline.texts_of(self.page.entries[uid], self.page.written)
        return fact(label, "\n".join(text or missing for text in texts)) if texts else None

    def checks(self):
        for condition in self.page.conditions:
            check = condition["check"]
            is_done = check.outcome != Check.Outcome.OPEN
            yield record(
                f"{CATALOGUE[check.code].label}: {check.get_outcome_display()}",
                fact(_("Evidence"), condition["evidence"]) if is_done else None,
                fact(_("Attempts"), presentation.failed_before(check)) if check.failures else None,
                fact(_("By"), self.who(check.done_by)) if check.done_by else None,
                fact(_("When"), moment(check.done_at)) if is_done else None,
                fact(_("Evidence digest"), check.evidence_digest, is_code=True) if check.evidence_digest else None,
                fact(_("Entry"), self.number_of(check.entry)) if check.entry else None,
            )
        if not self.page.conditions:
            yield words(_("The policy asks for no check."))

    def decisions(self):
        if not self.page.approvals:
            yield words(_("Nothing has been decided."))
        for number, approval in enumerate(self.page.approvals, 1):
            is_right = facts.digest(approval.facts) == approval.case_hash
            role = capfirst(presentation.role_of(approval))
            yield record(
                f"{number}. {approval.get_decision_display()}",
                fact(_("By"), self.by(approval) if approval.user else _("rule %s") % approval.rule),
                fact(_("Role, level"), f"{role}, {approval.level + 1}") if approval.role else None,
                fact(_("When"), moment(approval.decided_at)),
                fact(_("Looked at"), looked) if (looked := presentation.looked(approval)) else None,
                fact(_("Reason"), self.page.reason(approval.reason)),
                self.written(approval.entry, _("Note")),
                fact(_("Entry"), self.number_of(approval.entry)),
                fact(_("SHA-256 of facts"), approval.case_hash, is_code=True),
                fact(_("Compared"), matches(is_right)),
            )
            yield {"kind": "heading", "text": _("What exactly decision %d was about") % number}
            rows = [[str(label), str(text)] for _key, label, text in self.statements(approval)]
            yield {"kind": "table", "widths": [2, 5], "head": [_("Fact"), _("As it was shown")], "rows": rows}

    def called(self, told):
        """Return what the assets of a decision are called, by key, masked as on the page of the case."""
        back = [effect["id"] for effect in told["effects"] if effect["effect"] == "asset"]
        return {str(row.pk): name for row, name, _is_out in assets.told(self.account, only=back)}

    def statements(self, approval):
        try:
            return list(differing.statements(approval.facts, self.page.reason, self.called(approval.facts)))
        except (AttributeError, KeyError, TypeError, ValueError):
            # Facts of a shape that is not made any more are still evidence.
            return [((), _("Facts"), canonical.encode(approval.facts).decode())]

    def messages(self):
        uids = [entry.uid for entry in self.entries]
        found = [
            message
            for tell in registries.case_messages.values()
            for message in tell(self.account, self.user, self.case.pk, uids)
        ]
        if not found:
            yield words(_("No message belongs to this case."))
        for message in found:
            yield record(
                f"{message.title}: {message.status}",
                fact(_("Channel"), f"{message.channel}, {message.language}"),
                fact(_("To"), f"{message.address} · {_('masked')}") if message.address else None,
                fact(_("Why"), message.detail) if message.detail else None,
                fact(_("Decided"), moment(message.decided_at)),
                fact(_("Sent"), moment(message.sent_at)),
                fact(_("Message id"), message.message_id, is_code=True) if message.message_id else None,
            )
        if found:
            yield words(_("“Sent” means that a mail server took the message; “Delivered” needs its receipt."))

    def chain(self):
        count = len(self.entries)
        yield words(
            ngettext(
                "%d entry of the account's chain: of the case, what it rests on and what followed from it.",
                "%d entries of the account's chain: of the case, what it rests on and what followed from it.",
                count,
            )
            % count
        )
        for entry in self.entries:
            yield self.entry(entry)

    def entry(self, entry):
        told = wording.of(entry.subject_type, entry.action)
        before = wording.status_label(entry.subject_type, entry.from_status)
        after = wording.status_label(entry.subject_type, entry.to_status)
        body, digest = json.loads(bytes(entry.body)), hashlib.sha256(bytes(entry.body)).digest()
        subject = str(statuslog.subjects().get(entry.subject_type, entry.subject_type))
        occurred, recorded = moment(entry.occurred_at), moment(entry.recorded_at)
        return record(
            f"{entry.number}. {capfirst(str(told.label))}",
            fact(_("Subject"), f"{subject}: {before or NOTHING} → {after}" if before != after else subject),
            fact(_("Reason"), self.page.reason(entry.reason)),
            fact(_("By"), self.author(entry)),
            fact(_("Happened"), occurred),
            fact(_("Recorded"), recorded) if recorded != occurred else None,
            fact(self.cause_label(entry), self.number_of(entry.caused_by)) if entry.caused_by else None,
            self.written(entry.uid, _("Words beside it")),
            fact(_("Entry"), entry.uid, is_code=True),
            fact(_("SHA-256"), bytes(entry.hash).hex(), is_code=True),
            fact(_("Entry before"), body["prev"], is_code=True),
            fact(_("Compared"), matches(False)) if digest != bytes(entry.hash) else None,
        )

    @staticmethod
    def cause_label(entry):
        return _("Corrects") if entry.action == telling.CORRECTION else _("Caused by")

    def author(self, entry):
        origin = str(Origin(entry.origin).label)
        if entry.actor.is_system:
            return f"{entry.rule or _('the system')} · {origin}"
        name = self.who(entry.actor)
        if entry.on_behalf:
            name = _("%(actor)s for %(other)s") % {"actor": name, "other": self.who(entry.on_behalf)}
        return f"{name} · {origin}"

    def number_of(self, uid):
        entry = self.page.entries.get(uid)
        return _("No. %d") % entry.number if entry else str(uid)

    def verification(self):
        wrong = [
            entry.number for entry in self.entries if hashlib.sha256(bytes(entry.body)).digest() != bytes(entry.hash)
        ]
        if wrong:
            yield words(
                _("WRONG when this was generated: the bytes of these entries do not give their hash: %s.") % wrong
            )
        else:
            yield words(_("When this was generated, the stored bytes of every entry above gave the hash beside it."))
        yield words(
            _(
                "The exact bytes are inside this file: entries.jsonl holds the entries, one a line, and decision-N.json"
                " the facts that decision N is bound to. They hold codes, times and amounts, and no personal data. With"
                " poppler-utils and Python, on any machine:"
            )
        )
        yield {"kind": "code", "text": VERIFY}
        yield words(
            _(
                "Each hash must be the one printed above. Where two numbers follow each other, the second entry must"
                " name the hash of the first. Numbers that are missing belong to entries of the account that are not"
                " part of this case."
            )
        )
        yield words(_("On the server the whole chain, its texts, approvals and guards are verified with:"))
        yield {"kind": "code", "text": f"python manage.py verify_ledger --client {self.client.code}"}
        yield words(
            _(
                "What this proves: an edited entry, a gap and two entries that changed places are found. What it does"
                " not: no key signs these entries, so a chain that somebody recomputed from an edit to its end is found"
                " only by comparing it with a copy that was kept elsewhere, such as this document. The SHA-256 of this"
                " file is on record at the provider, with who took it and when."
            )
        )


def matches(is_right):
    return _("the bytes give this hash") if is_right else _("WRONG: the bytes do not give this hash")
