"""What waits for a linked system, held by the database: nothing comes back and no case completes without its answer."""

from accounts.ledger.guards import append_only, differs, refuse
from accounts.models import StatusChange
from reinstatements.models import Confirmation, ReinstatementRequest

UNCONFIRMED = """asked.linked_system <> '' AND NOT EXISTS (SELECT 1 FROM reinstatements_confirmation given
    WHERE given.case_id = asked.id AND given.outcome = 'confirmed' AND given.approved = approved.uid)"""
"""Of a case ``asked`` and the entry ``approved`` that approved it."""


def confirmations():
    return [
        *append_only(Confirmation),
        refuse(
            "confirmation_due",
            Confirmation,
            "INSERT",
            """NOT EXISTS (SELECT 1 FROM reinstatements_reinstatementrequest asked JOIN accounts_statuschange approved
               ON approved.uid = NEW.approved WHERE asked.id = NEW.case_id AND asked.client_id = NEW.client_id
               AND asked.status = 'approved' AND asked.linked_system = NEW.system
               AND approved.account_id = asked.account_id AND approved.number = asked.status_number)""",
            "A linked system answers about what was approved and waits for it.",
        ),
        refuse(
            "case_keeps_linked_system",
            ReinstatementRequest,
            "UPDATE",
            f"{differs('linked_system')} AND NEW.status = OLD.status",
            "Which system confirms is said by the approval.",
        ),
        refuse(
            "entry_completes",
            StatusChange,
            "INSERT",
            f"""EXISTS (SELECT 1 FROM reinstatements_reinstatementrequest asked JOIN accounts_statuschange approved
                ON approved.account_id = asked.account_id AND approved.number = asked.status_number
                WHERE asked.id = NEW.subject_id AND {UNCONFIRMED})""",
            "A case that waits for a linked system completes once that has confirmed.",
            when="NEW.subject_type = 'reinstatement' AND NEW.to_status = 'completed' AND NEW.from_status = 'approved'",
        ),
    ]
