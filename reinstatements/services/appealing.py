"""An appeal against a declined case, once: somebody else decides it, on the evidence as it stood.

The appeal is a case of its own with the policy, the reasons and the evidence of the declined one, which stays as it is.
Whoever took part in that one or decided it has a part in the appeal from its first moment, and so decides nothing of
it.
"""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import canonical, moments
from accounts.errors import Invalid, Moved, Refused
from accounts.models import CustomerQuery, Representative, StatusChange
from accounts.models.ledger import IN_SERVICE
from accounts.services import memberships
from accounts.zones import zone
from reinstatements import facts, levels, policies
from reinstatements.models import Participation, ReinstatementRequest
from reinstatements.services import clock, eligibility
from reinstatements.services.cases import changing, know, named, participate, refuse_in_service

RECEIVED, NOT_GRANTED = "reinstatement.appeal_received", "reinstatement.appeal_declined"
Channel, Status, Part = CustomerQuery.Channel, ReinstatementRequest.Status, Participation.Part
KEPT = ("client_id", "account", "membership_id", "kind", "policy", "priority", "resume_reason")
STOPPED = ("stopped_status", "stopped_reason", "stopped_entry", "stopped_at")


def here(account):
    """Return the time zone by which an account's days begin and end: where the member lives, else the client's."""
    return zone(account.time_zone or account.client.time_zone)


def until(case, at):
    """Return the last moment in which a case that is declined at ``at`` may be appealed, ``None`` where it may not.

    Days are those of the calendar where the member lives; the day of the decision is not counted, the last one is
    whole.
    """
    days = policies.appeal_days(case.policy)
    if case.appeals_id or not days:
        return None
    there = here(case.account)
    last = at.astimezone(there).date() + timedelta(days=days)
    return moments.start_of(last + timedelta(days=1), there) - moments.SHORTEST


def appeal(declined, *, actor, statement, channel, received_at=None, representative=None):
    """Put down that the member appeals against a declined case, and put it before somebody else; return the appeal.

    ``statement`` is what they say, which is sealed; ``representative`` is who says it in the holder's place. What
    counts is when it was received. Raises ``Moved`` where the case was appealed before or is not declined, ``Refused``
    where it is too late or the decision was about an appeal itself, and ``Invalid`` where there is nothing to bring
    back, and for what is not offered.
    """
    if not statement.strip():
        raise Invalid(_("Write what the member says."), field="statement")
    if channel not in Channel.values:
        raise Invalid(_("Choose how they appealed."), field="channel")
    if declined.membership_id:
        memberships.catch_up_account(declined.account_id, timezone.now())
    with changing(declined, actor=actor) as (work, declined):
        received_at = to_the_minute(received_at or work.now, declined.decided_at)
        refuse_unless_appealable(declined, received_at, work.now)
        if representative:
            refuse_unless_speaks(declined.account, representative, received_at)
        decided = StatusChange.objects.get(account=declined.account_id, number=declined.status_number)
        refuse_unless_stopped(declined, decided)
        case = ReinstatementRequest(
            **{name: getattr(declined, name) for name in (*KEPT, *STOPPED)},
            maker=actor,
            appeals=declined,
            opened_at=received_at,
        )
        clock.begin(case, received_at)
        work.open(
            case,
            Status.DRAFT,
            action="open_appeal",
            reason=declined.resume_reason,
            words={"statement": statement.strip()},
            caused_by=decided,
            data=told_of(declined, decided, channel, received_at, representative),
            prepare=lambda entry: setattr(case, "opened_entry", entry.uid),
        )
        know(case, participations=keep_away(work, case, declined), approvals=[])
        role = levels.asked(case, facts.case_facts(case))[0].role
        put = work.record(case.appeal, reason="appeal_received", arguments={"role": role, "at": work.now})
        eligibility.look_at(work, case)
        work.emit(RECEIVED, put, case=str(case.pk))
    return case


def to_the_minute(received_at, decided_at):
    """Return when an appeal came. People name minutes: in the minute of the decision it came after that."""
    same = decided_at and decided_at.replace(second=0, microsecond=0) <= received_at < decided_at
    return decided_at if same else received_at


def told_of(declined, decided, channel, received_at, representative):
    """Return what the entry of an appeal says: against which decision, how it came, from whom, since what stop."""
    speaker = {"representative": str(representative.pk)} if representative else {}
    return {
        "kind": declined.kind,
        "policy": named(declined.policy),
        "appeals": str(declined.pk),
        "declined": str(decided.uid),
        "stopped": str(declined.stopped_entry),
        "channel": channel,
        "received_at": canonical.timestamp(received_at),
    } | speaker


def keep_away(work, case, declined):
    """Give whoever took part in the declined case or decided it, and who records the appeal, a part in it."""
    parts = {(took.user, Part.BEFORE) for took in declined.participations.all()}
    for given in declined.approvals.all():
        parts |= {(given.user, Part.DECIDED)} if given.user_id else set()
        parts |= {(given.delegation.giver, Part.DECIDED)} if given.delegation_id else set()
    parts.add((work.actor, Part.ASKED))
    return [participate(work, case, part, is_first=True, by=user) for user, part in parts]


def refuse_unless_appealable(declined, received_at, now):
    """Raise what keeps a case from being appealed: it is not declined, it was, it is too late, it is one itself."""
    if declined.status != Status.DECLINED:
        status = declined.get_status_display().lower()
        raise Moved(_("This case is %s now; what is declined may be appealed.") % status)
    if found := ReinstatementRequest.objects.filter(appeals=declined).first():
        raise Moved(_("This case was appealed before: %s.") % found.code)
    if declined.appeals_id:
        raise Refused(_("This was decided on an appeal, and is not appealed again."))
    if declined.appeal_until is None:
        raise Refused(_("The policy of this case lets nobody appeal."))
    if received_at > now:
        raise Invalid(_("This time lies in the future."), field="received_at")
    if received_at < declined.decided_at:
        raise Invalid(_("The case was declined later than this."), field="received_at")
    if received_at > declined.appeal_until:
        raise Refused(_("The time to appeal is over. The member may ask for a new case."))


def refuse_unless_stopped(declined, decided):
    """Raise ``Invalid`` where there is nothing to bring back any more, ``Moved`` where another case is open."""
    account, membership = declined.account, declined.membership
    if account.erased_at:
        raise Invalid(_("The member's personal data was erased; nobody is left to bring back."))
    subject = membership or account
    refuse_in_service(account, subject)
    chain = StatusChange.objects.filter(account=account, subject_id=subject.pk, number__gt=decided.number)
    if chain.filter(to_status__in=IN_SERVICE).exists():
        raise Invalid(_("Service was back since, and stopped anew. The member may ask for a new case."))
    if found := ReinstatementRequest.objects.about(account, membership).open().first():
        raise Moved(_("This has an open case already: %s.") % found.code)


def refuse_unless_speaks(account, representative, at):
    today = at.astimezone(zone(account.client.time_zone)).date()
    speaking = Representative.objects.in_force(today).filter(scope=Representative.Scope.REQUESTS)
    if not speaking.filter(pk=representative.pk, account=account).exists():
        raise Invalid(_("This person does not ask for service back in the holder's place."), field="speaker")
