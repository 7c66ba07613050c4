"""Four eyes and a way back without a wash: what the database holds of merges."""

from accounts.ledger.guards import append_only, refuse
from accounts.membership_guards import LAST
from accounts.models import AccountMerge, MergeDecision, StatusChange
from accounts.two_person_guards import OWN, keeps_person, not_the_maker

CONFIRMED = """SELECT 1 FROM accounts_mergedecision given
    JOIN accounts_accountmerge merged ON merged.id = given.merge_id
    WHERE given.entry = NEW.uid AND given.decision = 'confirmed' AND given.user_id = NEW.actor_id
    AND given.facts_hash = NEW.case_hash AND merged.absorbed_id = NEW.account_id AND merged.kind = {kind}"""
PROPOSAL = "SELECT 1 FROM accounts_accountmerge proposed WHERE proposed.id = NEW.merge_id"
KIND = "CASE NEW.to_status WHEN 'merged' THEN 'merge' ELSE 'undo' END"


def merges():
    return [*append_only(AccountMerge), *append_only(MergeDecision), *proposals(), *decisions(), *entries(), people()]


def proposals():
    return [
        refuse(
            "merge_person",
            AccountMerge,
            "INSERT",
            f"NOT EXISTS ({OWN.format(user='proposed_by_id', person='proposed_person_id')})",
            "A proposal names the person whose login it is.",
        ),
        refuse(
            "merge_recorded",
            AccountMerge,
            "INSERT",
            """NOT EXISTS (SELECT 1 FROM accounts_statuschange entry WHERE entry.uid = NEW.entry
               AND entry.account_id = NEW.absorbed_id AND entry.client_id = NEW.client_id
               AND entry.case_hash = NEW.facts_hash AND entry.actor_id = NEW.proposed_by_id)""",
            "A merge is proposed by an entry of the account that is absorbed.",
        ),
        refuse(
            "merge_sides",
            AccountMerge,
            "INSERT",
            """NOT EXISTS (SELECT 1 FROM accounts_account stays WHERE stays.id = NEW.survivor_id
               AND stays.client_id = NEW.client_id AND stays.status <> 'merged')""",
            "An account is absorbed by one of the same client that stands itself.",
        ),
        refuse(
            "merge_waits",
            AccountMerge,
            "INSERT",
            """EXISTS (SELECT 1 FROM accounts_accountmerge other WHERE other.absorbed_id = NEW.absorbed_id
               AND NOT EXISTS (SELECT 1 FROM accounts_mergedecision given WHERE given.merge_id = other.id))""",
            "A proposal about this account waits for a decision already.",
        ),
        refuse(
            "merge_undoes",
            AccountMerge,
            "INSERT",
            """NOT EXISTS (SELECT 1 FROM accounts_accountmerge undone
               JOIN accounts_mergedecision given ON given.merge_id = undone.id AND given.decision = 'confirmed'
               WHERE undone.id = NEW.undoes_id AND undone.kind = 'merge' AND undone.survivor_id = NEW.survivor_id
               AND undone.absorbed_id = NEW.absorbed_id)""",
            "What is undone is a confirmed merge of the same two accounts.",
            when="NEW.kind = 'undo'",
        ),
    ]


def decisions():
    return [
        refuse(
            "merge_decision_person",
            MergeDecision,
            "INSERT",
            f"NOT EXISTS ({OWN.format(user='user_id', person='person_id')})",
            "A decision names the person whose login it is.",
        ),
        refuse(
            "merge_four_eyes",
            MergeDecision,
            "INSERT",
            not_the_maker(PROPOSAL),
            "Whoever proposed a merge does not confirm it.",
            when="NEW.decision = 'confirmed'",
        ),
        refuse(
            "merge_as_shown",
            MergeDecision,
            "INSERT",
            f"NOT EXISTS ({PROPOSAL} AND proposed.client_id = NEW.client_id AND proposed.facts_hash = NEW.facts_hash)",
            "What is decided is what was proposed.",
        ),
    ]


def entries():
    """Nothing is absorbed or comes back without a second person, and it comes back as what it was."""
    return [
        refuse(
            "entry_merges",
            StatusChange,
            "INSERT",
            f"NEW.on_behalf_id IS NOT NULL OR NOT EXISTS ({CONFIRMED.format(kind=KIND)})",
            "Accounts are merged, and merges undone, by who confirmed what another person proposed.",
            when="""NEW.subject_type = 'account' AND NEW.from_status <> NEW.to_status
                AND (NEW.to_status = 'merged' OR NEW.from_status = 'merged')""",
        ),
        refuse(
            "entry_unmerges",
            StatusChange,
            "INSERT",
            f"COALESCE({LAST.format(column='from_status')}, '') <> NEW.to_status",
            "An account comes back as what it was when it was absorbed.",
            when="NEW.subject_type = 'account' AND NEW.from_status = 'merged' AND NEW.to_status <> 'merged'",
        ),
    ]


def people():
    return keeps_person(
        *("user_person_of_merges", "accounts_accountmerge", "accounts_mergedecision"),
        "This person took part in merges; the login stays theirs.",
    )
