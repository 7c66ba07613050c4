"""Taking a reinstatement back: what it brought back is suspended again, for what it was suspended for."""

from django.utils.translation import gettext as _

from accounts import reasons
from accounts.errors import Invalid, Moved, Refused
from accounts.models import Account, Membership, OutboxEvent, ReasonCode, Restriction, StatusChange
from accounts.services import restoring
from reinstatements import rules
from reinstatements.models import Reversal
from reinstatements.services.cases import changing
from reinstatements.services.executing import GRANTED, RETURNED


def reverse(case, *, actor, reason, note):
    """Take back what a completed case has brought about, once; return the entry that says so.

    The account is suspended again and its restrictions stand again; what counted as paid is owed again; who was told
    that it was back is told. A case about one membership suspends that one only, and no money moves. Raises
    ``Refused`` for whoever took part in the case or approved it, ``Moved`` where it was reversed before or the status
    that it gave was set anew since, and ``Invalid`` for a reason that is not offered and without words.
    """
    if reason not in dict(reasons.choices(case.client_id, ReasonCode.Use.REVERSE)):
        raise Invalid(_("Choose a reason from the list."), field="reason")
    if not note.strip():
        raise Invalid(_("Say in words why the reinstatement is taken back."), field="note")
    with changing(case, actor=actor, may=rules.has_deciding_role) as (work, case):
        if not rules.can_reverse(case, actor):
            raise Refused(_("Whoever took part in a case or approved it does not take it back."))
        if Reversal.objects.filter(case=case).exists():
            raise Moved(_("Somebody else has reversed this reinstatement already."))
        back = still_stands(case, work.account)
        if back is None:
            raise Moved(_("The status that it gave was set anew since, so there is nothing left to take back."))
        of_case = Restriction.objects.filter(account=work.account, membership=case.membership_id)
        lifted = list(of_case.filter(lifted_entry=back.uid).order_by("opened_at", "id"))
        entry = work.log(
            case,
            "reverse",
            reason=reason,
            note=note.strip(),
            caused_by=back,
            data={"restrictions": [str(row.pk) for row in lifted]},
            before=lambda entry: reversal(case, actor, reason, entry),
        )
        why = {"reason": case.stopped_reason, "caused_by": entry}
        if case.membership_id:
            # Its own event tells of it, as one did of its return.
            restoring.suspend_membership_again(work, back, lifted, membership_id=case.membership_id, **why)
            return entry
        again = restoring.suspend_again(work, back, lifted, **why)
        if was_told(case):
            work.emit("reinstatement.reversed", again, case=str(case.pk))
    return entry


def reversal(case, actor, reason, entry):
    return Reversal(
        client_id=case.client_id,
        case=case,
        person_id=actor.person_id,
        user=actor,
        reason=reason,
        entry=entry.uid,
        reversed_at=entry.recorded_at,
    )


def still_stands(case, account):
    """Return the entry by which a case brought back what it is about, while that is the last word about its status."""
    back = reinstated_by(case)
    subject = Membership.objects.get(pk=case.membership_id) if case.membership_id else account
    return back if back and account.status == Account.Status.ACTIVE and subject.status_number == back.number else None


def reinstated_by(case):
    """Return the entry by which a case brought back its account or membership, ``None`` where it has not."""
    if case.status != case.Status.COMPLETED:
        return None
    chain = StatusChange.objects.filter(account=case.account_id)
    approved = chain.filter(subject_id=case.pk, to_status="approved").exclude(from_status="approved")
    about = {"subject_type": "membership", "subject_id": case.membership_id} if case.membership_id else {}
    actions = ("reinstate", "reinstate_trial")
    back = chain.filter(**({"subject_type": "account"} | about), action__in=actions)
    return back.filter(caused_by__in=approved.values("uid")).first()


def was_told(case):
    """Whether the member was told that the account is back: of what was imported they were not."""
    completed = StatusChange.objects.filter(account=case.account_id, subject_id=case.pk, to_status="completed")
    told = OutboxEvent.objects.filter(account=case.account_id, name__in=(RETURNED, GRANTED))
    return told.filter(entry__in=completed.values("uid")).exists()
