"""How somebody at the client hears that a case waits for them: the mail with the link, and the one with the code."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import registries
from accounts.zones import zone
from reinstatements.models import Invitation
from reinstatements.services import external


def link_words(payload, client, user):
    """Return the mail with the link by which somebody at the client decides a case; it names the case and nobody."""
    said = {"case": case_values_of(payload), "client": client.name, "url": link_url(payload["invitation"])}
    said["zone"] = zone(user.time_zone).key
    said["until"] = date_format(timezone.localtime(invited(payload).expires_at, zone(user.time_zone)), "j M Y, H:i")
    subject = _("Your approval is asked for: case %(case)s, %(client)s") % said
    text = _(
        "Case %(case)s waits for an approval at %(client)s, and you were named for it.\n\n%(url)s\n\n"
        "Open the page and ask for a code there; it comes in a second mail. "
        "The link is good until %(until)s (%(zone)s), once."
    )
    return subject, text % said + "\n"


def code_words(payload, client, user):
    """Return the mail with the code, in the second place after the link's page asked for it."""
    said = {"case": case_values_of(payload), "code": external.code_of(payload["invitation"], payload["number"])}
    subject = _("Your code for case %(case)s") % said
    text = _(
        "The code is %(code)s. It is good for 15 minutes, once. Type it on the page that you opened by the link.\n\n"
        "If you asked for no code, somebody else has opened your link: tell us, and give the code to nobody."
    )
    return subject, text % said + "\n"


def link_url(invitation):
    return settings.BASE_URL + reverse("external", args=[external.link_of(invitation)])


def invited(payload):
    return Invitation.objects.select_related("case").get(pk=payload["invitation"])


def case_values_of(payload):
    return invited(payload).case.code


def link_is_over(payload):
    row = invited(payload)
    return not row.is_open(timezone.now()) or not external.waits_for_client(row.case)


def code_is_over(payload):
    return link_is_over(payload) or invited(payload).codes_sent != payload["number"]


registries.staff_events.register(external.ASKED, registries.StaffEvent(link_words, link_is_over))
registries.staff_events.register(external.CODE, registries.StaffEvent(code_words, code_is_over))
