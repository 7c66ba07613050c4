"""A client's own statuses of its memberships: told by the rules of dates, set by hand until a day, and listed by."""

from collections import defaultdict
from datetime import timedelta

from django.db.models import Case, CharField, DateField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts import status_rules, terms, zones
from accounts.errors import Invalid, Moved
from accounts.models import ReasonCode, StatusOverride, StatusRule
from accounts.services.memberships.changing import changing
from accounts.zones import zone

NOBODY = Q(pk__in=[])
LONGEST = timedelta(days=366)


def rules_of(client_id):
    return StatusRule.objects.by_client([client_id]).get(client_id, [])


def names(rules_by_client):
    """Return the own statuses of ``StatusRuleQuerySet.by_client``, each once, in the order of their weight."""
    return list(dict.fromkeys(rule.name for rules in rules_by_client.values() for rule in rules))


def last(membership):
    """Return what was set by hand last, or ``None``."""
    return StatusOverride.objects.filter(membership=membership).first()


def of(membership, facts, day, rules):
    """Return the own status of one membership on a local day of which ``facts`` are true, and until when by hand.

    It is ``(name, last day or None)``, by its client's ``rules``; the name is "" where none of them fits.
    """
    if not rules:
        return "", None
    set_by_hand = last(membership)
    by_hand = set_by_hand.by_hand() if set_by_hand else None
    name = status_rules.named(rules, facts.status, dates_of(membership.starts_on, facts), day, by_hand)
    return name, by_hand.until if by_hand and by_hand.holds(day) else None


def dates_of(starts_on, facts):
    return {
        status_rules.JOINED: starts_on,
        status_rules.TERM_STARTS: facts.term_starts_on,
        status_rules.TERM_ENDS: facts.ends_on,
        status_rules.TRIAL_ENDS: facts.trial_ends_on,
    }


def override_status(membership, *, actor, name, until=None, reason, initiator, note="", **kwargs):
    """Set the own status of a membership by hand until a local day, both counted; "" lets the rules say it again.

    Raises ``Invalid`` for a status that the client does not have and for a day that has passed, ``Moved`` where nothing
    is set that could be taken back.
    """
    use = ReasonCode.Use.OWN_STATUS
    with changing(membership, actor=actor, use=use, reason=reason, initiator=initiator, **kwargs) as life:
        if name and name not in {rule.name for rule in rules_of(membership.client_id)}:
            raise Invalid(_("The client has no such status."), field="name")
        if name and (until is None or until < life.today):
            raise Invalid(_("Name a last day that has not passed."), field="until")
        if until and until > life.today + LONGEST:
            raise Invalid(_("At most a year ahead; after that somebody looks again."), field="until")
        before = last(life.membership)
        if not name and not (before and before.by_hand().holds(life.today)):
            raise Moved(_("Nothing is set by hand; the rules of the client say its status."))
        until = until if name else None
        if name and before and before.by_hand() == status_rules.ByHand(name, until):
            raise Moved(_("It is set like this already."))
        data = {"own_status": name, "until": until.isoformat() if until else None}
        entry = life.put("override_status", life.facts, reason=reason, note=note, data=data)
        life.work.add(
            StatusOverride(
                client_id=life.work.client_id,
                account=life.work.account,
                membership=life.membership,
                name=name,
                until=until,
                entry=entry.uid,
            )
        )
        return entry


def annotate(rows):
    """Add to memberships what was set by hand last: ``by_hand`` and ``by_hand_until``."""
    newest = StatusOverride.objects.filter(membership=OuterRef("pk")).order_by("-id")
    return rows.annotate(
        by_hand=Coalesce(Subquery(newest.values("name")[:1]), Value(""), output_field=CharField()),
        by_hand_until=Subquery(newest.values("until")[:1]),
    )


def told(row, rules, now):
    """Return the own status of a membership of ``annotate``, with its ``status_then``, by its client's ``rules``."""
    values = (getattr(row, name) for name in (*status_rules.COLUMNS.values(), "by_hand", "by_hand_until"))
    return tell_values(rules, now, row.status_then, row.account.time_zone, *values)


def narrowed(rows, name, rules_by_client, now):
    """Return of ``annotate`` and ``status_then`` those memberships whose own status has this name at this moment."""
    wanted = NOBODY
    today = local_day_before(now, 0)
    is_set = ~Q(by_hand="") & Q(by_hand_until__gte=today)
    for client_id, rules in rules_by_client.items():
        wanted |= Q(client=client_id) & by_rules(rules, name, now)
    return rows.filter(is_set & Q(by_hand=name) | ~is_set & wanted)


def by_rules(rules, name, now):
    """Return the condition that the first rule which holds has this name."""
    found, earlier = NOBODY, NOBODY
    for rule in rules:
        holds = condition(rule, now)
        if rule.name == name:
            found |= holds & ~earlier
        earlier |= holds
    return found


def condition(rule, now):
    """Return ``Rule.holds`` as a condition on rows: an event lies so many days before the local day, or less."""
    found = Q(status_then__in=rule.statuses) if rule.statuses else Q()
    if rule.starts:
        found &= Q(**{f"{status_rules.COLUMNS[rule.starts]}__lte": local_day_before(now, rule.starts_days)})
    if rule.ends:
        found &= Q(**{f"{status_rules.COLUMNS[rule.ends]}__gte": local_day_before(now, rule.ends_days)})
    return found


def local_day_before(now, days):
    """Return, as an expression over memberships, the day so many days before today where the customer is."""
    by_day = defaultdict(list)
    for name in zones.names():
        by_day[terms.local_day(now, zone(name))].append(name)
    otherwise = terms.local_day(now, zone("UTC"))
    whens = [
        When(account__time_zone__in=found, then=Value(day - timedelta(days=days), DateField()))
        for day, found in by_day.items()
        if day != otherwise
    ]
    return Case(*whens, default=Value(otherwise - timedelta(days=days), DateField()), output_field=DateField())


def export_columns():
    """Return the names of what ``told`` reads of a row, for a file: the same rule over plain values."""
    return (
        "client_id",
        "status_then",
        "account__time_zone",
        *status_rules.COLUMNS.values(),
        "by_hand",
        "by_hand_until",
    )


def tell_values(rules, now, status, time_zone, *values):
    """Return the own status of one row of a file, by the values of ``export_columns`` after its client."""
    *days, by_hand, until = values
    dates = dict(zip(status_rules.COLUMNS, days, strict=True))
    day = terms.local_day(now, zone(time_zone))
    return status_rules.named(rules, status, dates, day, status_rules.ByHand(by_hand, until))
