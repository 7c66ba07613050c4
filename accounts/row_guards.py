"""What the database keeps of the rows beside the chain: money, signals, and words until they are erased."""

from accounts.ledger.guards import append_only, differs, no_replacing, refuse
from accounts.models import AccessRecord, Charge, Disclosure, Payment, Signal, SubjectKey


def money():
    """What was charged and paid stands; what was taken back, written off or confirmed has an entry of its own."""
    entry = "SELECT 1 FROM accounts_statuschange entry WHERE entry.account_id = NEW.account_id AND entry.uid ="
    rows = []
    for model, kept, once in (
        (Charge, ("client_id", "account_id", "external_id", "amount_minor", "currency", "due_on", "entry"), None),
        (
            Payment,
            (
                *("client_id", "account_id", "kind", "external_id", "refers_to", "amount_minor", "currency", "paid_at"),
                *("recorded_at", "entry"),
            ),
            f"OLD.confirmed_entry IS NOT NULL OR NOT EXISTS ({entry} NEW.confirmed_entry)",
        ),
    ):
        name, label = model._meta.model_name, model._meta.verbose_name
        changed = " OR ".join(f"NEW.{column} <> OLD.{column}" for column in ("id", *kept))
        rows += [
            refuse(
                f"{name}_recorded",
                model,
                "INSERT",
                f"NOT EXISTS ({entry} NEW.entry)",
                f"A {label} is recorded by an entry of its account.",
            ),
            refuse(
                f"{name}_kept",
                model,
                "UPDATE",
                f"{changed} OR {once}" if once else f"{changed} OR NEW.written_off_minor < OLD.written_off_minor",
                f"A {label} stays as it was recorded.",
            ),
            refuse(f"{name}_delete", model, "DELETE", "TRUE", f"A {label} is never deleted."),
            *no_replacing(model),
        ]
    return rows


def signals():
    """What raised a signal stands; it is judged once, by an entry, and by nobody whose own doing it is."""
    kept = ("id", "client_id", "rule", "evidence", "fingerprint", "raised_at")
    changed = " OR ".join(f"CAST(NEW.{column} AS TEXT) <> CAST(OLD.{column} AS TEXT)" for column in kept)
    return [
        refuse(
            "signal_kept",
            Signal,
            "UPDATE",
            f"""{changed} OR {differs("account_id")}
                OR {differs("about_id")}
                OR OLD.judged_entry IS NOT NULL OR NOT EXISTS (SELECT 1 FROM accounts_statuschange entry
                WHERE entry.uid = NEW.judged_entry AND entry.client_id = NEW.client_id
                AND entry.subject_type = 'signal' AND entry.subject_id = NEW.id
                AND entry.action = CASE NEW.status WHEN 'confirmed' THEN 'confirm' ELSE 'clear' END)""",
            "A signal stays as it was raised, and is judged once, by an entry.",
        ),
        refuse(
            "signal_four_eyes",
            Signal,
            "UPDATE",
            """EXISTS (SELECT 1 FROM accounts_statuschange entry JOIN accounts_user judge ON judge.id = entry.actor_id
               JOIN accounts_user about ON about.person_id = judge.person_id
               WHERE entry.uid = NEW.judged_entry AND about.id = NEW.about_id)""",
            "Nobody judges a signal about what they did.",
            when="NEW.about_id IS NOT NULL",
        ),
        refuse("signal_delete", Signal, "DELETE", "TRUE", "A signal is never deleted."),
        *no_replacing(Signal),
    ]


def words():
    """What is personal goes when its person is erased, and not before; what somebody looked at stays on record."""
    erased = """EXISTS (SELECT 1 FROM accounts_statuschange erased WHERE erased.account_id = {row}.account_id
        AND erased.action = 'subject.erased')"""
    gone = erased.format(row="OLD")
    return [
        *append_only(Disclosure, but_delete_when=gone),
        *append_only(AccessRecord),
        refuse("subject_key_delete", SubjectKey, "DELETE", f"NOT ({gone})", "A key goes when its person is erased."),
        refuse(
            "subject_key_moved",
            SubjectKey,
            "UPDATE",
            "NEW.account_id <> OLD.account_id",
            "A key belongs to one person for good.",
        ),
        refuse(
            "subject_key_again",
            SubjectKey,
            "INSERT",
            erased.format(row="NEW"),
            "Nobody is given a new key after their data was erased.",
        ),
        *no_replacing(SubjectKey),
    ]
