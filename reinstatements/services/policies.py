"""A new version of a policy: one person proposes it, another puts it in force on a day or turns it down."""

from contextlib import contextmanager
from datetime import datetime, time
from typing import Any

from django.utils.translation import gettext as _

from accounts import ledger
from accounts.canonical import timestamp
from accounts.errors import Invalid, Moved, Refused
from accounts.facts import digest
from accounts.models import Client
from accounts.zones import zone
from reinstatements import rules as who
from reinstatements.models import Policy
from reinstatements.models.request import Kind
from reinstatements.policies import documents


def propose(client, kind, rules: dict[str, Any], *, actor, note):
    """Put a new version of a client's policy for a kind of case on record; it holds for no case yet.

    ``rules`` is the whole document (``policies.documents``), ``note`` says what changes and why. Raises ``Refused`` for
    whoever does not administer the client, and ``Invalid`` for a document that no case could go by.
    """
    kind, note = Kind(kind), note.strip()
    with ledger.change(Client.objects.get(pk=client.pk), actor=actor) as work:
        if not who.can_propose(client, actor):
            raise Refused(_("You do not administer this client."))
        if not note:
            raise Invalid(_("Say what changes, and why."), field="note")
        documents.check(rules, kind)
        latest = Policy.objects.filter(client=client.pk, kind=kind).order_by("-version").first()
        if latest and latest.rules == rules:
            raise Invalid(_("This is what version %d says already.") % latest.version)
        policy = Policy(
            client_id=client.pk,
            kind=str(kind),
            version=latest.version + 1 if latest else 1,
            rules=rules,
            note=note,
            proposed_by=actor,
            proposed_at=work.now,
        )
        entry = work.log(
            policy,
            "propose",
            subject_type="policy",
            reason="policy_proposed",
            data={"kind": str(kind), "version": policy.version, "rules_sha256": digest(rules)},
        )
        policy.proposed_entry = entry.uid
        work.add(policy, history="propose")
    return policy


def put_in_force(policy, *, actor, on=None):
    """Let cases that are opened from the day ``on`` go by this version, from now on where no day is given.

    The day begins at midnight where the client is. Cases that are open stay under the version that they have. Raises
    ``Refused`` for whoever may not or proposed it, ``Moved`` where it was decided before, ``Invalid`` for a day that
    has passed.
    """
    with deciding(policy, actor) as (work, policy):
        in_force_from = work.now if on is None else beginning(on, policy.client, work.now)
        decide(work, policy, "put_in_force", in_force_from)
    return policy


def turn_down(policy, *, actor):
    """Say that this version will not be put in force. Who proposed it may take it back so."""
    with deciding(policy, actor, may=who.can_turn_down) as (work, policy):
        decide(work, policy, "turn_down", None)
    return policy


@contextmanager
def deciding(policy, actor, may=who.can_put_in_force):
    """Lock the client's chain, then the version, and yield ``(work, policy)`` once ``actor`` surely may decide it."""
    with ledger.change(Client.objects.get(pk=policy.client_id), actor=actor) as work:
        rows = Policy.objects.select_for_update(of=("self",)).select_related("proposed_by", "client")
        policy = work.track(rows.get(pk=policy.pk, client=work.client_id))
        if not may(policy, actor):
            if who.is_own_proposal(policy, actor):
                raise Refused(_("You proposed this version; somebody else puts it in force."))
            raise Refused(_("You do not put policies in force at this client."))
        if not policy.is_waiting:
            raise Moved(_("Somebody else has decided this version already."))
        yield work, policy


def decide(work, policy, action, in_force_from):
    entry = work.log(
        policy,
        action,
        subject_type="policy",
        reason="policy_checked",
        data={"kind": policy.kind, "version": policy.version, "rules_sha256": digest(policy.rules)}
        | ({"in_force_from": timestamp(in_force_from)} if in_force_from else {}),
    )
    policy.decided_by, policy.decided_at, policy.decided_entry = work.actor, work.now, entry.uid
    policy.in_force_from = in_force_from
    work.save(policy, action)


def beginning(day, client, now):
    """Return when a day begins where the client is. Today begins now: what was opened earlier today stays as it is."""
    here = zone(client.time_zone)
    today = now.astimezone(here).date()
    if day < today:
        raise Invalid(_("This day has passed. A policy holds from today on or later."), field="on")
    return now if day == today else datetime.combine(day, time(), here)
