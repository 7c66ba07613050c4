"""What the page of a case shows of its time, and the form for its priority."""

import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import registries
from accounts.models import User
from reinstatements import rules
from reinstatements.forms_clock import PriorityForm
from reinstatements.services import clock
from reinstatements.sla import Step
from reinstatements.views.desk import Desk


@dataclass(frozen=True)
class Part:
    label: str
    target: timedelta
    left: timedelta

    @property
    def is_over(self):
        return self.left < timedelta(0)

    @property
    def over(self):
        return -self.left


class ClockDesk(Desk):
    @cached_property
    def reading(self):
        return clock.reading(self.case, clock.terms_in(self.page.read.clock), timezone.now())

    @property
    def is_paused(self):
        return self.reading["is_paused"]

    @property
    def is_decided(self):
        """Whether nothing of its time is left to come: an approved case waits for a linked system, no decision."""
        return not self.case.is_open or self.case.status == self.case.Status.APPROVED

    @property
    def is_running(self):
        return self.reading["is_running"]

    @property
    def zone(self):
        return self.reading["zone"]

    @cached_property
    def parts(self):
        labels = dict(Step.choices)
        return [
            Part(str(labels[part]), found["target"], found["left"]) for part, found in self.reading["parts"].items()
        ]

    @cached_property
    def escalations(self):
        """The steps of the ladder that were taken, oldest first, with who was told."""
        taken = [
            (entry, json.loads(bytes(entry.body))["data"])
            for entry in reversed(self.page.entries.values())
            if entry.action == "escalate"
        ]
        people = {key for _entry, data in taken for key in data["told"]}
        names = {str(user.pk): str(user) for user in User.objects.filter(pk__in=people)} if people else {}
        return [
            {
                "at": entry.occurred_at,
                "label": rung(data),
                "told": [names.get(key, _("somebody who left")) for key in data["told"]],
                "climbed": data["climbed"],
            }
            for entry, data in taken
        ]

    @cached_property
    def told(self):
        """The messages that told of the end of the case, with the time from the change until each was sent."""
        ended_at = self.case.completed_at or self.case.decided_at
        if self.case.is_open or not ended_at:
            return []
        found = [
            message
            for contribute in registries.case_messages.values()
            for message in contribute(self.page.account, self.user, self.case.pk, self.page.entries)
            if message.decided_at >= ended_at
        ]
        return [
            {
                "title": message.title,
                "status": message.status,
                "sent_at": message.sent_at,
                "seconds": round((message.sent_at - ended_at).total_seconds()) if message.sent_at else None,
            }
            for message in found
        ]

    @cached_property
    def form(self):
        if not self.case.is_open or not rules.can_work(self.case, self.user):
            return None
        bound = self.page.bound.get("priority")
        return bound or PriorityForm(initial={"priority": self.case.priority}, auto_id="priority_%s")


def rung(data):
    """Say which step of the ladder it was."""
    if data["percent"] < 100:
        return _("%d %% of the time used") % data["percent"]
    if data["plus_minutes"]:
        return _("%d working minutes after the breach") % data["plus_minutes"]
    return _("Breach")
