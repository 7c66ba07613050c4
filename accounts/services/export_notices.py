"""A word to whoever asked for a large export: on their pages, and by mail, which names nobody."""

import smtplib

import structlog
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import registries
from accounts.mail import Mail
from accounts.models import ExportRun

log = structlog.get_logger(__name__)


def tell(run):
    """Write to whoever asked that a run has come to its end, once. A mail server that is away is no failure."""
    if run.cancelled_at or not run.user.email:
        return
    if not ExportRun.objects.filter(pk=run.pk, told_at=None).update(told_at=timezone.now()):
        return
    with translation.override(run.language):
        subject, text = words(run)
        try:
            Mail(subject, text, None, [run.user.email], headers={"Content-Language": run.language}).send()
        except (OSError, smtplib.SMTPException) as error:
            log.warning("export_notice_not_sent", run=str(run.pk), failure=type(error).__name__)


def words(run):
    """Return subject and text. They name the list and the client, and hold nothing of what is in the file."""
    export = registries.exports[run.export]
    given = {
        "list": export.label,
        "client": run.client.name,
        "url": settings.BASE_URL + reverse("export_run", args=[run.pk]),
    }
    if run.published_at:
        subject = _("Your export is ready: %(list)s, %(client)s") % given
        text = _("It is kept for 48 hours, for you alone. Sign in to take it:\n\n%(url)s\n") % given
    else:
        subject = _("Your export was not made: %(list)s, %(client)s") % given
        text = _("The page says why:\n\n%(url)s\n") % given
    return " ".join(subject.split()), text
