"""The automatic lane: a named rule opens, approves and completes a case, in the one change that asked for it."""

from datetime import timedelta

from django.utils.translation import gettext as _

from accounts.errors import Invalid, Moved
from accounts.ledger.sql import made
from accounts.models import Account, User
from accounts.services import accounts, memberships
from accounts.services.standing import MOST_COUNTED, Standing, confirmed_signals, open_restrictions, stopped_by
from reinstatements import facts, policies, rules
from reinstatements.models import Approval, Participation, ReinstatementRequest
from reinstatements.services.cases import changing, named, participate


def reinstate_by_rule(work, *, rule, reason, occurred_at=None, system=None, standing=None, tell=True):
    """Bring a stopped account back to service by ``rule``, with a case that says so; return the entry that did.

    What the rule rests on are the open restrictions, which it settles; the balance is left as it is. Nothing is
    written until ``work`` ends. A case that people have opened is withdrawn: there is nothing left to decide. Raises
    ``Invalid`` where the account is in service or its person was erased.
    """
    account = work.account
    if account.status not in Account.STOPPED:
        raise Invalid(_("This account is %s; there is nothing to reinstate.") % account.get_status_display().lower())
    if account.erased_at:
        raise Invalid(_("The member's personal data was erased; nobody is left to bring back."))
    with work.by_rule(rule, actor=system or User.objects.system(), occurred_at=occurred_at):
        standing = standing or look(work, reason)
        case = open_case(work, reason, standing)
        settled = frozenset(restriction.kind for restriction in standing.restrictions)
        now = facts.facts_of(case, [], standing, settled=settled, tells=tell)
        digest = facts.digest(now)
        approved = work.record(
            case.approve_by_rule,
            reason=reason,
            arguments={"at": work.now},
            case_hash=digest,
            before=lambda entry: approval(case, rule, reason, now, digest, entry),
        )
        entry = accounts.reinstate(
            work,
            reason=reason,
            caused_by=approved,
            lifted=settled,
            paid_minor=None,
            restrictions=standing.restrictions,
        )
        completed = work.record(case.complete, reason=reason, arguments={"at": work.now}, caused_by=approved)
        if tell:
            work.emit("reinstatement.completed", completed, case=str(case.pk))
    standing.restrictions, standing.stopped, standing.returned = [], None, standing.returned + 1
    return entry


def look(work, reason):
    """Read how a locked account stands, and end what people have begun. Raises ``Moved`` where that cannot be ended."""
    account = work.account
    cases = ReinstatementRequest.objects.about(account)
    for found in cases.open():
        case = work.lock(found)
        withdrawn = work.record(case.withdraw, reason=reason)
        participate(work, case, Participation.Part.CHANGED)
        work.emit("reinstatement.withdrawn", withdrawn, case=str(case.pk))
    lives = memberships.household(work)
    return Standing(
        restrictions=open_restrictions(account),
        stopped=stopped_by(account),
        plan=lives[-1].membership.snapshot if lives else None,
        returning=memberships.returning(lives),
        signals=confirmed_signals(account),
        returned=cases.filter(status=ReinstatementRequest.Status.COMPLETED)[:MOST_COUNTED].count(),
    )


def open_case(work, reason, standing):
    """Open the case as submitted, with the policy in force and no checks: the rule is all that is asked."""
    account, stopped = work.account, standing.stopped
    kind = policies.kind_of(standing.restrictions)
    policy = standing.shared.get(("policy", kind)) or policies.in_force(work.client_id, kind)
    standing.shared["policy", kind] = policy
    case = made(
        ReinstatementRequest,
        client_id=work.client_id,
        account=account,
        kind=kind,
        policy=policy,
        stopped_status=account.status,
        stopped_reason=stopped.reason,
        stopped_entry=stopped.uid,
        stopped_at=stopped.occurred_at,
        resume_reason=reason,
        maker=work.actor,
        opened_at=work.occurred_at,
        due_at=work.occurred_at + timedelta(minutes=policy.rules["target_minutes"]),
        submitted_at=work.occurred_at,
        is_automatic=True,
    )

    def prepare(entry):
        case.opened_entry = entry.uid
        case.review_wanted = is_sampled(entry, policy)

    work.open(
        case,
        case.Status.SUBMITTED,
        reason=reason,
        caused_by=stopped,
        data={"kind": kind, "policy": named(policy)},
        prepare=prepare,
    )
    participate(work, case, Participation.Part.ASKED, is_first=True)
    return case


def is_sampled(entry, policy):
    """Whether a person looks again: one case in so many, by the hash of its opening entry.

    Nobody knows it before, for the entry's nonce is random, and everybody can work it out afterwards.
    """
    return int.from_bytes(entry.hash[:8], "big") % policies.review_one_in(policy) == 0


def approval(case, rule, reason, now, digest, entry):
    return made(
        Approval,
        client_id=case.client_id,
        case=case,
        level=0,
        rule=rule,
        decision=Approval.Decision.APPROVED,
        reason=reason,
        case_hash=digest,
        facts=now,
        entry=entry.uid,
        decided_at=entry.recorded_at,
    )


def review(case, *, actor, is_in_order, note=""):
    """Keep that a person looked again at what a rule has decided, and what they found.

    Raises ``Moved`` where somebody else did, ``Invalid`` where something is wrong and no words say what, and
    ``Refused`` for whoever does not decide at this client.
    """
    if not is_in_order and not note.strip():
        raise Invalid(_("Say what is not in order."), field="note")
    with changing(case, actor=actor, may=rules.can_review) as (work, case):
        if case.decided_at is None:
            raise Moved(_("This case is not decided yet. What was approved of it in haste is looked at afterwards."))
        if not case.review_wanted:
            raise Moved(_("Somebody else has reviewed this case already."))
        work.log(case, "review", reason="in_order" if is_in_order else "not_in_order", note=note)
        case.review_wanted = False
        work.save(case, "review")
    return case
