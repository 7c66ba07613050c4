"""Erasing a person: everything known about them goes, and the record of what was decided stays and still verifies."""

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts import ledger, registries, rules
from accounts.errors import Invalid, Moved, Refused
from accounts.models import Account, Asset, Disclosure, Draft, Representative, SearchDigest, SubjectKey

ACTION = "subject.erased"
# A closed list: a reason typed in words could name the person for good.
REASONS = ("erasure_asked", "retention_ended", "authority_ordered")

log = structlog.get_logger(__name__)


def erase(account, *, actor, reason):
    """Destroy the key of an account's person and every row about them; return the entry that says so.

    What is sealed under the key, in history tables and backups too, cannot be read any more. One transaction, once for
    each account. Raises ``Refused`` for whoever may not and while a case is open, ``Moved`` where it was done before.
    """
    if reason not in REASONS:
        raise Invalid(_("Give one of these reasons: %s.") % ", ".join(REASONS), field="reason")
    with ledger.change(account, actor=actor) as work:
        account = work.account
        if not rules.can_erase(account, actor):
            raise Refused(_("You do not erase personal data at this client."))
        if account.erased_at:
            raise Moved(_("The personal data of this account was erased already."))
        for remove in registries.erasure.values():
            remove(account)
        entry = work.log(account, ACTION, reason=reason)
        for field in Account.sealed_fields:
            setattr(account, field, None)
        account.erased_at = work.now
        work.save(account, ACTION)
        # The guards let these rows go once the entry is there.
        work.flush()
        Representative.objects.filter(account=account).update(name=None)
        for model in (SubjectKey, Disclosure, SearchDigest, Draft, Asset):
            model.objects.filter(account=account).delete()
        transaction.on_commit(overwrite_journal)
    return entry


def overwrite_journal():
    """Empty SQLite's write-ahead log, where pages stand as they were; the file itself is overwritten as it changes."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        is_busy, *_pages = cursor.fetchone()
    if is_busy:
        log.warning("journal_not_emptied", hint="PRAGMA wal_checkpoint(TRUNCATE), once nobody reads")
