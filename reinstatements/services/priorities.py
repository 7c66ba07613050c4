"""How urgent a case is: its targets follow from it."""

from django.utils.translation import gettext as _

from accounts.errors import Invalid, Moved
from reinstatements.services import clock
from reinstatements.services.cases import changing
from reinstatements.sla import Priority


def set_priority(case, *, actor, priority, note=""):
    """Give a case another priority: its targets are those of the priority, and the time that is used stays used.

    Raises ``Moved`` once the case has ended, ``Refused`` for whoever does not work this client's cases.
    """
    with changing(case, actor=actor) as (work, case):
        if not case.is_open:
            raise Moved(_("This case has ended; its priority does not change any more."))
        if priority not in Priority.values:
            raise Invalid(_("There is no such priority."), field="priority")
        if priority == case.priority:
            return case
        data = {"priority": [case.priority, priority]}
        work.log(case, "set_priority", reason=f"priority_{priority}", note=note, data=data)
        case.priority = priority
        clock.count(case, work.now)
        work.save(case, "set_priority")
    return case
