"""Who has a case, and what one person may do about that."""

from functools import cached_property

from django.utils import timezone

from reinstatements import rules
from reinstatements.forms_correcting import CorrectForm
from reinstatements.forms_desk import NoteForm, ReleaseForm, SkipForm, TakeOverForm
from reinstatements.services.handling import TO_WORK_ON


class HandlingDesk:
    def __init__(self, page):
        self.page, self.case, self.user = page, page.case, page.user
        self.now = timezone.now()

    @property
    def is_workable(self):
        return self.case.status in TO_WORK_ON

    @cached_property
    def works(self):
        return self.is_workable and rules.can_work(self.case, self.user)

    @property
    def is_mine(self):
        return self.case.worker_id == self.user.pk

    @property
    def is_over(self):
        """Whether the claim has ended and the case waits to be taken back."""
        return bool(self.case.claim_until and self.case.claim_until <= self.now)

    @property
    def is_held(self):
        return rules.is_held_by_other(self.case, self.user, self.now)

    @property
    def can_claim(self):
        return self.works and not self.is_mine and not self.is_held

    @property
    def can_take_over(self):
        return self.works and self.is_held

    @property
    def can_assign(self):
        return self.is_workable and rules.can_assign(self.case, self.user)

    @property
    def can_release(self):
        return self.works and (self.is_mine or (self.case.worker_id is not None and self.can_assign))

    @property
    def can_note(self):
        return rules.can_note(self.case, self.user) and not self.case.account.erased_at

    @property
    def can_skip(self):
        """Whether it is this person's to take next: to decide, or to work on while no colleague does."""
        desk = self.page.decision_desk
        return rules.can_note(self.case, self.user) and not desk.why_not if desk else self.works and not self.is_held

    @cached_property
    def skip_form(self):
        return self.page.bound.get("skip") or SkipForm(auto_id="skip_%s")

    @cached_property
    def release_form(self):
        return self.page.bound.get("release") or ReleaseForm(auto_id="release_%s")

    @cached_property
    def take_over_form(self):
        return self.page.bound.get("take_over") or TakeOverForm(auto_id="take_over_%s")

    @property
    def can_correct(self):
        return self.can_note and not self.case.is_open

    @cached_property
    def correct_form(self):
        return self.page.bound.get("correct") or CorrectForm(entries=self.page.entries_to_correct)

    @cached_property
    def note_form(self):
        return self.page.bound.get("note") or NoteForm(auto_id="note_%s")
