"""Signals: looking for them, a part of the record at a time, and judging them.

Looking is idempotent: what was found before is not raised again, so a job may run twice, late, or on two machines.
"""

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import groupby

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import digests, ledger, personal, reasons, rules, signals
from accounts.errors import Invalid, Moved, Refused
from accounts.models import (
    AccessRecord,
    Account,
    Client,
    ClientRole,
    Origin,
    ReasonCode,
    SearchDigest,
    Signal,
    SignalSettings,
    StatusChange,
    User,
)
from accounts.zones import zone

ENTRIES, REVEALS = 2000, 5000
MOST_OF_ONE = 500
"""How many entries of one account are looked at, and how many accounts under one digest: the newest."""
SETTLED = timedelta(minutes=1)
"""Keys of entries are given before they are committed: what is younger than this is looked at again."""
NEVER = datetime.max.replace(tzinfo=UTC)
FIELDS = (
    *("id", "uid", "account_id", "number", "subject_type", "action", "from_status", "to_status", "rule", "origin"),
    *("actor_id", "recorded_at"),
)


def look(client):
    """Look at what was recorded since the last time, at most 2,000 entries, and raise what the rules find.

    Returns how many signals are new.
    """
    settings, _made = SignalSettings.objects.get_or_create(client=client)
    limits = signals.limits_of(settings)
    fresh = StatusChange.objects.filter(client=client, account__isnull=False, id__gt=settings.looked_at)
    entries = list(fresh.order_by("id").values_list(*FIELDS, named=True)[:ENTRIES])
    ours = [entry for entry in entries if entry.origin != Origin.IMPORT]
    found = [*of_accounts({entry.account_id for entry in ours}, limits), *of_people(client, settings, ours, limits)]
    found += of_contacts(client, entries, limits)
    if entries or settings.looked_at:
        found += of_reveals(client, limits)
    raised = keep(client, found)
    settled = [entry.id for entry in entries if entry.recorded_at < timezone.now() - SETTLED]
    if settled:
        SignalSettings.objects.filter(pk=settings.pk, looked_at__lt=settled[-1]).update(looked_at=settled[-1])
    return raised


def of_accounts(account_ids, limits):
    """Yield what is found in the chains of these accounts, imported entries left out."""
    chains = StatusChange.objects.filter(account__in=account_ids).exclude(origin=Origin.IMPORT)
    telling = Q(subject_type="account") | Q(subject_type="reinstatement", from_status="")
    rows = chains.filter(telling).order_by("account_id", "number").values_list(*FIELDS, named=True)
    for account_id, group in groupby(rows.iterator(), lambda entry: entry.account_id):
        chain = list(group)[-MOST_OF_ONE:]
        for rule in signals.OF_AN_ACCOUNT:
            yield from rule(account_id, chain, limits)


def of_people(client, settings, entries, limits):
    """Yield what people did who should not have, or when nobody works."""
    system = User.objects.system().pk
    by_people = [entry for entry in entries if entry.actor_id != system]
    held = roles_of(client, {entry.actor_id for entry in by_people})
    usual, here = limits.get("roles", signals.USUAL_ROLES), zone(client.time_zone)
    for entry in by_people:
        moment = entry.recorded_at
        now = {role for role, begin, end in held[entry.actor_id] if begin <= moment < end}
        yield from signals.unusual_role(entry, now, usual)
        yield from signals.out_of_hours(entry, settings.hours, here, limits)


def roles_of(client, user_ids):
    """Return ``{login: [(role, from, until), ...]}`` as the client's chain tells it, roles that have ended too."""
    entries = StatusChange.objects.filter(client=client, account=None, subject_type="user", subject_id__in=user_ids)
    found: dict = defaultdict(dict)
    for entry in entries.filter(action__in=("grant", "end_grant")).order_by("number"):
        data, spans = json.loads(bytes(entry.body))["data"], found[entry.subject_id]
        if entry.action == "grant":
            until = datetime.fromisoformat(data["until"]) if data.get("until") else NEVER
            spans[entry.number] = (data["role"], entry.recorded_at, until)
            continue
        for number, (role, begin, until) in list(spans.items()):
            if role == data["role"]:
                spans[number] = (role, begin, min(until, entry.recorded_at))
    return defaultdict(list, {user_id: list(spans.values()) for user_id, spans in found.items()})


