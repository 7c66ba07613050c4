"""What the database refuses by every door: a status without its entry, an entry out of line, a record that is lost."""

from django.apps import apps

from accounts import registries
from accounts.api_key_guards import api_keys
from accounts.call_guards import calls
from accounts.delegation_guards import delegations
from accounts.ending_guards import endings
from accounts.ledger.guards import append_only, differs, no_replacing, quoted, refuse, typed
from accounts.ledger.triggers import ask_at_once
from accounts.membership_guards import LAST, goes_back
from accounts.merge_guards import merges
from accounts.models import (
    Account,
    Client,
    Difference,
    Membership,
    Restriction,
    StatusChange,
    SubjectKey,
)
from accounts.models.base import StatusModel
from accounts.models.ledger import IN_SERVICE, STOPPED_STATUSES
from accounts.review_guards import reviews
from accounts.row_guards import money, signals, words
from accounts.thing_guards import things
from accounts.training_guards import trainings


def status_models():
    return [model for model in apps.get_models() if issubclass(model, StatusModel) and not model._meta.proxy]


def account_column(model):
    return "id" if model is Account else "account_id"


@registries.guards.register("differences")
def differences():
    return append_only(Difference)


@registries.guards.register("entries")
def entries():
    """An entry goes on from the one before, and from the status that its subject has."""
    machines = status_models()
    types = ", ".join(quoted(model.subject_type) for model in machines)
    pairs = sorted(
        f"{model.subject_type}:{before}:{after}" for model in machines for before, after in model.allowed_changes()
    )
    return [
        typed(StatusChange),
        refuse(
            "entry_begins",
            StatusChange,
            "INSERT",
            f"""NEW.account_id IS NOT NULL AND (NEW.number = 1) <>
                (NEW.subject_type = 'account' AND NEW.from_status = '' AND NEW.subject_id = NEW.account_id)
                OR NEW.account_id IS NULL AND NEW.subject_type IN ({types})""",
            "The chain of an account begins with its opening, and every status stands in one.",
        ),
        refuse(
            "entry_continues",
            StatusChange,
            "INSERT",
            """NOT EXISTS (SELECT 1 FROM accounts_statuschange before
               WHERE before.account_id = NEW.account_id AND before.number = NEW.number - 1
               AND before.client_id = NEW.client_id)""",
            "An entry follows the one before it.",
            when="NEW.number > 1 AND NEW.account_id IS NOT NULL",
        ),
        refuse(
            "client_entry_continues",
            StatusChange,
            "INSERT",
            """NOT EXISTS (SELECT 1 FROM accounts_statuschange before
               WHERE before.account_id IS NULL AND before.client_id = NEW.client_id
               AND before.number = NEW.number - 1)""",
            "An entry follows the one before it.",
            when="NEW.number > 1 AND NEW.account_id IS NULL",
        ),
        refuse(
            "entry_pair",
            StatusChange,
            "INSERT",
            f"""NEW.from_status <> NEW.to_status AND (NEW.subject_type NOT IN ({types}) OR
                (NEW.subject_type || ':' || NEW.from_status || ':' || NEW.to_status)
                NOT IN ({", ".join(quoted(pair) for pair in pairs)}))""",
            "The status machine does not know this change.",
        ),
        *(guard for model in machines for guard in entries_of(model)),
        *append_only(StatusChange),
    ]


def entries_of(model):
    name, row = model.subject_type, f"SELECT 1 FROM {model._meta.db_table} subject WHERE subject.id = NEW.subject_id"
    is_so = f"EXISTS ({row} AND subject.{account_column(model)} = NEW.account_id AND subject.status = NEW.from_status)"
    follows = f"COALESCE({LAST.format(column='to_status')}, '') = NEW.from_status"
    # What leaves the status as it is believes the row: the entry that set the status may lie far back.
    by_row = "NEW.from_status = NEW.to_status AND" if model.may_run_ahead else ""
    without_row = "TRUE" if model.may_run_ahead else f"NOT EXISTS ({row})"
    return [
        refuse(
            f"entry_opens_{name}",
            StatusChange,
            "INSERT",
            "NEW.to_status = ''",
            f"A {name} is opened with a status.",
            when=f"NEW.subject_type = '{name}' AND NEW.from_status = ''",
        ),
        refuse(
            f"entry_of_{name}",
            StatusChange,
            "INSERT",
            f"NOT (CASE WHEN {by_row} {is_so} THEN TRUE WHEN {without_row} THEN {follows} ELSE FALSE END)",
            f"An entry goes on from the status that its {name} has.",
            when=f"NEW.subject_type = '{name}' AND NEW.from_status <> ''",
        ),
    ]


registries.guards.register("delegations", delegations)
registries.guards.register("api keys", api_keys)


