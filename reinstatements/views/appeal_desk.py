"""What the page of a case says of appeals: until when it can be, that it was, or against what it is one."""

from functools import cached_property

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import CustomerQuery
from accounts.services import contacting
from reinstatements import differing, facts, presentation, rules
from reinstatements.forms_appeal import AppealForm
from reinstatements.models import Participation, ReinstatementRequest
from reinstatements.services.appealing import here

Status, Part = ReinstatementRequest.Status, Participation.Part


class AppealDesk:
    """The card of a declined case, and of a case that is an appeal; there is none on any other."""

    def __init__(self, page):
        self.page, self.case, self.account = page, page.case, page.account

    @property
    def is_shown(self):
        return self.case.appeals_id is not None or self.case.status == Status.DECLINED

    @cached_property
    def made(self):
        """The appeal against this case; ``None`` where nobody has appealed."""
        return next(iter(self.page.read.appeal), None)

    @property
    def last_day(self):
        """The last day, as it is where the member lives, with the zone that it ends in; "" for no appeal."""
        if self.case.appeal_until is None:
            return ""
        zone = here(self.account)
        words = {"day": date_format(self.case.appeal_until.astimezone(zone), "j M Y"), "zone": zone.key}
        return _("%(day)s (%(zone)s)") % words

    @property
    def is_over(self):
        return self.case.appeal_until is not None and self.case.appeal_until < timezone.now()

    @property
    def may_record(self):
        """Whether this person puts an appeal down now; one that came in time is put down late, too."""
        is_due = self.case.status == Status.DECLINED and self.case.appeal_until and not self.made
        return bool(is_due) and not self.account.erased_at and rules.can_work(self.case, self.page.user)

    @cached_property
    def form(self):
        people = contacting.speaking(self.account, asks=True)
        return self.page.bound.get("appeal") or AppealForm(representatives=people, initial=self.typed)

    @property
    def typed(self):
        return AppealForm.begin() | self.page.work_desk.typed("appeal")

    @property
    def draft(self):
        return self.page.work_desk.draft_of("appeal")

    @cached_property
    def declined(self):
        """Of an appeal: the decision that it is against."""
        return next(iter(self.page.read.declined), None)

    @cached_property
    def against(self):
        return self.declined and self.page.decision(self.declined)

    @property
    def changes(self):
        """What a decision rests on that is different now from when the case was declined; the evidence is not.

        That the account is older by now is no difference, and of an appeal that has ended nothing is compared.
        """
        if self.declined is None or not self.page.facts or not self.case.is_open:
            return []
        now = {name: value for name, value in self.page.facts.items() if name != "appeal"}
        now["risk"] = facts.graded([code for code in now["risk"]["reasons"] if code != "appeal"])
        then = self.declined.facts
        if "history" in now and "history" in then:
            age = then["history"]["account_age_days"]
            now["history"] = now["history"] | {"account_age_days": age}
        return differing.changes(then, now, self.page.reason)

    @cached_property
    def received(self):
        """How the appeal came: when, by which channel, from whom, and who has put it down."""
        data = self.page.opening
        is_holder = "representative" not in data
        return {
            "at": self.case.opened_at,
            "channel": presentation.choice(CustomerQuery.Channel, data["channel"]),
            "speaker": _("The holder") if is_holder else _("Somebody recorded as speaking for the holder"),
        }

    @property
    def kept_away(self):
        """The people who took part in what is appealed, or decided it, and so decide nothing of the appeal."""
        found = [row for row in self.page.read.took_part if row.part in (Part.BEFORE, Part.DECIDED)]
        return sorted({str(row.user) for row in found})
