"""Putting right what stands on the record of a case that has ended: a new entry that refers to the old one."""

from django.utils.translation import gettext as _

from accounts.errors import Invalid, Refused
from accounts.models import StatusChange
from accounts.services.telling import CORRECTION
from reinstatements import desk_reasons, rules
from reinstatements.services.cases import changing
from reinstatements.services.handling import handled


def may_be_about(entry, case, decided):
    """Tell whether an entry is of the case or was caused by one of the entries ``decided``, those of its decisions."""
    return entry.subject_id == case.pk or entry.caused_by in decided


def correct(case, *, actor, number, reason, note):
    """Say what is right where entry ``number`` of the account's chain says it wrong; return the entry that does.

    The old entry stays as it is, and so do the case, its status and the facts it was decided on. Raises ``Refused``
    while the case is open, for then it is mended where it stands, and ``Invalid`` for an entry of something else.
    """
    if reason not in dict(desk_reasons.CORRECT):
        raise Invalid(_("Choose a reason from the list."), field="reason")
    if not note.strip():
        raise Invalid(_("Say in words what is right."), field="note")
    with changing(case, actor=actor, may=rules.can_note) as (work, case):
        if case.is_open:
            raise Refused(_("This case is open. Mend it where it stands, or send it back."))
        wrong = StatusChange.objects.filter(account=case.account_id, number=number).first()
        if wrong is None or not may_be_about(wrong, case, set(case.approvals.values_list("entry", flat=True))):
            raise Invalid(_("Choose an entry of this case."), field="number")
        told = {"number": wrong.number, "about": wrong.subject_type, "action": wrong.action}
        return handled(work, case, CORRECTION, reason=reason, note=note.strip(), caused_by=wrong, **told)
