"""What the database holds of policies: a version is never edited, and somebody else than its maker puts it in force."""

from accounts.ledger.guards import append_only, differs, refuse
from reinstatements.models import Policy, ReinstatementRequest

FIXED = ("id", "client_id", "kind", "version", "rules", "note", "proposed_by_id", "proposed_at", "proposed_entry")
DECIDED = ("decided_by_id", "decided_at", "decided_entry", "in_force_from")

# An entry on the client's own chain, about this version, by this login.
ENTRY = """EXISTS (SELECT 1 FROM accounts_statuschange entry WHERE entry.uid = NEW.{entry} AND entry.account_id IS NULL
    AND entry.client_id = NEW.client_id AND entry.subject_type = 'policy' AND entry.subject_id = NEW.id
    AND entry.actor_id = NEW.{actor} AND entry.action {action})"""


def policies():
    proposed = ENTRY.format(entry="proposed_entry", actor="proposed_by_id", action="= 'propose'")
    decided = ENTRY.format(
        entry="decided_entry",
        actor="decided_by_id",
        action="= CASE WHEN NEW.in_force_from IS NULL THEN 'turn_down' ELSE 'put_in_force' END",
    )
    changed = " OR ".join(map(differs, DECIDED))
    kept = [guard for guard in append_only(Policy) if guard.event != "UPDATE"]
    return [
        *kept,
        refuse(
            "policy_kept",
            Policy,
            "UPDATE",
            " OR ".join(map(differs, FIXED)),
            "A version of a policy is never changed; make a new one.",
        ),
        refuse(
            "policy_proposed",
            Policy,
            "INSERT",
            f"""NEW.decided_by_id IS NOT NULL OR NEW.proposed_by_id IS NULL AND (NEW.version <> 1
                OR NEW.in_force_from IS NULL) OR NEW.proposed_by_id IS NOT NULL AND (NEW.in_force_from IS NOT NULL
                OR NOT {proposed})""",
            "A policy begins as a proposal on the client's record; only a client's first one comes from the product.",
        ),
        refuse(
            "policy_decided_once",
            Policy,
            "UPDATE",
            f"(OLD.in_force_from IS NOT NULL OR OLD.decided_by_id IS NOT NULL) AND ({changed})",
            "A version of a policy is decided once.",
        ),
        refuse(
            "policy_four_eyes",
            Policy,
            "UPDATE",
            f"""NEW.decided_by_id IS NULL OR NOT {decided} OR NEW.in_force_from IS NOT NULL
                AND EXISTS (SELECT 1 FROM accounts_user maker
                JOIN accounts_user second ON second.person_id = maker.person_id
                WHERE maker.id = OLD.proposed_by_id AND second.id = NEW.decided_by_id)""",
            "Another person than who proposed a policy puts it in force, with an entry on the client's record.",
            when=f"OLD.in_force_from IS NULL AND OLD.decided_by_id IS NULL AND ({changed})",
        ),
        refuse(
            "case_policy",
            ReinstatementRequest,
            "INSERT",
            """NOT EXISTS (SELECT 1 FROM reinstatements_policy chosen WHERE chosen.id = NEW.policy_id
               AND chosen.client_id = NEW.client_id AND chosen.kind = NEW.kind AND chosen.in_force_from IS NOT NULL)""",
            "A case goes by a policy of its own client and kind that was put in force.",
        ),
        refuse(
            "case_keeps_policy",
            ReinstatementRequest,
            "UPDATE",
            differs("policy_id"),
            "A case stays under the version of the policy that it was opened with.",
        ),
    ]
