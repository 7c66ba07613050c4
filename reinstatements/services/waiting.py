"""Waiting for the member: they are asked for what is missing, reminded once, and the case lapses where they are silent.

While it waits, the clock of the case stands still: what was left when the member was asked is left when they answer.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Invalid, ServiceError
from accounts.models import Origin, StatusChange, User
from reinstatements.models import Participation, ReinstatementRequest
from reinstatements.services.cases import changing, participate
from reinstatements.services.handling import at_work, handled, lasts_until

RULE = "member_silent"
PAID_RULE = "payment_wakes"
"""The rule that lets a case go on once everything owed is paid; it works on no case and decides none."""
LONGEST = 500
"""Characters of what is asked for: it stands in one line of the message."""
USUAL = 14 * 24 * 60
"""Minutes that one waits for the member where a version from before policies said so does not say."""
AT_ONCE = 50
Status = ReinstatementRequest.Status


def patience(policy):
    """Return how long a policy waits for the member until the case lapses; half-way they are reminded."""
    return timedelta(minutes=policy.rules.get("minutes", {}).get("member") or USUAL)


def ask_member(case, *, actor, asked, note=""):
    """Ask the member for what is missing; they read ``asked`` just as it is. The clock stands still from now on.

    Raises ``Invalid`` for no words and too many, ``Moved`` where the case is not in verification.
    """
    asked = " ".join(asked.split())
    if not asked:
        raise Invalid(_("Say what the member is to send or do."), field="asked")
    if len(asked) > LONGEST:
        raise Invalid(_("The member reads this in a message: %d characters at the most.") % LONGEST, field="asked")
    with changing(case, actor=actor) as (work, case):
        if case.status == Status.IN_VERIFICATION:
            at_work(work, case)
        patient = patience(case.policy)
        entry = work.record(
            case.ask_member,
            reason="evidence_missing",
            note=note.strip(),
            words={"asked": asked},
            arguments={"at": work.now, "remind_at": work.now + patient / 2, "lapses_at": work.now + patient},
        )
        participate(work, case, Participation.Part.WORKED)
        tell(work, case, "reinstatement.member_asked", entry, asked_in=entry)
    return case


def tell(work, case, event, entry, *, asked_in):
    work.emit(event, entry, case=str(case.pk), asked_in=str(asked_in.uid), answer_by=case.lapses_at.isoformat())


def take_answer(case, *, actor, answer):
    """Write down what the member answered, which wakes the case; whoever has it goes on."""
    if not answer.strip():
        raise Invalid(_("Write down what the member answered."), field="answer")
    with changing(case, actor=actor) as (work, case):
        arguments = {"until": lasts_until(case, work.now)}
        work.record(case.member_answered, reason="answered", words={"answer": answer.strip()}, arguments=arguments)
        participate(work, case, Participation.Part.WORKED)
    return case


def wake_for_payment(work, entry):
    """Let the cases go on that wait for the member of an account that owes nothing any more: they waited for that.

    Whoever has the case goes on, and the clock with them. The payment alone meets no check: somebody looks at it.
    """
    for found in ReinstatementRequest.objects.filter(account=work.account).awaiting_payment():
        with work.by_rule(PAID_RULE, actor=User.objects.system(), origin=Origin.RULE):
            case = work.lock(found)
            arguments = {"until": lasts_until(case, work.now)}
            work.record(case.member_answered, reason="paid", caused_by=entry, arguments=arguments)


def put_off(case, by):
    """Give the member as much more time as the client has kept the case from going on."""
    for name in ("remind_at", "lapses_at"):
        if at := getattr(case, name):
            setattr(case, name, at + by)


def silent(client_id):
    """Return the cases whose member was asked, but for those that the client has paused: nothing ends meanwhile."""
    return ReinstatementRequest.objects.filter(client=client_id, status=Status.AWAITING_MEMBER, paused_at=None)


def remind_due(client_id):
    """Remind the members who were asked and have not answered, fifty at the most; return how many. May run twice."""
    return each(silent(client_id).filter(remind_at__lte=timezone.now()).order_by("remind_at"), remind)


def lapse_due(client_id):
    """Let the cases lapse whose time to answer is over, fifty at the most; return how many. May run twice."""
    return each(silent(client_id).filter(lapses_at__lte=timezone.now()).order_by("lapses_at"), lapse)


def each(cases, do):
    system, count = User.objects.system(), 0
    for case in cases.select_related("account", "policy")[:AT_ONCE]:
        try:
            with transaction.atomic(), changing(case, actor=system, rule=RULE) as (work, locked):
                count += do(work, locked)
        except ServiceError:
            continue  # Somebody changed it at this moment; the next round looks again.
    return count


def waits(case):
    return case.status == Status.AWAITING_MEMBER and case.paused_at is None


def remind(work, case):
    if not waits(case) or not case.remind_at or case.remind_at > work.now:
        return False
    asked = asked_by(case)
    entry = handled(work, case, "remind", reason="no_answer_yet")
    case.remind_at = None
    work.save(case, "remind")
    tell(work, case, "reinstatement.member_reminded", entry, asked_in=asked)
    return True


def lapse(work, case):
    if not waits(case) or case.lapses_at > work.now:
        return False
    entry = work.record(case.lapse, reason="no_answer")
    participate(work, case, Participation.Part.CHANGED)
    work.emit("reinstatement.lapsed", entry, case=str(case.pk))
    return True


def asked_by(case):
    """Return the entry by which the member was asked last."""
    asked = StatusChange.objects.filter(account=case.account_id, subject_id=case.pk, action="ask_member")
    return asked.order_by("-number").first()
