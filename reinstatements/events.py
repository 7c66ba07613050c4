"""What a member's message about a case may say that only the case knows."""

from datetime import datetime
from uuid import UUID

from django.utils.formats import date_format

from accounts import registries
from accounts.services import words
from accounts.zones import zone
from reinstatements.models import ReinstatementRequest


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
@registries.audience.register("reinstatement.completed")
@registries.audience.register("reinstatement.declined")
@registries.audience.register("reinstatement.reversed")
def case_values(event):
    return {"case_code": ReinstatementRequest.objects.get(pk=event.payload["case"]).code}
