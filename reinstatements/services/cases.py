"""A case from the question to the verification.

Each step takes ``history``: the ``origin`` and ``occurred_at`` of what was done before Reinstate was asked. Its entry
then says when it happened and when it was written down.
"""

from contextlib import contextmanager

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import ledger
from accounts.errors import Invalid, Moved, Refused
from accounts.ledger import reading, sql
from accounts.models import Membership, Restriction, StatusChange
from accounts.services import memberships
from accounts.services.standing import open_restrictions, stopped_by
from reinstatements import facts, intake, policies, rules
from reinstatements.models import Approval, Check, Participation, ReinstatementRequest
from reinstatements.services import clock

CASE = reading.Select(ReinstatementRequest, "id = %s AND account_id = %s", lock=True)
PARTICIPATIONS = reading.Select(Participation, "case_id = %s")
APPROVALS = reading.Select(Approval, "case_id = %s", order="decided_at")


@contextmanager
def changing(case, *, actor, may=rules.can_work, then=(), **kwargs):
    """Lock the account, then the case, and yield ``(work, case)``: the order of every change of a case.

    Who took part and what was approved is read in the same round trip, with the questions ``then``; their answers are
    ``work.found``. Raises ``Refused`` where the rule ``may`` says no, before anything else is looked at.
    """
    if not may(case, actor):
        raise Refused(_("Your role at this client does not allow this."))
    then = [CASE.of(case.pk, case.account_id), PARTICIPATIONS.of(case.pk), APPROVALS.of(case.pk), *then]
    with ledger.change(case.account, actor=actor, then=then, **kwargs) as work:
        found, took_part, approvals, *work.found = work.found
        fresh = work.track(ledger.one(ReinstatementRequest, found))
        fresh.account = work.account
        if "policy" in case._state.fields_cache and case.policy_id == fresh.policy_id:
            fresh.policy = case.policy  # a version of a policy never changes
        know(fresh, participations=took_part, approvals=approvals)
        yield work, fresh


def know(row, **related):
    """Let a row know rows that belong to it, which were read already."""
    row._prefetched_objects_cache = {}
    for name, found in related.items():
        rows = getattr(row, name).all()
        rows._result_cache = found
        row._prefetched_objects_cache[name] = rows


def participate(work, case, part, *, is_first=False, by=None):
    """Keep who took part in the case; the database refuses an approval by this person from now on.

    It is the actor, or ``by``. ``is_first`` spares the question whether it is known already, for a case that is opened
    in this change. Returns the new row, ``None`` where it was known.
    """
    who = by or work.actor
    mine = (who.person_id, who.pk, part)
    known = () if is_first else case.participations.all()
    if mine in [(took.person_id, took.user_id, took.part) for took in known]:
        return None
    row = sql.made(
        Participation,
        client_id=work.client_id,
        case=case,
        person_id=who.person_id,
        user=who,
        part=part,
        created_at=work.now,
    )
    work.add(row)
    return row


def open_case(account, *, actor, resume_reason, statement, membership=None, origin=None, occurred_at=None):
    """Open a case for an account that is out of service, or for one ``membership`` of an account in service.

    It starts as a draft with the checks its policy demands. Why it stopped comes from the record. The clock runs from
    ``occurred_at``, when the member asked. Raises ``Invalid`` where there is nothing to bring back, ``Moved`` where it
    has an open case already, and ``Refused`` where ``actor`` does not work this client's cases.
    """
    if membership:
        memberships.catch_up_account(account.pk, timezone.now())
    with ledger.change(account, actor=actor, origin=origin, occurred_at=occurred_at) as work:
        account = work.account
        if not rules.can_work(account, actor):
            raise Refused(_("You do not work this client's cases."))
        if account.erased_at:
            raise Invalid(_("The member's personal data was erased; nobody is left to bring back."))
        if membership:
            membership = Membership.objects.get(pk=membership.pk, account=account)
        subject = membership or account
        refuse_in_service(account, subject)
        found = ReinstatementRequest.objects.about(account, membership).open().first()
        if found:
            raise Moved(_("This has an open case already: %s.") % found.code)
        if not statement.strip():
            raise Invalid(_("Say in words why service should resume."), field="statement")
        restrictions, stopped = why_stopped(account, membership)
        case = new_case(account, membership, restrictions, stopped, at=work.occurred_at)
        case.resume_reason, case.maker = resume_reason, actor
        clock.begin(case, work.occurred_at)
        profile = facts.first_profile(case, restrictions)
        codes = policies.choose(case.policy.rules, profile).codes
        found = intake.look(account, membership, restrictions, codes)
        work.open(
            case,
            case.Status.DRAFT,
            reason=resume_reason,
            words={"statement": statement},
            caused_by=stopped,
            data={"kind": case.kind, "policy": named(case.policy), "chosen_on": profile, "intake": found}
            | ({"membership": str(membership.pk)} if membership else {}),
            prepare=lambda entry: setattr(case, "opened_entry", entry.uid),
        )
        participate(work, case, Participation.Part.ASKED, is_first=True)
        for position, code in enumerate(codes):
            work.add(Check(client_id=work.client_id, case=case, code=code, position=position), history="open")
    return case


def new_case(account, membership, restrictions, stopped, *, at):
    """Return a case that is not saved yet, under the policy that is in force for what stopped service."""
    kind = policies.kind_of(restrictions, membership)
    policy = policies.in_force(account.client_id, kind)
    return ReinstatementRequest(
        client_id=account.client_id,
        account=account,
        membership=membership,
        kind=kind,
        policy=policy,
        stopped_status=(membership or account).status,
        stopped_reason=stopped.reason,
        stopped_entry=stopped.uid,
        stopped_at=stopped.occurred_at,
        opened_at=at,
    )


def named(policy):
    """Return how entries and facts name a version of a policy."""
    return {"kind": policy.kind, "version": policy.version}


def refuse_in_service(account, subject):
    """Raise ``Invalid`` where there is nothing to bring back, and where a membership waits for its account."""
    if subject is account:
        if not account.is_stopped:
            status = str(account.status_now.label).lower()
            raise Invalid(_("This account is %s; there is nothing to reinstate.") % status)
        return
    if subject.status not in Membership.STOPPED:
        status = subject.get_status_display().lower()
        raise Invalid(_("This membership is %s; there is nothing to reinstate.") % status)
    if account.status != account.Status.ACTIVE:
        status = str(account.status_now.label).lower()
        raise Invalid(_("The account is %s; its memberships come back while it is active.") % status)


def why_stopped(account, membership=None):
    """Return the open restrictions and the entry that stopped an account, or one of its memberships."""
    if membership is None:
        return open_restrictions(account), stopped_by(account)
    restrictions = Restriction.objects.of_membership(membership).order_by("opened_at", "id")
    return list(restrictions), StatusChange.objects.get(account=account, number=membership.status_number)


def withdraw(case, *, actor, reason, note="", tell=True, **history):
    """End a case that is not wanted any more; the account stays as it is.

    Raises ``Refused`` for whoever is kept away from deciding an appeal: withdrawn, it is not made again.
    """
    if rules.can_work(case, actor) and not rules.can_withdraw(case, actor):
        raise Refused(_("An appeal is withdrawn by somebody who may decide it. You do not decide this one."))
    with changing(case, actor=actor, **history) as (work, case):
        is_draft = case.status == case.Status.DRAFT
        entry = work.record(case.withdraw, reason=reason, note=note)
        participate(work, case, Participation.Part.CHANGED)
        if tell and not is_draft:
            work.emit("reinstatement.withdrawn", entry, case=str(case.pk))
    return case
