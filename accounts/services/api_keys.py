"""Keys for programs: issued by their owner for one client, shown once, on the client's chain, ended at once."""

import hashlib
import secrets
from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import grants, ledger
from accounts.errors import Invalid, Moved, Refused
from accounts.models import ApiKey, Client
from accounts.models.api_key import ApiKeyQuerySet
from accounts.models.base import new_id

PREFIX = "reinstate_"
"""By it scanners of source code know that a secret was left lying about."""
HINT = len(PREFIX) + 2
LONGEST = timedelta(days=366)
MOST = 10
"""Live keys that one login may hold at one client."""


def issue(client, *, actor, name, scope, ends_at):
    """Issue a key that does at ``client`` what ``actor`` may do there; return it with its secret, which is not kept.

    The secret is 256 random bits, so that its SHA-256 needs no salt. Raises ``Refused`` for whoever holds no role at
    the client, and ``Invalid`` for an end that cannot be.
    """
    secret = PREFIX + secrets.token_urlsafe(32)
    with ledger.change(Client.objects.get(pk=client.pk), actor=actor) as work:
        if not grants.load(actor).get(client.pk):
            raise Refused(_("You hold no role at this client, so a key would open nothing."))
        if not name.strip():
            raise Invalid(_("Give the key a name by which you know it again."), field="name")
        if not work.now < ends_at <= work.now + LONGEST:
            raise Invalid(_("A key is valid for %d days at most.") % LONGEST.days, field="ends_on")
        if ApiKey.objects.live(work.now).filter(client=client, user=actor).count() >= MOST:
            raise Invalid(_("You hold %d keys here already. End one that you do not use.") % MOST, field="name")
        key = ApiKey(id=new_id(), client_id=client.pk, user=actor, name=name.strip(), scope=ApiKey.Scope(scope))
        key.sha256, key.hint = digest(secret), secret[:HINT]
        key.issued_at, key.ends_at = work.now, ends_at
        key.entry = work.log(actor, "issue_key", subject_type="user", reason="key_issued", data=said(key)).uid
        work.add(key)
    return key, secret


def digest(secret):
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def end(key, *, actor):
    """End a key at once: its owner with any of their logins, or an administrator of the client.

    Raises ``Refused`` for anybody else and ``Moved`` where it is over.
    """
    with ledger.change(Client.objects.get(pk=key.client_id), actor=actor) as work:
        fresh = ApiKey.objects.select_for_update().select_related("user").get(pk=key.pk)
        if not may_end(fresh, actor):
            raise Refused(_("A key is ended by its owner, or by an administrator of the client."))
        if not fresh.is_live(work.now):
            raise Moved(_("This key is over already."))
        fresh.ended_at, fresh.ended_by = work.now, actor
        fresh.save(update_fields=["ended_at", "ended_by"])
        work.log(fresh.user, "end_key", subject_type="user", reason="key_ended", data=said(fresh))
    return fresh


def said(key):
    return {"key": str(key.pk), "scope": str(key.scope), "until": key.ends_at.isoformat()}


def may_end(key, user):
    return key.user.person_id == user.person_id or grants.allows(user, key.client_id, "grant")


def visible(user):
    """Return the keys that somebody may see: their own, and all of the clients whose roles they grant."""
    rows = ApiKey.objects.of_clients(list(grants.of(user)))
    return rows.filter(models.Q(user__person=user.person_id) | models.Q(client__in=grants.client_ids(user, "grant")))


def find(secret):
    """Return the live key of a secret with its owner, narrowed to what the key opens; ``None`` where there is none.

    Its owner holds roles at the key's client alone, those of this moment: a role that was ended, or a training that ran
    out, closes the key too. That it was used is kept, by the day.
    """
    now = timezone.now()
    # Who asks is found before there is a scope: the key says what the scope is.
    rows = ApiKeyQuerySet(ApiKey).live(now).filter(client__is_active=True, user__is_active=True)
    key = rows.select_related("user", "client").filter(sha256=digest(secret)).first()
    if key is None:
        return None
    key.user._grants = grants.load(key.user).only(key.client_id)
    if key.used_on != now.date():
        ApiKeyQuerySet(ApiKey).live(now).filter(pk=key.pk).update(used_on=now.date())
    return key
