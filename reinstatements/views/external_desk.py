"""The card of a case that waits for somebody at the client: who was asked by mail, and the form that asks."""

from functools import cached_property

from django.utils import timezone

from reinstatements import rules
from reinstatements.forms_desk import InviteForm
from reinstatements.services import external


class ExternalDesk:
    def __init__(self, page):
        self.page, self.case, self.user = page, page.case, page.user

    @cached_property
    def can_ask(self):
        return rules.can_note(self.case, self.user)

    @cached_property
    def asked(self):
        """The invitations of the case, newest first, each with whether it can still be used."""
        now = timezone.now()
        rows = self.case.invitations.select_related("user", "asked_by").order_by("-asked_at")
        return [{"row": row, "is_open": row.is_open(now)} for row in rows]

    @cached_property
    def form(self):
        people = external.approvers(self.case.client_id) if self.can_ask else []
        return self.page.bound.get("invite") or InviteForm(auto_id="invite_%s", people=people)
