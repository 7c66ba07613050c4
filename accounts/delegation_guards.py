"""A delegation is from one person to another, of a role that was granted, and stays as it was given until it ends."""

from accounts.ledger.guards import append_only, differs, refuse
from accounts.models import Delegation

FIXED = ("id", "client_id", "giver_id", "taker_id", "role", "starts_at", "ends_at", "entry")


def delegations():
    return [
        *(guard for guard in append_only(Delegation) if guard.event != "UPDATE"),
        refuse(
            "delegation_kept",
            Delegation,
            "UPDATE",
            f"{' OR '.join(map(differs, FIXED))} OR OLD.ended_at IS NOT NULL",
            "A delegation stays as it was given, and ends once.",
        ),
        refuse(
            "delegation_given",
            Delegation,
            "INSERT",
            """EXISTS (SELECT 1 FROM accounts_user giver JOIN accounts_user taker ON taker.person_id = giver.person_id
               WHERE giver.id = NEW.giver_id AND taker.id = NEW.taker_id)
               OR NOT EXISTS (SELECT 1 FROM accounts_clientrole held JOIN auth_permission named
               ON named.id = held.permission_id WHERE held.user_id = NEW.giver_id
               AND held.content_object_id = NEW.client_id AND named.codename = 'role_' || NEW.role)""",
            "Somebody else decides for whoever was granted the role themselves.",
        ),
    ]
