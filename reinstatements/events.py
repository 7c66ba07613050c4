"""What a member's message about a case may say that only the case knows, and how staff hear that its time runs out."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import registries
from accounts.models import Origin, User
from accounts.services import words
from accounts.zones import zone
from reinstatements import external_words as external_words
from reinstatements import linked_systems
from reinstatements import objecting_words as objecting_words
from reinstatements.models import ReinstatementRequest
from reinstatements.services import confirming
from reinstatements.services.eligibility import EVENT as CLIMBED
from reinstatements.services.eligibility import NOT_DECIDED
from reinstatements.services.escalation import EVENT


@registries.audience.register("reinstatement.member_asked")
@registries.audience.register("reinstatement.member_reminded")
def asked_values(event):
    """Return what the member was asked for, which is sealed beside the entry, and until when, in their language."""
    case = ReinstatementRequest.objects.select_related("account__client").get(pk=event.payload["case"])
    asked_in = UUID(event.payload["asked_in"])
    asked = words.read(case.account, [asked_in]).get((asked_in, "asked"), "")
    here = zone(case.account.time_zone or case.account.client.time_zone)
    answer_by = datetime.fromisoformat(event.payload["answer_by"]).astimezone(here)
    return {"case_code": case.code, "asked": asked, "answer_by": date_format(answer_by, "DATE_FORMAT")}


@registries.audience.register("reinstatement.lapsed")
@registries.audience.register("reinstatement.withdrawn")
@registries.audience.register("reinstatement.completed")
@registries.audience.register("reinstatement.declined")
@registries.audience.register("reinstatement.reversed")
@registries.audience.register("reinstatement.appeal_received")
@registries.audience.register("reinstatement.appeal_declined")
@registries.audience.register("reinstatement.appeal_granted")
def case_values(event):
    return {"case_code": ReinstatementRequest.objects.get(pk=event.payload["case"]).code}


def time_words(payload, client, user):
    """Return subject and text of a step of the escalation ladder: which case, when it is due, where to look."""
    case = ReinstatementRequest.objects.get(pk=payload["case"])
    said = {
        "case": case.code,
        "client": client.name,
        "percent": payload["percent"],
        "due": date_format(timezone.localtime(case.due_at, zone(user.time_zone)), "j M Y, H:i"),
        "zone": user.time_zone,
        "status": case.get_status_display().lower(),
        "url": settings.BASE_URL + case.get_absolute_url(),
    }
    if payload["percent"] >= 100:
        subject = _("Overdue: case %(case)s, %(client)s") % said
        text = _("Case %(case)s was due on %(due)s (%(zone)s). It is %(status)s.\n\n%(url)s\n") % said
    else:
        subject = _("%(percent)s %% of the time is used: case %(case)s, %(client)s") % said
        text = _("Case %(case)s is due on %(due)s (%(zone)s). It is %(status)s.\n\n%(url)s\n") % said
    return subject, text


def is_over(payload):
    """A case that has ended, or that waits for the member, presses nobody."""
    case = ReinstatementRequest.objects.get(pk=payload["case"])
    return not case.is_open or case.status in (case.Status.AWAITING_MEMBER, case.Status.APPROVED)


def confirmation_words(payload, client, user):
    """Return subject and text of a confirmation that does not come: which case, which system, why, where to look."""
    case = ReinstatementRequest.objects.get(pk=payload["case"])
    said = {
        "case": case.code,
        "client": client.name,
        "system": confirming.label(payload["system"]),
        "why": linked_systems.LABELS.get(payload["reason"], payload["reason"]),
        "url": settings.BASE_URL + case.get_absolute_url(),
    }
    subject = _("Not confirmed: case %(case)s, %(client)s") % said
    text = _(
        "Case %(case)s is approved, and the linked system has not confirmed it.\n"
        "%(system)s: %(why)s. The customer is still out of service.\n\n%(url)s\n"
    )
    return subject, text % said


def is_confirmed(payload):
    case = ReinstatementRequest.objects.get(pk=payload["case"])
    return case.status != case.Status.APPROVED or case.unconfirmed_since is None


@registries.answers.register(confirming.WANTED)
def confirmation(answer):
    """Take what a linked system answers about a case, by the same services as its page; nobody else acts here."""
    case = ReinstatementRequest.objects.select_related("account", "policy").get(pk=answer.case)
    told = {"actor": User.objects.system(), "reference": answer.reference, "origin": Origin.CLIENT_SYSTEM}
    try:
        if answer.is_refused:
            confirming.not_confirmed(case, reason=answer.reason, **told)
        else:
            confirming.confirm(case, **told)
    except confirming.Changed:
        confirming.confirmed_too_late(case, **told)
        return "changed"
    return "taken"


registries.staff_events.register(confirming.MISSING, registries.StaffEvent(confirmation_words, is_confirmed))
registries.staff_events.register(EVENT, registries.StaffEvent(time_words, is_over))


def nobody_words(payload, client, user):
    """Return subject and text of the word that nobody who may decide a case is there in time."""
    case = ReinstatementRequest.objects.get(pk=payload["case"])
    said = {"case": case.code, "client": client.name, "url": settings.BASE_URL + case.get_absolute_url()}
    said |= {"due": date_format(timezone.localtime(case.due_at, zone(user.time_zone)), "j M Y, H:i")}
    said |= {"zone": user.time_zone}
    subject = _("Nobody decides in time: case %(case)s, %(client)s") % said
    text = _(
        "Case %(case)s is due on %(due)s (%(zone)s), and too few of those who may decide it are on shift before. Decide"
        " it, have somebody come in, or ask an administrator for a role.\n\n%(url)s\n"
    )
    return subject, text % said


def is_decidable(payload):
    """Once somebody can decide it, or it is decided, nobody needs to hear that nobody could."""
    case = ReinstatementRequest.objects.get(pk=payload["case"])
    return not case.undecidable_since or case.status not in NOT_DECIDED


registries.staff_events.register(CLIMBED, registries.StaffEvent(nobody_words, is_decidable))
