"""Going without a check: one person asks for it in words, another whose role the policy names grants or refuses it."""

from django.utils.translation import gettext as _

from accounts import grants
from accounts.errors import Invalid, Moved, Refused
from accounts.grants import Role
from reinstatements import facts, policies, rules
from reinstatements.models import Check, Participation, Waiver
from reinstatements.services.cases import changing, participate
from reinstatements.services.checks import checkable


def ask_waiver(case, code, *, actor, note):
    """Ask that the case may go without a check. Raises ``Refused`` where its policy does not let it be waived."""
    if not note.strip():
        raise Invalid(_("Say why the case should go without this check."), field="note")
    with changing(case, actor=actor) as (work, case):
        check = checkable(work, case, code)
        if check.outcome not in (Check.Outcome.OPEN, Check.Outcome.FAILED):
            raise Moved(_("This check is %s now.") % check.get_outcome_display().lower())
        if offered(case, check) is None:
            raise Refused(_("The policy of this case does not let this check be waived."))
        entry = work.log(case, "check_asked", reason=check.code, note=note.strip(), data={"check": check.code})
        settle(work, check, Check.Outcome.ASKED, entry)
        participate(work, case, Participation.Part.WORKED)
    return check


def grant_waiver(case, code, *, actor, note=""):
    """Let the case go without a check. Whoever grants it has changed the case and does not decide it afterwards.

    Raises ``Refused`` for whoever took part in the case or does not hold the role that the policy names, and ``Moved``
    where nobody asks for it any more.
    """
    with changing(case, actor=actor, may=rules.has_deciding_role) as (work, case):
        check, role = waivable(work, case, code)
        entry = work.log(
            case,
            "check_waived",
            reason=check.code,
            note=note.strip(),
            data={"check": check.code},
            before=lambda entry: Waiver(
                client_id=case.client_id,
                case=case,
                code=check.code,
                role=role,
                person_id=actor.person_id,
                user=actor,
                entry=entry.uid,
                granted_at=work.now,
            ),
        )
        settle(work, check, Check.Outcome.WAIVED, entry)
        participate(work, case, Participation.Part.CHANGED)
    return check


def refuse_waiver(case, code, *, actor, note):
    """Say that the case does not go without a check, and why; the check is open again."""
    if not note.strip():
        raise Invalid(_("Say why the check is not waived."), field="note")
    with changing(case, actor=actor, may=rules.has_deciding_role) as (work, case):
        check, _role = waivable(work, case, code)
        entry = work.log(case, "check_refused", reason=check.code, note=note.strip(), data={"check": check.code})
        settle(work, check, Check.Outcome.OPEN, entry)
        participate(work, case, Participation.Part.CHANGED)
    return check


def settle(work, check, outcome, entry):
    check.outcome, check.facts, check.evidence_digest, check.entry = outcome, {}, "", entry.uid
    check.done_by, check.done_at = work.actor, work.now
    work.save(check, entry.action)


def waivable(work, case, code):
    """Return the locked check and the role that grants its waiver, once the actor surely may."""
    actor, check = work.actor, checkable(work, case, code)
    if check.outcome != Check.Outcome.ASKED:
        raise Moved(_("Nobody asks for this waiver any more."))
    waiver = offered(case, check)
    if waiver is None:
        raise Refused(_("The policy of this case does not let this check be waived."))
    if rules.took_part(case, actor):
        raise Refused(_("You took part in this case, so a waiver is for somebody else to grant."))
    if Role(waiver.role) not in grants.roles(actor, case.client_id):
        raise Refused(_("This waiver waits for the decision of another role."))
    return check, waiver.role


def offered(case, check):
    """Return the waiver that the policy offers for a check of this case as it stands, or ``None``."""
    return policies.choose(case.policy.rules, facts.profile(facts.case_facts(case))).waiver(check.code)
