"""Letting somebody decide in one's place: dated, one step long, on the client's chain with both names."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import grants, ledger, registries
from accounts.errors import Invalid, Moved, Refused
from accounts.grants import Role
from accounts.models import Client, Delegation
from accounts.models.base import new_id

LONGEST = timedelta(days=92)


def delegate(client, role, taker, *, actor, starts_at, ends_at):
    """Let ``taker`` decide for ``actor`` at ``client`` in a role that ``actor`` was granted, from then until then.

    Raises ``Refused`` for a role that one does not hold oneself, so that nothing is passed on a second time, and
    ``Invalid`` for somebody who cannot stand in, and for days that cannot be.
    """
    role, now = Role(role), timezone.now()
    with ledger.change(Client.objects.get(pk=client.pk), actor=actor) as work:
        if role not in grants.DECIDING_ROLES or role not in grants.load(actor).get(client.pk, ()):
            raise Refused(_("You delegate a role that you were granted yourself, and that decides."))
        refuse_taker(client, role, taker, actor)
        if not (starts_at < ends_at and ends_at > now):
            raise Invalid(_("The end lies after the beginning, and not in the past."), field="ends_on")
        if ends_at - starts_at > LONGEST:
            raise Invalid(_("At most %d days at once.") % LONGEST.days, field="ends_on")
        same = Delegation.objects.not_over(now).filter(client=client, giver=actor, role=role)
        if same.filter(starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
            raise Invalid(_("Somebody decides for you in that time already. End that first."), field="starts_on")
        row = Delegation(id=new_id(), client_id=client.pk, giver=actor, taker=taker, role=role)
        row.starts_at, row.ends_at = starts_at, ends_at
        entry = work.log(taker, "delegate", subject_type="user", reason="role_delegated", data=said(row))
        row.entry = entry.uid
        work.add(row)
    tell_of_change(client)
    return row


def refuse_taker(client, role, taker, giver):
    if taker.person_id == giver.person_id:
        raise Invalid(_("Somebody else stands in for you, not another login of yours."), field="taker")
    if not grants.allows(taker, client.pk, "reveal"):
        raise Invalid(_("%s does not work for this client.") % taker, field="taker")
    held = grants.load(taker).get(client.pk, frozenset())
    if Role.ADMINISTRATOR in held:
        raise Invalid(_("Nobody holds both administration and a deciding role."), field="taker")
    if role in held:
        raise Invalid(_("%s decides in this role already.") % taker, field="taker")


def end(row, *, actor):
    """End a delegation now: the one who gave it, the one who has it, or an administrator of the client."""
    with ledger.change(Client.objects.get(pk=row.client_id), actor=actor) as work:
        fresh = Delegation.objects.select_for_update().select_related("giver", "taker").get(pk=row.pk)
        if not may_end(fresh, actor):
            raise Refused(_("This is between the two of them, and for an administrator to end."))
        if fresh.ended_at or fresh.ends_at <= work.now:
            raise Moved(_("This is over already."))
        fresh.ended_at, fresh.ended_by = work.now, actor
        fresh.save(update_fields=["ended_at", "ended_by"])
        work.log(fresh.taker, "end_delegation", subject_type="user", reason="delegation_ended", data=said(fresh))
    tell_of_change(work.chain)
    return fresh


def may_end(row, user):
    mine = user.person_id in (row.giver.person_id, row.taker.person_id)
    return mine or grants.allows(user, row.client_id, "grant")


def said(row):
    return {
        "delegation": str(row.pk),
        "giver": str(row.giver_id),
        "taker": str(row.taker_id),
        "role": str(row.role),
        "from": row.starts_at.isoformat(),
        "until": row.ends_at.isoformat(),
    }


def tell_of_change(client):
    for look in registries.staff_changed.values():
        look(client)
