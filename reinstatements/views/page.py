"""What the page of a case shows, gathered for one person. Nothing here changes anything."""

import json
from functools import cached_property

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django_scopes import scope

from accounts import canonical, personal, reasons, registries
from accounts import rules as account_rules
from accounts.services import assets, telling, timeline, words
from reinstatements import (
    differing,
    facts,
    freshness,
    intake,
    levels,
    policies,
    policy_words,
    presentation,
    rules,
    standing_out,
)
from reinstatements.checks_catalogue import CATALOGUE
from reinstatements.forms_correcting import words_of_entry
from reinstatements.models import Approval, Check, ReinstatementRequest
from reinstatements.services import attention, correcting, external
from reinstatements.services.reversing import still_stands
from reinstatements.views.appeal_desk import AppealDesk
from reinstatements.views.case_reading import CaseReading
from reinstatements.views.clock_desk import ClockDesk
from reinstatements.views.confirm_desk import ConfirmDesk
from reinstatements.views.desk import DecisionDesk, ReverseDesk, ReviewDesk, WaiverDesk, WorkDesk
from reinstatements.views.external_desk import ExternalDesk
from reinstatements.views.handling_desk import HandlingDesk
from reinstatements.views.objecting_desk import ObjectingDesk
from reinstatements.views.papers import Papers

Status = ReinstatementRequest.Status
LINES = 60


