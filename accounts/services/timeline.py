"""What happened to an account, newest first: the entries of its chain, and what other apps did for it."""

import json
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts import masking, personal, reasons, registries, rules, wording
from accounts.models import Account, Origin, StatusChange
from accounts.moments import SHORTEST
from accounts.registries import TimelineLine
from accounts.services import assets, telling, words

PAGE = 20
OTHERS = 200
RECORDED_LATE = timedelta(days=1)
"""The action of an entry that puts right what another says: the one by which it was caused."""


@dataclass(frozen=True)
class Timeline:
    """``older`` is the number to ask for the lines before these with, or ``None`` at the beginning."""

    lines: list
    older: int | None


def read(account, user, before=None, moment=None, labels=None):
    """Return a page of the timeline: twenty entries before number ``before``, with the other apps' lines among them.

    With a ``moment`` it has what had happened by then, also what was written down later. ``labels`` are those of the
    client's reasons, where they are known.

    The account was found for ``user``; whoever sees it sees its entries. What people wrote beside them is shown to
    those whom ``rules.can_read_words`` names.
    """
    chain = StatusChange.objects.filter(account=account).select_related("actor", "on_behalf")
    before_at = None
    if before is not None:
        before_at = chain.filter(number=before).values_list("recorded_at", flat=True).first()
        chain = chain.filter(number__lt=before)
    if moment:
        chain = chain.filter(occurred_at__lte=moment)
        before_at = min(filter(None, (before_at, moment + SHORTEST)))
    entries = list(chain.order_by("-number")[: PAGE + 1])
    has_more, entries = len(entries) > PAGE, entries[:PAGE]
    own = tell(account, user, entries, labels)
    told = [(entry.recorded_at, line) for entry, line in zip(entries, own, strict=True)]
    until = entries[-1].recorded_at if has_more else None
    for contribute in registries.timeline.values():
        lines = contribute(account, user, OTHERS, before_at)
        told += [(line.at, line) for line in lines if until is None or line.at >= until]
    told.sort(key=lambda pair: pair[0], reverse=True)
    return Timeline([line for _at, line in told], entries[-1].number if has_more else None)


def read_about(subject, user, before=None):
    """Return a page of what happened to one subject of an account, such as a membership: its entries alone."""
    chain = StatusChange.objects.filter(account=subject.account_id, subject_id=subject.pk)
    if before is not None:
        chain = chain.filter(number__lt=before)
    entries = list(chain.select_related("actor", "on_behalf").order_by("-number")[: PAGE + 1])
    has_more, entries = len(entries) > PAGE, entries[:PAGE]
    return Timeline(tell(subject.account, user, entries), entries[-1].number if has_more else None)


def tell(account, user, entries, labels=None, written=None, corrected=None):
    """Return entries as lines; ``labels`` of reasons and the words ``written`` beside them where they are known.

    ``corrected`` names, by the uid of an entry, the number of the entry that puts it right.
    """
    labels = reasons.labels_for([account.client_id]) if labels is None else labels
    may_read = rules.can_read_words(account, user)
    if written is None:
        # Whoever may not read what others wrote still reads what they wrote themselves.
        readable = [entry.uid for entry in entries if may_read or entry.actor_id == user.pk]
        written = words.read(account, readable) if readable else {}
    missing = _("words erased") if account.erased_at else _("words withheld")
    return [line_of(entry, labels, written, missing, (corrected or {}).get(entry.uid)) for entry in entries]


def line_of(entry, labels, written, missing, corrected=None):
    """Return an entry as a line; ``missing`` says why words that it is bound to are not shown."""
    found = texts_of(entry, written)
    told = wording.of(entry.subject_type, entry.action)
    reason = reasons.label(entry.client_id, entry.reason, labels)
    moved = entry.to_status if entry.to_status != entry.from_status else ""
    details = [
        *telling.told(entry),
        reason if reason != told.label else "",
        missing if None in found else "",
        _("corrected by entry %s") % corrected if corrected else "",
    ]
    return TimelineLine(
        at=entry.occurred_at,
        icon=told.icon,
        title=str(told.label),
        who=who(entry, labels),
        detail=" · ".join(filter(None, details)),
        status=told.status or moved,
        words="\n".join(filter(None, found)),
    )


def who(entry, labels=None):
    """Say who did it, for whom, and when it was written down if that was much later."""
    if entry.actor.is_system and entry.rule:
        name = _("Rule: %s") % reasons.label(entry.client_id, entry.rule, labels or {})
    elif entry.actor.is_system:
        name = str(Origin(entry.origin).label)
    elif entry.on_behalf:
        name = _("%(actor)s for %(other)s") % {"actor": entry.actor, "other": entry.on_behalf}
    else:
        name = str(entry.actor)
    if entry.recorded_at - entry.occurred_at < RECORDED_LATE:
        return name
    day = date_format(timezone.localtime(entry.recorded_at), "j M Y")
    return _("%(name)s, recorded on %(day)s") % {"name": name, "day": day}


def texts_of(entry, written):
    """Return each text that an entry is bound to, ``None`` for one that is not in ``written``."""
    texts = {field: written.get((entry.uid, field)) for field in words.commitments(entry)}
    if entry.action == "change_contact":
        texts = masked(texts)
    return [shown(entry, field, text) for field, text in texts.items()]


def shown(entry, field, text):
    """Return words as whoever may read them sees them: what a customer uses, and the code of an offer, masked."""
    if not text:
        return text
    if field == "evidence":
        return evidence(text)
    if (entry.action, field) == ("add_asset", "identifier"):
        return assets.mask(json.loads(bytes(entry.body))["data"]["kind"], text)
    return masking.mask_ending(text) if (entry.action, field) == ("offer", "code") else text


def masked(texts):
    """Return old and new contact data of a change so that one recognises it, beside the note, which is told whole."""
    found = {}
    for field, declared in personal.sealed_fields(Account).items():
        if field in texts:
            old, new = texts.get(f"{field}_before", ""), texts[field]
            label = capfirst(Account._meta.get_field(field).verbose_name)
            is_known = old is not None and new is not None
            found[field] = f"{label}: {declared.mask(old) or '–'} → {declared.mask(new) or '–'}" if is_known else None
    return found | ({"note": texts["note"]} if "note" in texts else {})


def evidence(text):
    """Return typed evidence, kept as canonical JSON, in one line."""
    return " · ".join(filter(None, json.loads(text).values()))
