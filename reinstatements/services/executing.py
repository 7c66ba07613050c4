"""What an approved case brings about, in the transaction that approves it or takes its confirmation."""

from accounts.services import accounts, memberships
from reinstatements import facts

RETURNED, GRANTED = "reinstatement.completed", "reinstatement.appeal_granted"


def bring_back(work, case, life, approved, rows):
    """Bring back what an approved case is about: the account, or the one membership whose ``life`` is given."""
    proven = {"restrictions": rows.restrictions, "lifted": facts.settled_kinds(rows.checks)}
    why = {"reason": case.resume_reason, "caused_by": approved}
    if life:
        memberships.bring_back(life, **why, **proven, told_by=GRANTED if case.appeals_id else "")
    else:
        # Without the check of the payment nothing is proven to be paid: what is owed stays as it is.
        paid = None if facts.is_payment_waived(rows.checks) else facts.paid_minor(rows.checks)
        accounts.reinstate(work, **why, **proven, paid_minor=paid)


def tell_of_return(work, case, completed):
    """Leave word for the member: that their appeal was granted, or that the account is back.

    Of a membership that returns its own event tells, where no appeal was needed.
    """
    if case.appeals_id:
        work.emit(GRANTED, completed, case=str(case.pk))
    elif not case.membership_id:
        work.emit(RETURNED, completed, case=str(case.pk))
