"""The guidelines of a review: which apply, as its entry has them, and how each was followed."""

import json
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import StatusChange

ACTION = "follow_guideline"


class Outcome(models.TextChoices):
    DONE = "done", gettext_lazy("Done")
    NOT_APPLICABLE = "not_applicable", gettext_lazy("Does not apply")


@dataclass(frozen=True)
class Guideline:
    """One of them; ``entry`` is the one that says how it was followed last, ``None`` while it is open."""

    position: int
    words: str
    entry: StatusChange | None

    @property
    def outcome(self):
        return Outcome(data_of(self.entry)["outcome"]) if self.entry else None


def begun(account):
    """Return the entry that set the status of an account, as the one that put it under review; ``None`` for none."""
    return StatusChange.objects.filter(account=account, number=account.status_number).first()


def of(account, began=None):
    """Return the guidelines of the review that an account is under, in their order; none for one that has none.

    ``began`` is what ``begun`` found, for whoever has asked.
    """
    began = began or begun(account)
    asked = data_of(began).get("guidelines", []) if began else []
    if not asked:
        return []
    followed = StatusChange.objects.filter(account=account, number__gt=account.status_number, action=ACTION)
    last = {data_of(entry)["guideline"]: entry for entry in followed.select_related("actor").order_by("number")}
    return [Guideline(position, words, last.get(position)) for position, words in enumerate(asked)]


def still_open(account, began=None):
    return [each for each in of(account, began) if each.entry is None]


def left_open(account, began=None):
    """Return what an entry says that takes an account out of a review before each guideline was followed, else {}."""
    if account.status != account.Status.UNDER_REVIEW:
        return {}
    left = [each.position for each in still_open(account, began)]
    return {"guidelines_open": left} if left else {}


def why_open(account):
    """Return why a person cannot end the review yet, "" where they can."""
    left = [each.words for each in still_open(account)]
    return _("First, by the client's guidelines: %s") % " ".join(left) if left else ""


def data_of(entry):
    return json.loads(bytes(entry.body))["data"]