@registries.guards.register("service")
def service():
    """Nothing comes into service, or back to it, without what must come before."""
    stopped = ", ".join(quoted(status) for status in STOPPED_STATUSES)
    running = ", ".join(quoted(status) for status in IN_SERVICE)
    return [
        refuse(
            "entry_opening",
            StatusChange,
            "INSERT",
            """NEW.subject_type = 'account' AND NEW.from_status = '' AND NEW.to_status <> 'pending'
               AND NEW.origin <> 'import'""",
            "An account that is not imported begins as pending.",
        ),
        refuse(
            "entry_reinstates",
            StatusChange,
            "INSERT",
            """NOT EXISTS (SELECT 1 FROM accounts_statuschange approved
                WHERE approved.uid = NEW.caused_by AND approved.account_id = NEW.account_id
                AND approved.number < NEW.number AND approved.subject_type = 'reinstatement'
                AND approved.to_status = 'approved' AND approved.from_status <> 'approved'
                AND NOT EXISTS (SELECT 1 FROM accounts_statuschange stopped
                WHERE stopped.account_id = NEW.account_id AND stopped.number > approved.number
                AND stopped.number < NEW.number AND stopped.subject_id = NEW.subject_id
                AND stopped.from_status <> stopped.to_status))""",
            "Nothing returns to service without a case on the same account that was approved after it stopped.",
            when=f"""NEW.subject_type IN ('account', 'membership') AND NEW.to_status IN ({running})
                AND NEW.from_status IN ({stopped})""",
        ),
        goes_back(Membership, "paused"),
        *reviews(),
        *restrictions(),
    ]


def same(one, other):
    """SQL that is true of two equal values and of two NULLs, and false, never NULL, otherwise."""
    return f"(CASE WHEN {one} = {other} OR {one} IS NULL AND {other} IS NULL THEN TRUE ELSE FALSE END)"


def restrictions():
    changed = """SELECT 1 FROM accounts_statuschange {row} WHERE {row}.account_id = NEW.account_id
        AND {row}.action = 'change_suspension' AND {row}.caused_by = NEW.opened_entry"""
    last_change = f"""{changed.format(row="changed")} AND {same("changed.ends_at", "NEW.ends_at")}
        AND NOT EXISTS ({changed.format(row="later")} AND later.number > changed.number)"""
    entry = """SELECT 1 FROM accounts_statuschange entry WHERE entry.account_id = NEW.account_id
        AND entry.client_id = NEW.client_id AND entry.uid ="""
    kept = "A restriction is lifted once, by an entry of its account, and only another changes its end."
    return [
        refuse(
            "restriction_opened",
            Restriction,
            "INSERT",
            f"NOT EXISTS ({entry} NEW.opened_entry AND {same('entry.ends_at', 'NEW.ends_at')})",
            "A restriction is opened by an entry of its account, which says when it ends.",
        ),
        refuse(
            "restriction_opened_lifted",
            Restriction,
            "INSERT",
            """NOT EXISTS (SELECT 1 FROM accounts_statuschange opened JOIN accounts_statuschange lifted
               ON lifted.account_id = opened.account_id AND lifted.client_id = opened.client_id
               AND lifted.number > opened.number WHERE opened.uid = NEW.opened_entry
               AND lifted.uid = NEW.lifted_entry)""",
            kept,
            when="NEW.lifted_entry IS NOT NULL",
        ),
        refuse(
            "restriction_kept",
            Restriction,
            "UPDATE",
            f"""OLD.lifted_entry IS NOT NULL OR NEW.id <> OLD.id OR NEW.account_id <> OLD.account_id
                OR {differs("membership_id")} OR NEW.kind <> OLD.kind OR NEW.opened_entry <> OLD.opened_entry""",
            kept,
        ),
        refuse(
            "restriction_lifted",
            Restriction,
            "UPDATE",
            f"NOT EXISTS ({entry} NEW.lifted_entry)",
            kept,
            when="NEW.lifted_entry IS NOT NULL",
        ),
        refuse(
            "restriction_end",
            Restriction,
            "UPDATE",
            f"NOT EXISTS ({last_change})",
            kept,
            when=f"NOT {same('NEW.ends_at', 'OLD.ends_at')}",
        ),
        refuse("restriction_delete", Restriction, "DELETE", "TRUE", "A restriction is never deleted."),
        *no_replacing(Restriction),
    ]


@registries.guards.register("statuses")
def statuses():
    return [*(guard for model in status_models() for guard in status_of(model)), *next_changes()]


