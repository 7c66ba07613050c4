"""A key is issued by its owner, by an entry of the client's chain, stays as it was issued, and ends once."""

from accounts.ledger.guards import append_only, differs, no_replacing, refuse
from accounts.models import ApiKey

FIXED = ("id", "client_id", "user_id", "name", "scope", "sha256", "hint", "issued_at", "ends_at", "entry")


def api_keys():
    return [
        *(guard for guard in append_only(ApiKey) if guard.event == "DELETE"),
        *no_replacing(ApiKey),
        refuse(
            "apikey_kept",
            ApiKey,
            "UPDATE",
            f"{' OR '.join(map(differs, FIXED))} OR OLD.ended_at IS NOT NULL",
            "An API key stays as it was issued, and ends once.",
        ),
        refuse(
            "apikey_issued",
            ApiKey,
            "INSERT",
            """NOT EXISTS (SELECT 1 FROM accounts_statuschange entry WHERE entry.uid = NEW.entry
               AND entry.client_id = NEW.client_id AND entry.subject_type = 'user'
               AND entry.subject_id = NEW.user_id AND entry.actor_id = NEW.user_id AND entry.action = 'issue_key')""",
            "An API key is issued by its owner.",
        ),
    ]
