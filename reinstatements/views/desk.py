"""What one person may do with a case now, with the forms for it, and why not where they may not."""

from functools import cached_property, partial

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django_fsm import can_proceed, has_transition_perm

from accounts import grants
from accounts.grants import Role
from accounts.models import ReasonCode
from accounts.services import drafts
from reinstatements import facts, levels, presentation, rules
from reinstatements.forms import (
    EvidenceForm,
    ReviewForm,
    SendForm,
    WaiverDecisionForm,
    WaiverForm,
    reasons_by_use,
)
from reinstatements.forms_decision import decision_form
from reinstatements.forms_desk import AnswerForm, AskMemberForm
from reinstatements.models import Check, Participation, ReinstatementRequest

Status = ReinstatementRequest.Status
Use = ReasonCode.Use


def draft_key(case, name):
    return f"case:{case.code}:{name}"


class Desk:
    def __init__(self, page):
        self.page, self.case, self.user = page, page.case, page.user

    @cached_property
    def reasons(self):
        return reasons_by_use(self.case, self.page.read.reasons)

    def form(self, name, build):
        """Return a form that was sent and must be mended, else a new one with what was typed into it before."""
        sent = self.page.bound.get(name)
        return sent or build(initial=self.typed(name))

    def typed(self, name):
        return drafts.load(self.user, self.case.account, draft_key(self.case, name), self.page.read.drafts)

    def reason_form(self, name):
        return self.form(name, lambda initial: decision_form(name, self.case, reasons=self.reasons, initial=initial))


class DecisionDesk(Desk):
    """The desk of a case that waits for approval."""

    @cached_property
    def due(self):
        """The index of the level that is due, as the case stands now."""
        return levels.due(self.case, self.page.levels, facts.digest(self.page.facts))

    @cached_property
    def role(self):
        return self.page.levels[self.due].role

    @cached_property
    def why_not(self):
        """Say why this person does not decide; "" where they do."""
        waits = _("It waits for the decision of: %s.") % presentation.role(self.role)
        if self.case.paused_at:
            return _("The client has paused this case. It is decided after they let it go on.")
        if not rules.has_approving_role(self.case, self.user):
            return waits
        mine = (row for row in self.page.read.took_part if row.person_id == self.user.person_id)
        part = next(mine, None)
        if part:
            return self.took_part(part)
        if not rules.holds_level(self.case, self.user, self.role):
            return waits
        if rules.has_approved(self.case, self.user):
            return _("You have approved it already.") + " " + waits
        return ""

    @property
    def in_place_of(self):
        """Whom this person decides for; ``None`` where it is in a role of their own."""
        found = rules.stands_in(self.case, self.user, self.role)
        return found.giver if found else None

    def took_part(self, part):
        if part.part == Participation.Part.BEFORE:
            return _("You took part in the case that is appealed. Somebody else decides the appeal.")
        if part.part == Participation.Part.DECIDED:
            return _("You decided the case that is appealed. Somebody else decides the appeal.")
        did = {
            Participation.Part.ASKED: _("asked for it"),
            Participation.Part.WORKED: _("worked on it"),
            Participation.Part.CHANGED: _("changed it"),
        }[part.part]
        words = {"did": did, "when": date_format(localtime(part.created_at), "j M Y, H:i"), "login": part.user.username}
        if part.user_id == self.user.pk:
            return _("You took part in this case: you %(did)s on %(when)s. Somebody else decides it.") % words
        return _("You took part in this case: you %(did)s as %(login)s on %(when)s. Somebody else decides it.") % words

    @property
    def blockers(self):
        """Say what makes approving impossible, whoever decides."""
        reasons = set(self.page.facts["risk"]["reasons"]) & facts.STILL_TO_DO
        return presentation.deviations(self.page.facts | {"risk": {"reasons": sorted(reasons)}})

    @property
    def facts_text(self):
        return facts.encode(self.page.facts)

    @property
    def level(self):
        return self.due + 1

    @property
    def total(self):
        return len(self.page.levels)

    @cached_property
    def folds(self):
        """Each decision with its form and its key; the one that was sent or typed into is the open one."""
        names = ("approve", "decline") if self.case.appeals_id else ("approve", "send_back", "decline")
        forms = {name: self.reason_form(name) for name in names}
        begun = [name for name in names if name in self.page.bound or forms[name].initial]
        return [
            {
                "name": name,
                "form": forms[name],
                "url": reverse(f"case_{name}", args=[self.case.code]),
                "draft": draft_key(self.case, name),
                "is_open": name == (begun or names)[0],
            }
            for name in names
        ]


class WaiverDesk(Desk):
    """The desk of somebody who may decide the waivers that a case asks for."""

    @cached_property
    def asked(self):
        """Return each check whose waiver is asked for, with who decides it, the form, or why this person does not."""
        found = []
        if self.case.status != Status.IN_VERIFICATION or not rules.has_deciding_role(self.case, self.user):
            return found
        for row in self.page.conditions:
            check, waiver = row["check"], self.page.waivers.get(row["check"].code)
            if check.outcome == Check.Outcome.ASKED and waiver:
                name = f"waive:{check.code}"
                form = self.form(name, partial(self.new_form, check))
                found.append(row | {"form": form, "draft": draft_key(self.case, name), "why_not": self.why_not(waiver)})
        return found

    def new_form(self, check, initial):
        return WaiverDecisionForm(initial=initial, auto_id=f"waive_{check.code}_%s")

    def why_not(self, waiver):
        if rules.took_part(self.case, self.user):
            return _("You took part in this case, so this is for somebody else to decide.")
        if Role(waiver.role) not in grants.roles(self.user, self.case.client_id):
            return _("It waits for the decision of: %s.") % presentation.role(waiver.role)
        return ""


