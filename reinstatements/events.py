"""What a member's message about a case may say that only the case knows."""

from accounts import registries
from reinstatements.models import ReinstatementRequest


@registries.audience.register("reinstatement.completed")
@registries.audience.register("reinstatement.declined")
@registries.audience.register("reinstatement.reversed")
def case_values(event):
    return {"case_code": ReinstatementRequest.objects.get(pk=event.payload["case"]).code}
