"""Putting a draft before the people who work on cases."""

from reinstatements.models import Participation
from reinstatements.services import eligibility
from reinstatements.services.cases import changing, participate


def submit(case, *, actor, **history):
    """Put a draft into the client's queue. Where nobody could decide it in time, it says so from now on."""
    with changing(case, actor=actor, **history) as (work, case):
        work.record(case.submit, reason=case.resume_reason, arguments={"at": work.occurred_at})
        participate(work, case, Participation.Part.WORKED)
        eligibility.look_at(work, case)
    return case