def next_changes():
    """What makes an account read active again by itself is the last word of the ledger on its suspension."""
    return [
        refuse(
            name,
            Account,
            event,
            """(NEW.status <> 'suspended' OR NOT EXISTS (SELECT 1
               FROM accounts_statuschange entry WHERE entry.account_id = NEW.id AND entry.number >= NEW.status_number
               AND entry.subject_type = 'account' AND entry.ends_at = NEW.next_change_at
               AND (entry.number = NEW.status_number OR entry.action = 'change_suspension')
               AND NOT EXISTS (SELECT 1 FROM accounts_statuschange later WHERE later.account_id = NEW.id
               AND later.number > entry.number AND later.action = 'change_suspension')
               AND NOT EXISTS (SELECT 1 FROM accounts_restriction other WHERE other.account_id = NEW.id
               AND other.membership_id IS NULL
               AND other.lifted_entry IS NULL AND other.opened_entry <> entry.uid
               AND (entry.caused_by IS NULL OR other.opened_entry <> entry.caused_by))))""",
            "An account changes by itself when the entry of its suspension says so, and nothing else is in the way.",
            when="NEW.next_change_at IS NOT NULL",
        )
        for name, event in (("account_next_change_insert", "INSERT"), ("account_next_change", "UPDATE"))
    ]


def status_of(model):
    """A status comes in with the entry that was written before it, the last about its subject, and with no other."""
    name, subject, account = model._meta.model_name, model.subject_type, f"NEW.{account_column(model)}"
    entry = f"""SELECT 1 FROM accounts_statuschange entry WHERE entry.account_id = {account}
        AND entry.number = NEW.status_number AND entry.subject_type = '{subject}' AND entry.subject_id = NEW.id
        AND entry.to_status = NEW.status AND entry.from_status <> entry.to_status"""
    final = ", ".join(map(quoted, sorted(model.final_statuses())))
    later = f"""EXISTS (SELECT 1 FROM accounts_statuschange later WHERE later.account_id = {account}
        AND later.number > NEW.status_number AND later.subject_id = NEW.id AND later.from_status <> later.to_status)"""
    moved = "NEW.id <> OLD.id OR NEW.client_id <> OLD.client_id"
    if model is not Account:
        moved += " OR NEW.account_id <> OLD.account_id"
    follows = f"NOT {later}" if model.may_run_ahead else f"EXISTS ({entry} AND entry.from_status = OLD.status)"
    return [
        refuse(
            f"{name}_status_insert",
            model,
            "INSERT",
            f"NOT EXISTS ({entry} AND entry.client_id = NEW.client_id)"
            f" OR {f'NEW.status NOT IN ({final}) AND ' if final else ''}{later}",
            f"This {subject} has no opening entry in the ledger, or stands otherwise there.",
        ),
        refuse(f"{name}_identity", model, "UPDATE", moved, f"This {subject} stays where it was opened."),
        refuse(
            f"{name}_status_update",
            model,
            "UPDATE",
            f"NOT (NEW.status_number > OLD.status_number AND EXISTS ({entry}) AND {follows})",
            f"The ledger does not know this change of {subject} status.",
            when="NEW.status <> OLD.status OR NEW.status_number <> OLD.status_number",
        ),
        refuse(f"{name}_delete", model, "DELETE", "TRUE", f"A {subject} is never deleted."),
        *no_replacing(model),
    ]


@registries.guards.register("heads")
def heads():
    return [
        *head_of(Account, "entry.account_id = NEW.id"),
        *head_of(Client, "entry.account_id IS NULL AND entry.client_id = NEW.id"),
        refuse("client_identity", Client, "UPDATE", "NEW.id <> OLD.id", "A client keeps its key."),
        refuse("client_delete", Client, "DELETE", "OLD.head_number > 0", "A client with a record is never deleted."),
        *no_replacing(Client),
    ]


def head_of(model, chain):
    """A chain's head only moves on, to the last entry that stands in the ledger."""
    name = model._meta.model_name
    entry = f"SELECT 1 FROM accounts_statuschange entry WHERE {chain} AND entry.number"
    head = f"{entry} = NEW.head_number AND entry.hash = NEW.head_hash"
    changed = "NEW.head_number <> OLD.head_number OR NEW.head_hash <> OLD.head_hash"
    return [
        refuse(
            f"{name}_head_update",
            model,
            "UPDATE",
            f"NEW.head_number <= OLD.head_number OR NOT EXISTS ({head}) OR EXISTS ({entry} = NEW.head_number + 1)",
            "The head of a chain moves on to its last entry only.",
            when=changed,
        ),
        refuse(
            f"{name}_head_insert",
            model,
            "INSERT",
            f"NOT EXISTS ({head}) OR EXISTS ({entry} = NEW.head_number + 1)",
            "The head of a chain is an entry of it, and the last.",
            when="NEW.head_number <> 0",
        ),
    ]


for found in (money, signals, things, calls, trainings, words, merges, endings):
    registries.guards.register(found.__name__, found)
ask_at_once(Account, Membership, Restriction, StatusChange, SubjectKey)
