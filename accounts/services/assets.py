"""What a customer uses: the numbers, logins and contracts that stop and come back with the account."""

import json
import unicodedata

from django.db import IntegrityError
from django.utils.translation import gettext as _

from accounts import digests, ledger, masking, personal, reasons, rules
from accounts.errors import Invalid, Moved, Refused
from accounts.models import Account, Asset, ReasonCode, StatusChange
from accounts.models.base import new_id
from accounts.services.contacts import dialled

MOST, LONGEST = 200, 100


def add(account, *, actor, kind, identifier, stays=False, reason, note="", origin=None):
    """Put down something that the customer uses; return the ``Asset``. On a stopped account it is out of service.

    ``stays`` is for what goes on while the account is stopped, such as a number for emergencies. Raises ``Invalid``
    for what cannot be one, ``Moved`` where the account has it already and ``Refused`` for whoever may not.
    """
    require(account, actor, reason)
    words = checked(kind, identifier, account.country)
    try:
        with ledger.change(account, actor=actor, origin=origin) as work:
            require_kept(work.account)
            return put(work, kind, words, stays=stays, reason=reason, note=note)
    except IntegrityError as error:
        raise Moved(_("The account has this already.")) from error


def put(work, kind, words, *, stays, reason, note="", is_out=False, was=None, caused_by=None):
    """Write an asset of a locked account: its entry names it by its key, and commits to what it is called.

    One that came from another account, where it ``was``, stays out of service where it ``is_out``.
    """
    account, pk = work.account, new_id()
    if len(account.assets) >= MOST:
        raise Invalid(_("An account has 200 of them at the most."), field="identifier")
    row = Asset(pk=pk, client_id=work.client_id, account=account, kind=kind, stays=stays, added_at=work.now)
    row.identifier = personal.seal(work.key, row, "identifier", words)
    row.digest = digests.asset_digest(work.client_id, kind, words)
    data = {"asset": str(pk), "kind": str(kind), "stays": stays} | ({"was": str(was.pk)} if was else {})
    said = {"note": note, "words": {"identifier": words}, "data": data}
    entry = work.log(account, "add_asset", reason=reason, caused_by=caused_by, **said)
    row.added_entry = entry.uid
    work.add(row)
    is_out = is_out or (account.status in Account.STOPPED and not stays)
    account.assets = [*account.assets, {"id": str(pk), "kind": str(kind), "stays": stays, "out": is_out}]
    work.save(account, "add_asset")
    return row


def remove(asset, *, actor, reason, note="", origin=None):
    """Put down that the customer does not have it any more. Raises ``Moved`` where that is on record already."""
    require(asset.account, actor, reason)
    with ledger.change(asset.account, actor=actor, origin=origin) as work:
        row = Asset.objects.select_for_update().get(pk=asset.pk, account=work.account)
        if row.removed_entry:
            raise Moved(_("Somebody else has removed it already."))
        return take_off(work, row, reason=reason, note=note)


def take_off(work, row, *, reason, note="", caused_by=None):
    """Remove an asset from its locked account; the entry says whether it was out of service."""
    account, is_out = work.account, str(row.pk) in out_of(work.account)
    work.track(row)
    data = {"asset": str(row.pk), "kind": row.kind, "out": is_out}
    entry = work.log(account, "remove_asset", reason=reason, note=note, caused_by=caused_by, data=data)
    row.removed_at, row.removed_entry = entry.occurred_at, entry.uid
    work.save(row, "remove")
    account.assets = [each for each in account.assets if each["id"] != str(row.pk)]
    work.save(account, "remove_asset")
    return entry


def out_of(account):
    """Return the keys of what is out of service by the account's own row."""
    return {each["id"] for each in account.assets if each["out"]}


def carry_over(goes, stays, *, gone, come, reason):
    """Put what an absorbed account uses down on the one that stands for it; nothing comes back to service by that.

    ``gone`` and ``come`` are the entries that merge the two. What both have is taken off the first one only.
    """
    held = {(row.kind, bytes(row.digest)) for row in locked(stays.account)}
    for row in locked(goes.account):
        is_out, words = str(row.pk) in out_of(goes.account), personal.reveal(row, "identifier", goes.key)
        take_off(goes, row, reason=reason, caused_by=gone)
        if (row.kind, bytes(row.digest)) not in held:
            put(stays, row.kind, words, stays=row.stays, reason=reason, is_out=is_out, was=row, caused_by=come)


