"""The access records as people read them: the same words on the screen and in the file."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import reasons
from accounts.models import AccessRecord

Kind = AccessRecord.Kind
FIELDS = ("client_id", "kind", "reason", "details")
EXPORT_STATUSES = {
    "complete": gettext_lazy("Complete"),
    "broken_off": gettext_lazy("Broken off"),
    "running": gettext_lazy("Running"),
    "never_ended": gettext_lazy("Never ended"),
}


def seen_by(client_ids):
    """Return function(values of ``FIELDS``) that says in one line why, and what of it is known.

    An access record holds codes, counts and digests only.
    """
    labels = reasons.labels_for(client_ids)

    def seen(client_id, kind, reason, details):
        told = []
        if reason:
            told.append(reasons.label(client_id, reason, labels))
        if kind == Kind.SEARCHED:
            told.append(ngettext("%(n)d hit", "%(n)d hits", details["hits"]) % {"n": details["hits"]})
        if details.get("whole"):
            told.append(_("personal data shown whole"))
        if kind == Kind.EXPORT_ENDED:
            told.append(ngettext("%(n)d row", "%(n)d rows", details["rows"]) % {"n": details["rows"]})
            told.append(str(EXPORT_STATUSES[status_of_end(details)]))
        return " · ".join(told)

    return seen


def status_of_end(details):
    return "complete" if details["complete"] else "broken_off"
