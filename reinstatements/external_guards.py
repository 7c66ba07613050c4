"""What the database holds of deciding by link and code: an invitation is kept, limited, and used by who was asked."""

from accounts.ledger.guards import append_only, differs, refuse
from reinstatements.models import Approval, Invitation

FIXED = ("id", "client_id", "case_id", "user_id", "asked_by_id", "entry", "asked_at", "expires_at", "link_digest")


def external():
    return [
        *(guard for guard in append_only(Invitation) if guard.event != "UPDATE"),
        refuse(
            "invitation_kept",
            Invitation,
            "UPDATE",
            f"""{" OR ".join(map(differs, FIXED))} OR NEW.attempts < OLD.attempts OR NEW.codes_sent < OLD.codes_sent
                OR OLD.used_at IS NOT NULL OR OLD.ended_at IS NOT NULL
                OR NEW.used_at IS NOT NULL AND OLD.verified_at IS NULL""",
            "An invitation stays as it was sent, and is used once.",
        ),
        refuse(
            "approval_by_link",
            Approval,
            "INSERT",
            """NOT EXISTS (SELECT 1 FROM reinstatements_invitation asked WHERE asked.id = NEW.invitation_id
               AND asked.case_id = NEW.case_id AND asked.user_id = NEW.user_id AND asked.client_id = NEW.client_id
               AND asked.verified_at IS NOT NULL AND asked.used_at IS NOT NULL)""",
            "Whoever decides by a link was asked to decide this case, and gave the code.",
            when="NEW.invitation_id IS NOT NULL",
        ),
        refuse(
            "approval_paused",
            Approval,
            "INSERT",
            """EXISTS (SELECT 1 FROM reinstatements_reinstatementrequest held WHERE held.id = NEW.case_id
               AND held.paused_at IS NOT NULL)""",
            "A case that the client has paused is not decided.",
        ),
        refuse(
            "approval_from_outside",
            Approval,
            "INSERT",
            """EXISTS (SELECT 1 FROM accounts_user decider WHERE decider.id = NEW.user_id
               AND decider.password LIKE '!%')""",
            "Somebody at the client who does not sign in decides by link and code.",
            when="NEW.role = 'contact' AND NEW.invitation_id IS NULL",
        ),
    ]
