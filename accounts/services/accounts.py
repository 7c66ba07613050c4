"""What happens to an account. Every door calls these."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import canonical, digests, ledger, personal, rules, sealing
from accounts.errors import Invalid, Moved, Refused
from accounts.ledger import sets
from accounts.ledger.sql import made
from accounts.models import Account, Membership, Restriction, SearchDigest, StatusChange, SubjectKey
from accounts.models.settings import Blocked
from accounts.services import blocking, guidelines, memberships, overdue, standing

# Otherwise a date would bring it back, and nobody would have ended the review.
FROM_A_REVIEW = gettext_lazy("From a review it is suspended without an end: a case brings it back.")

FIRST_MEMBERSHIP_STATUS = {
    Account.Status.PENDING: Membership.Status.PENDING,
    Account.Status.CLOSED: Membership.Status.CANCELLED,
}


def open_account(
    client, number, *, holder, actor, status=Account.Status.PENDING, plan=None, terms=None, reason, **details
):
    """Open an account for ``holder`` (a dict of the sealed fields) and, where ``plan`` is given, its membership.

    ``terms`` are what this one customer has agreed on; they stand in the membership's opening entry. ``details`` are
    columns (language, time_zone, country, currency, opened_on, balance_minor) and ``origin``.
    """
    origin = details.pop("origin", None)
    account, key = new_account(client, number, holder, details)
    with ledger.change(account, actor=actor, origin=origin) as work:
        record_opening(work, key, holder, status, plan, terms, reason)
    return account


def open_accounts(client, openings, *, actor, origin, reason):
    """Open many accounts, all or none: the rows that ``open_account`` writes for each, in few statements.

    ``openings`` are dicts of its other arguments, each with the columns in ``details``.
    """
    with transaction.atomic():
        works = []
        for opening in openings:
            holder = opening["holder"]
            account, key = new_account(client, opening["number"], holder, opening["details"])
            works.append(sets.SetChange(account, actor=actor, origin=origin))
            record_opening(works[-1], key, holder, opening["status"], opening["plan"], opening["terms"], reason)
        sets.run(works)


def new_account(client, number, holder, details):
    """Return an unsaved account, sealed, and the key of its person."""
    account = made(Account, client=client, number=number, **{**defaults(client), **details})
    key = sealing.new_subject_key()
    seal_holder(account, key, holder)
    return account, key


def record_opening(work, key, holder, status, plan, terms, reason):
    account = work.account
    work.key = key
    work.open(account, status, reason=reason)
    work.add(made(SubjectKey, account=account, wrapped=sealing.wrap(key, context=str(account.pk)), created_at=work.now))
    add_digests(work, holder)
    if plan:
        open_membership(work, plan, terms, reason=reason)


def defaults(client):
    return {
        "language": client.language,
        "time_zone": client.time_zone,
        "country": client.country,
        "currency": client.currency,
    }


def open_membership(work, plan, agreed, *, reason):
    status = FIRST_MEMBERSHIP_STATUS.get(work.account.status, Membership.Status.ACTIVE)
    starts_on = work.account.opened_on
    return memberships.open_membership(work, plan, agreed, reason=reason, status=status, starts_on=starts_on)


def seal_holder(account, key, holder):
    for field in Account.sealed_fields:
        setattr(account, field, personal.seal(key, account, field, holder.get(field, "")))


def add_digests(work, holder):
    """Make the account findable by what is known of its holder."""
    client_id, account = work.client_id, work.account
    found = digests.name_digests(client_id, holder.get("holder_name", ""))
    found |= digests.email_digests(client_id, holder.get("email", ""))
    found |= digests.phone_digests(client_id, holder.get("phone", ""), account.country)
    work.add_rows(SearchDigest, [(client_id, account.pk, digest) for digest in sorted(found)])


def set_holder(
    account,
    changes,
    *,
    actor,
    reason,
    note="",
    origin=None,
    occurred_at=None,
    tell=False,
    country="",
    on_behalf=None,
):
    """Put right what is known of a holder: ``changes`` maps sealed fields to their new words.

    The entry holds commitments to the new words and to those before. With ``tell`` the member hears of it: where the
    mail address changes, at the old address and at the new one. Returns ``None`` where nothing is different; raises
    ``Refused`` for whoever does not work this client's accounts.
    """
    with ledger.change(account, actor=actor, origin=origin, occurred_at=occurred_at, on_behalf=on_behalf) as work:
        account = work.account
        if not rules.can_change_service(account, actor):
            raise Refused(_("You do not work this client's accounts."))
        blocking.require_free(account, Blocked.CONTACT, actor)
        known = {field: personal.reveal(account, field, work.key) for field in Account.sealed_fields}
        changes = {field: words for field, words in changes.items() if words != known[field]}
        moved = [account.country, country] if country and country != account.country else None
        if not (changes or moved):
            return None
        for field, words in changes.items():
            setattr(account, field, personal.seal(work.key, account, field, words))
        account.country = country or account.country
        said = changes | {f"{field}_before": known[field] for field in changes if known[field]}
        data = {"fields": sorted(changes)} | ({"country": moved} if moved else {})
        entry = work.log(account, "change_contact", reason=reason, note=note, words=said, data=data)
        work.save(account, "change_contact")
        SearchDigest.objects.filter(account=account).delete()
        add_digests(work, known | changes)
        if tell:
            tell_of_contact(work, entry, known, changes)
    return entry


def tell_of_contact(work, entry, known, changes):
    """Confirm a change of contact data where the member is reached now, and at the mail address that was given up."""
    if (known | changes)["email"]:
        work.emit("contact.changed", entry)
    if "email" in changes and known["email"]:
        work.emit("contact.changed_before", entry)


def suspend(account, *, actor, kind, reason, note="", ends_at=None, origin=None, occurred_at=None, tell=True):
    """Take an account out of service and open the restriction that must be lifted before it comes back.

    From ``ends_at`` on the account reads active again, unless another restriction is open then. ``tell=False`` is for
    what happened before Reinstate knew of it: whoever had to hear of it has heard. Raises ``Invalid`` for an end that
    does not lie after the beginning.
    """
    return restrict(account, "suspend", actor, kind, reason, note, origin, occurred_at, tell, ends_at)


def hold(account, *, actor, reason, note="", origin=None, occurred_at=None, tell=True):
    """Hold an account because a payment is missing; only payment lifts that restriction."""
    return restrict(account, "hold", actor, Restriction.Kind.PAYMENT, reason, note, origin, occurred_at, tell)


def change_suspension(account, *, actor, reason, ends_at, note="", origin=None, occurred_at=None):
    """Give the suspension of an account another end, or ``None``; it stays suspended, and nobody is told.

    Raises ``Moved`` where it is not suspended, or no more at that moment, ``Invalid`` for an end that does not lie
    after it, and ``Refused`` for whoever does not work this client's accounts.
    """
    with ledger.change(account, actor=actor, origin=origin, occurred_at=occurred_at) as work:
        if not rules.can_change_service(work.account, actor):
            raise Refused(_("You do not work this client's accounts."))
        suspension = suspension_of(work.account)
        if suspension is None or (suspension.ends_at and suspension.ends_at <= work.occurred_at):
            raise Moved(_("This account is not suspended any more, so the suspension cannot be changed."))
        if work.occurred_at < suspension.opened_at:
            raise Invalid(_("The suspension had not begun then."), field="occurred_at")
        opened = StatusChange.objects.filter(account=work.account, uid=suspension.opened_entry)
        if ends_at and opened.filter(from_status=Account.Status.UNDER_REVIEW).exists():
            raise Invalid(FROM_A_REVIEW, field="ends_at")
        is_only = only_restriction(work.account, suspension.opened_entry)
        return move_end(work, suspension, reason=reason, ends_at=ends_at, note=note, is_only=is_only)


def move_end(work, suspension, *, reason, ends_at, note="", is_only):
    """Give a locked suspension another end; ``is_only`` is whether nothing else keeps the account out of service."""
    account = work.account
    work.track(suspension)
    data = {"restriction": suspension.kind, "ends_at": None, "ends_before": None}
    if suspension.ends_at:
        data["ends_before"] = canonical.timestamp(suspension.ends_at)
    data |= ending(work, ends_at)
    suspended = StatusChange(uid=suspension.opened_entry)
    entry = work.log(account, "change_suspension", reason=reason, note=note, data=data, caused_by=suspended)
    account.next_change_at = entry.ends_at if is_only else None
    work.save(account, "change_suspension")
    suspension.ends_at = entry.ends_at
    work.save(suspension, "change_suspension")
    return entry


def suspension_of(account):
    """Return, locked, the restriction that the account was suspended with; ``None`` where it is not suspended."""
    if account.status != Account.Status.SUSPENDED:
        return None
    stopped = standing.stopped_by(account)
    return Restriction.objects.select_for_update().get(account=account, opened_entry=stopped.uid)


def ending(work, ends_at):
    """Return what an entry says of the end of a suspension; nothing where it has none."""
    if ends_at is None:
        return {}
    if ends_at <= work.occurred_at:
        raise Invalid(_("A suspension ends after it begins."), field="ends_at")
    return {"ends_at": canonical.timestamp(ends_at)}


def only_restriction(account, opened_entry=None):
    """Whether nothing else keeps the account out of service than what this entry has opened."""
    others = Restriction.objects.of_account(account)
    return not (others.exclude(opened_entry=opened_entry) if opened_entry else others).exists()


def restrict(account, action, actor, kind, reason, note, origin, occurred_at, tell, ends_at=None, data=None):
    with ledger.change(account, actor=actor, origin=origin, occurred_at=occurred_at) as work:
        if not rules.can_change_service(work.account, actor):
            raise Refused(_("You do not work this client's accounts."))
        if ends_at and work.account.status == Account.Status.UNDER_REVIEW:
            raise Invalid(FROM_A_REVIEW, field="ends_at")
        is_only = bool(ends_at) and only_restriction(account)
        entry, _restriction = stop(
            work, action, kind=kind, reason=reason, note=note, ends_at=ends_at, is_only=is_only, tell=tell, more=data
        )
    return entry


def stop(work, action, *, kind, reason, note="", ends_at=None, is_only, tell, more=None):
    """Take a locked account out of service; return the entry and the restriction. ``is_only`` as in ``move_end``.

    ``more`` is what the entry says beside that.
    """
    data = {"restriction": str(kind), **ending(work, ends_at), **guidelines.left_open(work.account), **(more or {})}
    dated = {"next_change_at": ends_at} if ends_at and is_only else None
    entry = work.record(getattr(work.account, action), reason=reason, note=note, data=data, arguments=dated)
    restriction = made(
        Restriction,
        client_id=work.client_id,
        account=work.account,
        kind=kind,
        reason=reason,
        opened_at=entry.occurred_at,
        opened_entry=entry.uid,
        ends_at=entry.ends_at,
    )
    work.add(restriction)
    memberships.stop_with_account(work, entry, reason=reason)
    if tell:
        work.emit(f"account.{entry.to_status}", entry)
    return entry, restriction


def end_for_good(work, *, reason, note="", data=None, caused_by=None, decided=None):
    """Close a locked account and cancel its memberships with it; return the entry."""
    entry = work.record(work.account.close, reason=reason, note=note, data=data, caused_by=caused_by, before=decided)
    memberships.end_with_account(work, entry, reason=reason)
    return entry


def reinstate(work, *, reason, caused_by, lifted, paid_minor=0, restrictions=None):
    """Bring the account of ``work`` back to service, with the memberships that stopped because it did.

    Only an approved case may ask, and its service does. ``lifted`` are the kinds of restriction that the case has
    proven to be settled; ``paid_minor`` is what was paid, or ``None`` where the balance is no matter of the case and
    stays. ``restrictions`` are those that are open, where they are known and locked. Raises ``Refused`` while one of
    another kind is open, or less was paid than is owed.
    """
    account = work.account
    if restrictions is None:
        restrictions = list(Restriction.objects.select_for_update().of_account(account))
    left = [restriction for restriction in restrictions if restriction.kind not in lifted]
    if left:
        names = ", ".join(str(restriction) for restriction in left)
        raise Refused(_("The account cannot be reinstated while these restrictions are open: %s.") % names)
    owed = account.balance_minor
    if paid_minor is not None:
        if owed > paid_minor:
            raise Refused(_("The account cannot be reinstated while the balance is open; record the payment first."))
        overdue.settle_all(account)
    entry = work.record(
        account.reinstate,
        reason=reason,
        caused_by=caused_by,
        data={
            "restrictions_lifted": [str(restriction.pk) for restriction in restrictions],
            "balance_before": owed,
            "balance_after": account.balance_minor,
            "currency": account.currency,
        },
    )
    if paid_minor is not None and owed > 0:
        overdue.keep_proven(work, owed, entry=entry, approved=caused_by)
    for restriction in restrictions:
        work.track(restriction)
        restriction.lifted_at, restriction.lifted_entry = entry.occurred_at, entry.uid
        work.save(restriction, "lift")
    memberships.bring_back_with_account(work, reason=reason, caused_by=caused_by)
    return entry