class ReviewDesk(Desk):
    """The desk of a case that a rule decided and that somebody is to look at again."""

    @property
    def draft(self):
        return draft_key(self.case, "review")

    @cached_property
    def review_form(self):
        return self.form("review", lambda initial: ReviewForm(initial=initial, auto_id="review_%s"))


class ReverseDesk(Desk):
    """The desk of a completed case, for taking the reinstatement back."""

    @cached_property
    def why_not(self):
        """Say why this person does not take it back; "" where they do."""
        if rules.took_part(self.case, self.user):
            return _("You took part in this case, so taking it back is for somebody else.")
        if not rules.can_reverse(self.case, self.user):
            return _("You approved this case, so taking it back is for somebody else.")
        return ""

    @property
    def draft(self):
        return draft_key(self.case, "reverse")

    @cached_property
    def reverse_form(self):
        return self.reason_form("reverse")


class WorkDesk(Desk):
    """The desk of whoever collects the evidence."""

    @cached_property
    def works(self):
        return rules.can_work(self.case, self.user)

    def may(self, transition):
        return can_proceed(transition) and has_transition_perm(transition, self.user)

    @property
    def can_submit(self):
        return self.may(self.case.submit)

    @property
    def can_start(self):
        return self.may(self.case.start) and not self.is_held

    @property
    def can_withdraw(self):
        """Whoever works the case may; who is about to decide it declines it instead, but for an appeal."""
        decides = self.page.decision_desk and not self.page.decision_desk.why_not
        return self.may(self.case.withdraw) and (bool(self.case.appeals_id) or not decides)

    @property
    def leaves_withdrawing(self):
        """Whether it is an appeal, which this person does not withdraw because they do not decide it either."""
        return self.works and can_proceed(self.case.withdraw) and not rules.can_withdraw(self.case, self.user)

    @property
    def is_empty(self):
        """Whether there is nothing that this person could do here."""
        is_for_others = not (self.can_submit or self.can_start or self.can_collect or self.can_withdraw or self.waits)
        return is_for_others and not self.leaves_withdrawing

    @property
    def can_collect(self):
        return self.works and self.case.status == Status.IN_VERIFICATION and not self.is_held

    @cached_property
    def is_held(self):
        """Whether a colleague works on it."""
        return rules.is_held_by_other(self.case, self.user, timezone.now())

    @property
    def will_exclude(self):
        """Whether working on it would keep somebody from deciding it who still could."""
        return rules.has_deciding_role(self.case, self.user) and not rules.took_part(self.case, self.user)

    @cached_property
    def missing(self):
        return [row["title"] for row in self.page.conditions if not facts.is_met(row["check"])]

    @cached_property
    def steps(self):
        """The checks with the forms for their evidence; the one to do next is open."""
        found = [row | {"form": None, "draft": self.key_of(row["check"])} for row in self.page.conditions]
        if not self.can_collect:
            return found
        asked = Check.Outcome.ASKED
        to_do = [row for row in found if not facts.is_met(row["check"]) and row["check"].outcome != asked]
        for row in to_do:
            row["form"] = self.evidence_form(row["check"])
            row["waiver"] = self.waiver_of(row["check"])
        sent = [row for row in to_do if row["form"].is_bound]
        for row in (sent or to_do)[:1]:
            row["is_open"] = True
        return found

    def waiver_of(self, check):
        """Return the form that asks for a waiver of a check and who would decide it; ``None`` where none is offered."""
        waiver = self.page.waivers.get(check.code)
        if waiver is None:
            return None
        name = f"waiver:{check.code}"
        form = self.form(name, lambda initial: WaiverForm(initial=initial, auto_id=f"waiver_{check.code}_%s"))
        return {"form": form, "draft": draft_key(self.case, name), "role": presentation.role(waiver.role)}

    def evidence_form(self, check):
        return self.form(f"check:{check.code}", lambda initial: EvidenceForm(check=check, initial=initial))

    def key_of(self, check):
        return draft_key(self.case, f"check:{check.code}")

    @cached_property
    def send_form(self):
        return self.form("send", lambda initial: SendForm(initial=initial, auto_id="send_%s"))

    def draft_of(self, name):
        return draft_key(self.case, name)

    @property
    def send_draft(self):
        return self.draft_of("send")

    @cached_property
    def withdraw_form(self):
        return self.reason_form("withdraw")

    @property
    def withdraw_draft(self):
        return draft_key(self.case, "withdraw")

    @property
    def waits(self):
        """Whether the member was asked for something, and whoever works here may write down the answer."""
        return self.works and self.case.status == Status.AWAITING_MEMBER

    @property
    def payment_pending(self):
        """Whether it waits for a payment, as ``awaiting_payment`` of its queryset says."""
        unmet = (check.outcome == "open" for check in self.page.checks if check.code == "payment_received")
        return self.case.status == Status.AWAITING_MEMBER and any(unmet)

    @cached_property
    def ask_form(self):
        return self.form("ask", lambda initial: AskMemberForm(initial=initial, auto_id="ask_%s"))

    @property
    def ask_draft(self):
        return draft_key(self.case, "ask")

    @cached_property
    def answer_form(self):
        return self.form("answer", lambda initial: AnswerForm(initial=initial, auto_id="answer_%s"))

    @property
    def answer_draft(self):
        return draft_key(self.case, "answer")