def of_contacts(client, entries, limits):
    """Yield accounts that share a phone or mail address with many others, among those that were opened or changed."""
    touched = {entry.account_id for entry in entries if (entry.subject_type, entry.action) in CONTACT_ACTIONS}
    wanted = {}
    accounts = Account.objects.filter(pk__in=touched, erased_at=None).select_related("subject_key")
    for account in accounts.iterator(chunk_size=500):
        key = personal.key_of(account)
        email, phone = (personal.reveal(account, field, key) for field in ("email", "phone"))
        for kind, digest in digests.contact_digests(client.pk, email, phone, account.country).items():
            wanted[digest] = kind
    rows = SearchDigest.objects.filter(client=client, digest__in=wanted).order_by("digest", "-account_id")
    for digest, group in groupby(rows.values_list("digest", "account_id"), lambda row: bytes(row[0])):
        members = [account_id for _digest, account_id in group][:MOST_OF_ONE]
        yield from signals.shared_contact(wanted[digest], digest, members, limits)


CONTACT_ACTIONS = {("account", "open"), ("account", "change_contact")}


def of_reveals(client, limits):
    """Yield who shows far more personal data than those who hold the same role at this client."""
    now = timezone.now()
    since = now - timedelta(days=limits["reveals_days"])
    shown = AccessRecord.objects.filter(client=client, kind=AccessRecord.Kind.REVEALED, created_at__gte=since)
    records = defaultdict(list)
    for user_id, key in shown.order_by("-created_at", "-id").values_list("user_id", "id")[:REVEALS]:
        records[user_id].append(key)
    counts = {user_id: len(rows) for user_id, rows in records.items()}
    if not counts or max(counts.values()) < limits["reveals"]:
        return
    by_role = defaultdict(set)
    held = ClientRole.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), content_object=client, starts_at__lte=now)
    for user_id, role in held.values_list("user_id", "permission_id"):
        by_role[role].add(user_id)
    peers = {user_id: set().union(*(one for one in by_role.values() if user_id in one)) for user_id in counts}
    year, week, _day = now.astimezone(zone(client.time_zone)).isocalendar()
    yield from signals.many_reveals(counts, peers, records, limits, f"{year}-W{week}")


def keep(client, found):
    """Raise what was not raised before; return how many."""
    rows = {one.fingerprint: one for one in found}
    known = set(Signal.objects.filter(client=client, fingerprint__in=rows).values_list("fingerprint", flat=True))
    new = [
        Signal(
            client=client,
            account_id=one.account_id,
            about_id=one.about_id,
            rule=one.rule,
            evidence=one.evidence,
            fingerprint=fingerprint,
        )
        for fingerprint, one in rows.items()
        if fingerprint not in known
    ]
    # Another worker may have raised one of them since.
    Signal.objects.bulk_create(new, ignore_conflicts=True, batch_size=500)
    return len(new)


@transaction.atomic
def judge(signal, *, actor, is_confirmed, reason, note=""):
    """Confirm or clear a signal, once, for a reason of the client's list; the note is sealed under the account's key.

    What is confirmed counts as a risk of the account's open requests and voids approvals that did not know of it. A
    signal about somebody's doing that names no account has no key for words. Raises ``Refused`` for whoever may not, or
    whose own doing it is; ``Moved`` where somebody else judged it; ``Invalid`` for a reason that is not offered.
    """
    if not rules.can_judge_signals(signal, actor):
        raise Refused(_("Your role at this client does not allow this."))
    if rules.is_own_signal(signal, actor):
        raise Refused(_("This signal is about what you did; somebody else looks at it."))
    use = ReasonCode.Use.CONFIRM_SIGNAL if is_confirmed else ReasonCode.Use.CLEAR_SIGNAL
    if reason not in dict(reasons.choices(signal.client_id, use)):
        raise Invalid(_("Choose a reason from the list."), field="reason")
    chain = signal.account or Client.objects.get(pk=signal.client_id)
    if note.strip() and not signal.account_id:
        raise Invalid(_("This signal names no account, so there is no key to seal words under."), field="note")
    with ledger.change(chain, actor=actor) as work:
        locked = work.track(Signal.objects.select_for_update().get(pk=signal.pk))
        if locked.status != Signal.Status.RAISED:
            raise Moved(_("Somebody else has looked at this signal: %s.") % locked.get_status_display().lower())
        entry = work.log(
            locked,
            "confirm" if is_confirmed else "clear",
            subject_type="signal",
            from_status="",
            to_status="",
            reason=reason,
            note=note.strip(),
            data={"rule": locked.rule, "fingerprint": locked.fingerprint, "evidence": locked.evidence},
        )
        locked.status = Signal.Status.CONFIRMED if is_confirmed else Signal.Status.CLEARED
        locked.judged_entry = entry.uid
        work.save(locked, "judge")
    return entry
