"""How much somebody looked before they decided: kept with the decision, and a row of hasty ones is looked at again."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core import signing
from django.utils import timezone

from reinstatements.models import Approval
from reinstatements.services.files import opened_by
from reinstatements.services.handling import handled

HASTY = 20
"""Seconds. Half a minute is what a routine case takes to read."""
STREAK = 5
WITHIN = timedelta(hours=1)
LONGEST = 24 * 60 * 60
SALT = "case opened"


@dataclass(frozen=True)
class Attention:
    """``seconds`` from the page being shown to the decision, and how many different ``files`` were opened since."""

    seconds: int
    files: int = 0

    @property
    def is_hasty(self):
        return self.seconds < HASTY


def opened(case, user):
    """Return a signed word that a page of this case is shown to somebody now; its form sends it back."""
    return signing.dumps([case.code, str(user.pk), int(timezone.now().timestamp())], salt=SALT)


def since(token, case, user):
    """Return when the page was shown that a form came from; ``None`` for no such word, or one of another page."""
    try:
        code, user_id, at = signing.loads(token, salt=SALT, max_age=LONGEST)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return at if (code, user_id) == (case.code, str(user.pk)) else None


def of(token, case, user):
    """Return the ``Attention`` of whoever sends a form, ``None`` where it does not say when it was shown."""
    at = since(token, case, user)
    if at is None:
        return None
    files = opened_by(user, case, datetime.fromtimestamp(at, UTC))
    return Attention(seconds=max(int(timezone.now().timestamp()) - at, 0), files=files)


def sample_streak(work, case, attention):
    """Put a decision before somebody else where it ends a row of hasty ones, within the hour, at this client.

    It is looked at once the case is decided, where another level follows; what was sent back is still open.
    """
    if not attention.is_hasty or case.review_wanted or case.status == case.Status.IN_VERIFICATION:
        return
    before = Approval.objects.filter(
        client=work.client_id, person=work.actor.person_id, decided_at__gte=work.now - WITHIN
    ).order_by("-decided_at")
    seconds = list(before.values_list("seconds_open", flat=True)[: STREAK - 1])
    if len(seconds) < STREAK - 1 or any(each is None or each >= HASTY for each in seconds):
        return
    case.review_wanted = True
    handled(work, case, "sample", reason="hasty_streak", seconds=[attention.seconds, *seconds])
    work.save(case, "sample")