class CasePage:
    """``bound`` are forms that were sent and must be mended, by name; ``shown`` are the facts that were decided on.

    ``opened`` is what such a form says of when its page was shown.
    """

    def __init__(self, case, user, *, bound=None, shown=None, opened=""):
        self.case, self.user, self.account = case, user, case.account
        self.bound, self.shown, self.opened = bound or {}, shown, opened
        with scope(client=[case.client_id]):  # all of it is one client's: no statement need name the fifty of a desk
            self.read = CaseReading(case, user)
        self.may_read = account_rules.can_read_words(case, user)
        is_claimed = case.is_open and case.worker_id == user.pk and rules.can_work(case, user)
        self.masked = personal.holder(case.account)
        self.holder = personal.holder(case.account, whole=True) if is_claimed else self.masked

    @property
    def opened_at(self):
        """Since when this page is open, signed; a page that is shown again goes on from the first."""
        is_same = self.opened and attention.since(self.opened, self.case, self.user) is not None
        return self.opened if is_same else attention.opened(self.case, self.user)

    @property
    def deviations(self):
        """What differs from routine, signals that nobody has judged yet among it."""
        found = [{"title": line} for line in presentation.deviations(self.facts)] if self.facts else []
        beside = standing_out.lines(self.run_out, self.twins, len(self.signals))
        return found + [{"title": line} for line in beside]

    @property
    def twins(self):
        """The codes of open cases of other accounts with the same mail address or telephone number."""
        rows = self.read.related if self.case.is_open else []
        return [row.code for row in rows if row.account_id != self.account.pk]

    @cached_property
    def run_out(self):
        """The checks whose evidence proves nothing any more, while the case is open."""
        return freshness.run_out_of(self.case, self.checks, timezone.now()) if self.case.is_open else []

    @cached_property
    def signals(self):
        """The signals of the account that nobody has judged yet, for those who may."""
        return list(self.read.signals) if self.case.is_open else []

    @cached_property
    def checks(self):
        return list(self.read.checks)

    @cached_property
    def approvals(self):
        return list(self.read.approvals)

    @cached_property
    def facts(self):
        """What a decision rests on; of a case that has ended what it rested on, or nothing if it never came to one."""
        if self.case.is_open:
            return facts.case_facts(self.case)
        return self.approvals[-1].facts if self.approvals else None

    @cached_property
    def levels(self):
        """The approvals that the policy asks for, as the case stands, or as it stood when it was decided."""
        return levels.asked(self.case, self.facts) if self.facts else ()

    @cached_property
    def why(self):
        """Why the policy asks for these checks and these approvals; ``None`` where a rule was all that was asked.

        Checks were chosen when the case was opened, on what its opening entry says; levels go by the case as it stands.
        """
        now = facts.profile(self.facts) if self.facts else None
        first = self.chosen_on or now
        if self.case.is_automatic or first is None:
            return None
        rules, currency = self.case.policy.rules, self.account.currency
        told = policy_words.reasons(policies.choose(rules, first), first, currency, self.reason)
        if now and now != first:
            later = policy_words.reasons(policies.choose(rules, now), now, currency, self.reason)
            told |= {"levels": later["levels"], "waivers": later["waivers"]}
        return told

    @property
    def address(self):
        """Where the member hears of a decision, masked; "" while that is nowhere, ``None`` where it was settled."""
        return self.masked.email if self.case.is_open else self.masked.email or None

    @property
    def called(self):
        """What the assets that come back are called, by key; masked unless the holder is shown whole."""
        back = [effect["id"] for effect in self.facts["effects"] if effect["effect"] == "asset"]
        shown = assets.told(self.account, whole=not self.holder.is_masked, only=back)
        return {str(row.pk): name for row, name, _is_out in shown}

    @cached_property
    def opening(self):
        """What the entry says that opened the case; older ones say less."""
        return canonical.decode(bytes(self.entries[self.case.opened_entry].body))["data"]

    @property
    def chosen_on(self):
        """What the policy looked at when it chose the checks; ``None`` for a case from before that was on record."""
        if self.case.appeals_id:
            declined = self.entries[self.case.appeals.opened_entry]
            return canonical.decode(bytes(declined.body))["data"].get("chosen_on")
        return self.opening.get("chosen_on")

    @cached_property
    def entries(self):
        """The entries of the case by their uid, newest first: what stopped service, the case itself, what it caused."""
        return {entry.uid: entry for entry in self.read.entries}

    @property
    def entries_to_correct(self):
        """``(number, words)`` of the entries of the case and of what its decisions caused, newest first."""
        decided = {approval.entry for approval in self.approvals}
        rows = [row for row in self.entries.values() if correcting.may_be_about(row, self.case, decided)]
        return [(row.number, words_of_entry(row)) for row in rows]

    @cached_property
    def written(self):
        """The words beside the entries; whoever may not read those of others reads their own."""
        own = {entry.uid for entry in self.read.entries if self.may_read or entry.actor_id == self.user.pk}
        rows = [row for row in self.read.words if row.entry_id in own]
        return words.unsealed(self.account, rows) if rows else {}

    @cached_property
    def labels(self):
        return {(row.client_id, row.code): row.label for row in self.read.reasons}

    def reason(self, code):
        return reasons.label(self.case.client_id, code, self.labels)

    def words_beside(self, uid):
        """Return what was written beside an entry, or that it is withheld or erased; "" for nothing."""
        return presentation.words_beside(self.entries[uid], self.written, may_read=self.may_read)

    def context(self):
        case, now = self.case, self.facts
        return {
            "case": case,
            "opened": format_html('<input type="hidden" name="opened" value="{}">', self.opened_at),
            "account": self.account,
            "client": case.client,
            "holder": self.holder,
            "standing": presentation.standing(case),
            "may_reveal": self.holder.is_masked and account_rules.can_reveal(case, self.user),
            "may_export": account_rules.can_export(case, self.user),
            "changes": differing.changes(self.shown, now, self.reason) if self.shown and case.is_open else [],
            "met": sum(facts.is_met(check) for check in self.checks),
            "total": len(self.checks),
            "deviations": self.deviations,
            "stopped": self.stopped,
            "signals": self.signals,
            "statement": self.words_beside(case.opened_entry),
            "resume_reason": self.reason(case.resume_reason),
            "intake": intake.told(self.opening["intake"]) if "intake" in self.opening else None,
            "balance": presentation.owed(now) if now else "",
            "plan": presentation.plan(now["plan"]) if now else "",
            "entitlements": (now["plan"] or {}).get("entitlements", []) if now else [],
            "effects": presentation.effects(now, self.address, self.called) if self.is_decidable else [],
            "is_plan_told": not now or any("price_minor" in effect for effect in now["effects"]),
            "levels": presentation.levels(self.levels),
            "why": self.why,
            "decisions": [self.decision(approval) for approval in self.approvals if approval != self.sent_back],
            "to_mend": self.decision(self.sent_back) if self.sent_back else None,
            "returned": self.returned,
            "timeline": self.timeline(),
            "decide": self.decision_desk,
            "objecting": ObjectingDesk(self) if rules.can_object(case, self.user) and case.is_open else None,
            "external": ExternalDesk(self) if external.waits_for_client(case) else None,
            "waive": WaiverDesk(self).asked,
            "review": self.review_desk,
            "work": self.work_desk,
            "papers": Papers(self),
            "handling": HandlingDesk(self),
            "clock": ClockDesk(self),
            "confirm": ConfirmDesk(self) if case.linked_system else None,
            "reverse": self.reverse_desk,
            "taken_back": self.taken_back,
            "appeal": self.appeal_desk,
        }

    @cached_property
    def decision_desk(self):
        return DecisionDesk(self) if self.case.status == Status.AWAITING_APPROVAL else None

    @cached_property
    def work_desk(self):
        return WorkDesk(self)

    @cached_property
    def appeal_desk(self):
        return AppealDesk(self)

    @property
    def review_desk(self):
        wanted = self.case.review_wanted and self.case.decided_at
        return ReviewDesk(self) if wanted and rules.can_review(self.case, self.user) else None

    @cached_property
    def reverse_desk(self):
        """The desk for whoever decides here, while what the case has brought about still stands."""
        if self.case.status != Status.COMPLETED or not rules.has_deciding_role(self.case, self.user):
            return None
        return ReverseDesk(self) if still_stands(self.case, self.account) else None

    @property
    def taken_back(self):
        """What is said on top of a case whose reinstatement somebody has taken back; ``None`` of any other."""
        mine = (entry for entry in self.entries.values() if entry.action == "reverse")
        entry = next((entry for entry in mine if entry.subject_id == self.case.pk), None)
        return entry and {"who": timeline.who(entry), "at": entry.occurred_at, "reason": self.reason(entry.reason)}

    @property
    def is_decidable(self):
        """Whether it makes sense to say what approving does: it is asked for, is to come, or was decided."""
        is_to_come = self.case.status in (Status.AWAITING_APPROVAL, Status.APPROVED)
        return is_to_come or (self.facts and not self.case.is_open)

    @property
    def stopped(self):
        entry = self.entries[self.case.stopped_entry]
        return {
            "status": self.case.stopped_status,
            "status_label": self.case.stopped_status_label,
            "reason": self.reason(self.case.stopped_reason),
            "at": entry.occurred_at,
            "who": timeline.who(entry),
            "note": self.words_beside(entry.uid),
        }

    @cached_property
    def conditions(self):
        return [self.condition(check) for check in self.checks]

    def condition(self, check):
        is_done = check.outcome != Check.Outcome.OPEN
        evidence = ""
        if is_done:
            sealed = json.loads(self.written.get((check.entry, "evidence"), "{}")) if self.may_read else None
            evidence = presentation.evidence(check.code, check.facts, self.account.currency, sealed)
        return {
            "check": check,
            "status": check.outcome,
            "status_label": check.get_outcome_display(),
            "title": CATALOGUE[check.code].label,
            "help": CATALOGUE[check.code].help,
            "evidence": evidence,
            "detail": self.said_of_waiver(check) or self.said_of_proof(check) or presentation.failed_before(check),
            "who": check.done_by if is_done else "",
            "at": check.done_at if is_done else None,
        }

    def said_of_waiver(self, check):
        """Return the words with which a waiver was asked for or granted; "" for a check that is none."""
        is_waiver = check.outcome in (Check.Outcome.ASKED, Check.Outcome.WAIVED)
        return self.words_beside(check.entry) if is_waiver and check.entry in self.entries else ""

    def said_of_proof(self, check):
        """Say what is wrong with what proves a check: it names somebody else, is too old, or has run out; else ""."""
        if named := check.facts.get(facts.OTHERS):
            return _("Names %s") % presentation.named_others(named)
        if self.facts and check.code in self.facts.get("stale", {}).get("checks", ()):
            return _("From before service stopped")
        return next((presentation.run_out(*pair) for pair in self.run_out if pair[0] == check), "")

    @cached_property
    def waivers(self):
        """The waivers that the policy offers for this case as it stands, by their check."""
        if not self.facts or self.case.is_automatic:
            return {}
        chosen = policies.choose(self.case.policy.rules, facts.profile(self.facts))
        return {waiver.check: waiver for waiver in chosen.waivers}

    def decision(self, approval):
        return {
            "status": approval.decision,
            "status_label": approval.get_decision_display(),
            "who": presentation.decider(approval) or _("Rule: %s") % self.reason(approval.rule),
            "role": presentation.role_of(approval),
            "reason": self.reason(approval.reason),
            "note": self.words_beside(approval.entry),
            "looked": presentation.looked(approval) if account_rules.can_see_log(self.case, self.user) else "",
            "at": approval.decided_at,
        }

    @cached_property
    def sent_back(self):
        """The decision that sent the case back, while it is being mended."""
        if self.case.status != Status.IN_VERIFICATION or not self.case.sent_back_count:
            return None
        return [row for row in self.approvals if row.decision == Approval.Decision.SENT_BACK][-1]

    @cached_property
    def returned(self):
        """What is different since the case was sent back, now that it waits again; ``None`` where it was not."""
        if self.case.status != Status.AWAITING_APPROVAL or not self.case.sent_back_count:
            return None
        last = [row for row in self.approvals if row.decision == Approval.Decision.SENT_BACK][-1]
        return self.decision(last) | {"changes": differing.changes(last.facts, self.facts, self.reason)}

    def timeline(self, limit=LINES, after=None):
        """Return what happened from the stop of service on, newest first, with what other apps did in that time.

        ``after`` leaves out what was known before.
        """
        entries = list(self.entries.values())
        corrected = {entry.caused_by: entry.number for entry in entries if entry.action == telling.CORRECTION}
        lines = timeline.tell(self.account, self.user, entries, self.labels, self.written, corrected)
        told = [(entry.recorded_at, line) for entry, line in zip(entries, lines, strict=True)]
        since = self.entries[self.case.stopped_entry].occurred_at
        for contribute in registries.timeline.values():
            lines = contribute(self.account, self.user, limit, self.until)
            told += [(line.at, line) for line in lines if line.at >= since]
        told.sort(key=lambda pair: pair[0], reverse=True)
        return [line for at, line in told if after is None or at >= after][:limit]

    @property
    def until(self):
        """When the account's next case began: what happened later belongs to that one."""
        if self.case.is_open:
            return None
        later = ReinstatementRequest.objects.filter(account=self.account, opened_at__gt=self.case.opened_at)
        return later.order_by("opened_at").values_list("opened_at", flat=True).first()