def carry_back(goes, stays, *, gone, come, merged, taken, reason):
    """Undo ``carry_over``: what was removed from the survivor meanwhile is the customer's no more.

    ``merged`` and ``taken`` are the entries of the merge, ``come`` and ``gone`` those that undo it.
    """
    put_down = data_of(StatusChange.objects.filter(account=stays.account, action="add_asset", caused_by=taken.uid))
    carried = {data["was"]: data["asset"] for data in put_down}
    still = {str(row.pk): row for row in locked(stays.account)}
    removed = data_of(StatusChange.objects.filter(account=goes.account, action="remove_asset", caused_by=merged.uid))
    was_out = {data["asset"]: data["out"] for data in removed}
    for row in Asset.objects.filter(account=goes.account, pk__in=was_out):
        key = str(row.pk)
        if key in carried and carried[key] not in still:
            continue
        if key in carried:
            take_off(stays, still[carried[key]], reason=reason, caused_by=gone)
        words = personal.reveal(row, "identifier", goes.key)
        put(goes, row.kind, words, stays=row.stays, reason=reason, is_out=was_out[key], was=row, caused_by=come)


def locked(account):
    return list(Asset.objects.select_for_update().in_use().filter(account=account))


def data_of(entries):
    return [json.loads(bytes(entry.body))["data"] for entry in entries.order_by("number")]


def require(row, actor, reason):
    if not rules.can_change_service(row, actor):
        raise Refused(_("You do not work this client's accounts."))
    reasons.require(row.client_id, ReasonCode.Use.CONTACT, reason)


def require_kept(account):
    if account.status == Account.Status.MERGED:
        raise Moved(_("This account was merged; put it down where it went."))


def checked(kind, identifier, country):
    """Return what an asset is called, in the form in which it is kept; a mobile number as it is dialled abroad."""
    words = identifier.strip()
    if kind not in Asset.Kind.values:
        raise Invalid(_("Choose what it is."), field="kind")
    if not words:
        raise Invalid(_("Write its number or name."), field="identifier")
    if "\0" in words or len(words) > LONGEST:
        raise Invalid(_("This is too long, or has a character in it that no text may have."), field="identifier")
    if any(unicodedata.category(sign) in ("Cc", "Cf", "Cs") for sign in words):
        raise Invalid(_("There is a character in it that nobody can see or type."), field="identifier")
    plain = "".join(sign for sign in words if sign.isalnum())
    if not plain:
        raise Invalid(_("It has no letter and no digit, so nobody could search for it."), field="identifier")
    # However it is cut into pieces.
    if masking.mask_card_numbers(words, is_name=True)[1] or masking.mask_card_numbers(plain, is_name=True)[1]:
        raise Invalid(_("This looks like a card number, and none is ever kept here."), field="identifier")
    if kind == Asset.Kind.MOBILE_NUMBER:
        try:
            return dialled(words, country)
        except Invalid as error:
            raise Invalid(error.message, field="identifier") from error
    return words


def told(account, *, whole=False, only=None):
    """Return ``[(asset, what it is called, is out of service)]``, masked unless ``whole``; nothing is read for none.

    ``only`` are the keys of those that are asked for, also of such as were removed since.
    """
    if not (account.assets if only is None else only):
        return []
    rows = Asset.objects.filter(account=account)
    rows = rows.in_use() if only is None else rows.filter(pk__in=only)
    key = None if account.erased_at else personal.key_of(account)
    # A suspension that has ended by itself brings all of it back, also where no job has written it yet.
    is_back = account.status in Account.STOPPED and not account.is_stopped
    out = set() if is_back else out_of(account)
    return [(row, called(row, key, whole), str(row.pk) in out) for row in rows]


def called(row, key, whole=False):
    words = personal.reveal(row, "identifier", key)
    return words if whole else mask(row.kind, words)


def mask(kind, words):
    """Return enough to recognise it: of a number the last two digits, of a login that is an address its domain."""
    if kind == Asset.Kind.MOBILE_NUMBER:
        return masking.mask_phone(words)
    if kind in (Asset.Kind.SOFTWARE_LOGIN, Asset.Kind.PATIENT_PORTAL):
        return masking.mask_email(words)
    return masking.mask_ending(words)
