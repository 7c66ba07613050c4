"""What the database keeps of what customers asked, of what they use and of what they were offered."""

from accounts.ledger.guards import no_replacing, refuse
from accounts.models import Asset, CustomerQuery, Offer


def things():
    return [*queries(), *assets(), *offers()]


def assets():
    """What a customer uses is put down and removed by entries of the account; it goes when the person is erased."""
    entry = """SELECT 1 FROM accounts_statuschange entry WHERE entry.account_id = NEW.account_id
        AND entry.client_id = NEW.client_id AND entry.action = '{action}' AND entry.uid ="""
    kept = ("id", "client_id", "account_id", "kind", "identifier", "digest", "stays", "added_at", "added_entry")
    erased = """EXISTS (SELECT 1 FROM accounts_statuschange erased WHERE erased.account_id = OLD.account_id
        AND erased.action = 'subject.erased')"""
    return [
        refuse(
            "asset_added",
            Asset,
            "INSERT",
            f"NOT EXISTS ({entry.format(action='add_asset')} NEW.added_entry)",
            "An asset is put down by an entry of its account.",
        ),
        refuse(
            "asset_kept",
            Asset,
            "UPDATE",
            " OR ".join(f"NEW.{column} <> OLD.{column}" for column in kept)
            + " OR OLD.removed_entry IS NOT NULL"
            + f" OR NOT EXISTS ({entry.format(action='remove_asset')} NEW.removed_entry)",
            "An asset stays as it was put down, and is removed once, by an entry.",
        ),
        refuse("asset_delete", Asset, "DELETE", f"NOT ({erased})", "An asset goes when its person is erased."),
        *no_replacing(Asset),
    ]


def offers():
    """What was offered stands, and is redeemed once, each by an entry of its membership."""
    entry = """SELECT 1 FROM accounts_statuschange entry WHERE entry.account_id = NEW.account_id
        AND entry.client_id = NEW.client_id AND entry.subject_id = NEW.membership_id AND entry.action = '{action}'
        AND entry.uid ="""
    kept = ("id", "client_id", "account_id", "membership_id", "ended_on", "days", "code_digest", "offered_at")
    changed = " OR ".join(f"NEW.{column} <> OLD.{column}" for column in (*kept, "offered_entry", "valid_until"))
    return [
        refuse(
            "offer_made",
            Offer,
            "INSERT",
            f"NEW.redeemed_entry IS NOT NULL OR NOT EXISTS ({entry.format(action='offer')} NEW.offered_entry)",
            "An offer is made by an entry of its membership.",
        ),
        refuse(
            "offer_kept",
            Offer,
            "UPDATE",
            f"{changed} OR OLD.redeemed_entry IS NOT NULL"
            f" OR NOT EXISTS ({entry.format(action='redeem_offer')} NEW.redeemed_entry)",
            "An offer stays as it was made, and is redeemed once, by an entry.",
        ),
        refuse("offer_delete", Offer, "DELETE", "TRUE", "An offer is never deleted."),
        *no_replacing(Offer),
    ]


def queries():
    """What was asked stands, and is answered once, each by an entry."""
    entry = """SELECT 1 FROM accounts_statuschange entry WHERE entry.account_id = NEW.account_id
        AND entry.subject_type = 'query' AND entry.subject_id = NEW.id AND entry.uid ="""
    kept = ("id", "client_id", "account_id", "topic", "channel", "asked_entry")
    changed = " OR ".join(f"NEW.{column} <> OLD.{column}" for column in kept)
    return [
        refuse(
            "query_asked",
            CustomerQuery,
            "INSERT",
            f"NOT EXISTS ({entry} NEW.asked_entry AND entry.client_id = NEW.client_id)",
            "A query is recorded by an entry of its account.",
        ),
        refuse(
            "query_kept",
            CustomerQuery,
            "UPDATE",
            f"{changed} OR OLD.answered_entry IS NOT NULL OR NOT EXISTS ({entry} NEW.answered_entry)",
            "A query stays as it was asked, and is answered once, by an entry.",
        ),
        refuse("query_delete", CustomerQuery, "DELETE", "TRUE", "A query is never deleted."),
        *no_replacing(CustomerQuery),
    ]
