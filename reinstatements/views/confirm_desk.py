"""What the page of a case shows of a linked system that must confirm it."""

from functools import cached_property

from accounts import registries
from reinstatements import rules
from reinstatements.forms_confirming import AgainForm, ConfirmedForm, NotConfirmedForm, ReconsiderForm
from reinstatements.models import Confirmation, ReinstatementRequest
from reinstatements.services import confirming

FORMS = {
    "confirm": ConfirmedForm,
    "not_confirmed": NotConfirmedForm,
    "again": AgainForm,
    "reconsider": ReconsiderForm,
}


class ConfirmDesk:
    """The card of a case whose approval named a linked system."""

    def __init__(self, page):
        self.page, self.case = page, page.case
        self.system = confirming.label(self.case.linked_system)
        for name, form in FORMS.items():
            setattr(self, f"{name}_form", page.bound.get(name) or form(auto_id=f"id_{name}_%s"))

    @property
    def waits(self):
        return self.case.status == ReinstatementRequest.Status.APPROVED

    @property
    def may_answer(self):
        return self.waits and rules.can_confirm(self.case, self.page.user)

    @cached_property
    def rows(self):
        return list(self.case.confirmations.select_related("user").order_by("answered_at"))

    @property
    def failure(self):
        """The last answer, where it says that the system has not done it and nobody asked again since."""
        last = self.rows[-1] if self.rows else None
        return last if last and last.outcome == Confirmation.Outcome.FAILED and self.case.unconfirmed_since else None

    @cached_property
    def asked(self):
        """What linked systems were sent about it, and how far that got."""
        case, user = self.case, self.page.user
        return [each for rows in registries.asked.values() for each in rows(case.client_id, user, case=case.pk)]

    @property
    def answers(self):
        return [
            {
                "at": row.answered_at,
                "outcome": row.get_outcome_display(),
                "reference": row.reference,
                "reason": self.page.reason(row.reason) if row.outcome == Confirmation.Outcome.FAILED else "",
                "who": row.user,
                "note": self.page.words_beside(row.entry) if row.entry in self.page.entries else "",
            }
            for row in self.rows
        ]
