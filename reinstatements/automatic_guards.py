"""What a rule decides, held by the database: by a rule that is known, step by step or in one piece."""

from accounts.ledger.guards import quoted, refuse
from accounts.membership_guards import LAST
from accounts.models import StatusChange
from accounts.models.staff import SYSTEM_USERNAME
from reinstatements.models import ReinstatementRequest
from reinstatements.rules import RULES


def automatic():
    """What a rule decides is opened and decided by a rule that the product knows, and by nobody else."""
    known = ", ".join(quoted(rule) for rule in RULES)
    no_known_rule = f"""NEW.rule NOT IN ({known}) OR NOT EXISTS (SELECT 1 FROM accounts_user actor
        WHERE actor.id = NEW.actor_id AND actor.username = '{SYSTEM_USERNAME}')"""
    return [
        refuse(
            "entry_by_rule",
            StatusChange,
            "INSERT",
            # What it approves was opened as submitted: whoever submitted a draft has it verified first.
            f"""{no_known_rule}
                OR NEW.to_status = 'approved' AND COALESCE({LAST.format(column="from_status")}, '') <> ''""",
            "Only a rule that is known opens a case as submitted and decides it there.",
            when="""NEW.subject_type = 'reinstatement' AND (NEW.from_status = '' AND NEW.to_status = 'submitted'
                OR NEW.from_status = 'submitted' AND NEW.to_status = 'approved')""",
        ),
        refuse(
            "case_automatic",
            ReinstatementRequest,
            "INSERT",
            """NEW.is_automatic <> EXISTS (SELECT 1 FROM accounts_statuschange opened WHERE opened.subject_id = NEW.id
               AND opened.from_status = '' AND opened.to_status > '' AND opened.to_status = 'submitted')""",
            "A case is automatic if a rule has opened it, and only then.",
        ),
        refuse(
            "case_stays_automatic",
            ReinstatementRequest,
            "UPDATE",
            "NEW.is_automatic <> OLD.is_automatic",
            "A case stays automatic, or not, from its opening on.",
        ),
        *in_one_piece(no_known_rule),
        of_history(),
    ]


def in_one_piece(no_known_rule):
    """A case that a rule opens, approves and completes at once may come as it ends, and no other."""
    approved = """SELECT 1 FROM accounts_statuschange entry WHERE entry.uid = given.entry
        AND entry.account_id = NEW.account_id AND entry.subject_id = NEW.id AND entry.to_status = 'approved'
        AND entry.from_status <> 'approved'"""
    return [
        refuse(
            "entry_before_its_case",
            StatusChange,
            "INSERT",
            f"""NOT EXISTS (SELECT 1 FROM reinstatements_reinstatementrequest asked WHERE asked.id = NEW.subject_id)
                AND (NEW.on_behalf_id IS NOT NULL OR NEW.from_status || ':' || NEW.to_status
                NOT IN ('submitted:approved', 'approved:completed') OR {no_known_rule})""",
            "Only a rule opens, approves and completes a case at once, on nobody's behalf.",
            when="NEW.subject_type = 'reinstatement' AND NEW.from_status <> ''",
        ),
        refuse(
            "case_as_it_ends",
            ReinstatementRequest,
            "INSERT",
            """NOT NEW.is_automatic OR NEW.status <> 'completed' OR NEW.membership_id IS NOT NULL
               OR NEW.linked_system <> '' OR NEW.paused_at IS NOT NULL OR NEW.appeals_id IS NOT NULL""",
            "Only the case of a rule comes as it ends: completed, about a whole account, with nothing to wait for.",
            when="NEW.status NOT IN ('draft', 'submitted')",
        ),
        refuse(
            "case_begins_undecided",
            ReinstatementRequest,
            "INSERT",
            f"""EXISTS (SELECT 1 FROM reinstatements_approval given WHERE given.case_id = NEW.id
                AND (NEW.status <> 'completed' OR given.client_id <> NEW.client_id OR NOT EXISTS ({approved})))""",
            "A case is not decided before it is opened.",
        ),
    ]


def of_history():
    """Between one entry of a history and the next nothing of ours stands; what is before was looked at then."""
    return refuse(
        "entry_of_history",
        StatusChange,
        "INSERT",
        """NEW.origin <> 'import' OR EXISTS (SELECT 1 FROM accounts_statuschange ours
           WHERE ours.account_id = NEW.account_id AND ours.number < NEW.number AND ours.number > COALESCE((SELECT
           kept.number FROM accounts_statuschange kept WHERE kept.account_id = NEW.account_id
           AND kept.number < NEW.number AND kept.rule = 'imported_history' ORDER BY kept.number DESC LIMIT 1), 0)
           AND ours.origin <> 'import' AND ours.rule <> 'suspension_ended')""",
        "Imported history stands on imported entries only.",
        when="NEW.rule = 'imported_history'",
    )
