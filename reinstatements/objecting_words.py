"""How those who work on or decide a case hear what the client's contact has done with it."""

from django.conf import settings
from django.utils.translation import gettext as _

from accounts import registries
from reinstatements.models import ReinstatementRequest
from reinstatements.services import objecting


def objected_words(payload, client, user):
    """Return the mail that says which case it is and where to look; not what was written."""
    case = ReinstatementRequest.objects.get(pk=payload["case"])
    said = {"case": case.code, "client": client.name, "url": settings.BASE_URL + case.get_absolute_url()}
    subject, text = {
        "pause": (_("Paused by the client: case %(case)s, %(client)s"), _("Case %(case)s is not decided for now.")),
        "escalate": (_("Escalated by the client: case %(case)s, %(client)s"), _("Case %(case)s needs more haste.")),
        "comment": (_("Comment of the client: case %(case)s, %(client)s"), _("There is a comment on case %(case)s.")),
    }[payload["deed"]]
    return subject % said, (text + "\n\n%(url)s\n") % said


def is_over(payload):
    return not ReinstatementRequest.objects.get(pk=payload["case"]).is_open


registries.staff_events.register(objecting.EVENT, registries.StaffEvent(objected_words, is_over))
