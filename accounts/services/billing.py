"""What became of a billing instruction: acknowledged by the client's system, refused, not answered, settled by people.

Each is an entry of the account's own chain about the membership, caused by the entry that the instruction tells of.
"""

import hashlib
from contextlib import contextmanager

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import grants, ledger, rules
from accounts.errors import Invalid, Refused
from accounts.models import Origin, User
from accounts.services import shifts

UNSETTLED = "billing.unsettled"
RULE = "billing_watched"
SETTLED = [
    ("charged_by_hand", gettext_lazy("Put right in the billing system by hand")),
    ("not_to_be_charged", gettext_lazy("Nothing is to be charged")),
    ("told_elsewhere", gettext_lazy("Acknowledged on another way")),
]
LABELS = dict(SETTLED) | {
    "acknowledged": gettext_lazy("Acknowledged by the client's system"),
    "no_acknowledgement": gettext_lazy("No acknowledgement in time"),
}


def acknowledge(membership, entry, *, reference):
    """Put it on record that the client's billing has done what it was told."""
    with changing(membership, origin=Origin.CLIENT_SYSTEM) as (work, membership):
        return log(work, membership, "acknowledge_billing", "acknowledged", entry, reference)


def refuse(membership, entry, *, reference, reason):
    """Put it on record that the client's billing refuses what it was told; supervisors are told."""
    with changing(membership, origin=Origin.CLIENT_SYSTEM) as (work, membership):
        refused = log(work, membership, "refuse_billing", reason, entry, reference)
        tell(work, membership, refused)
        return refused


def miss(membership, entry):
    """Put it on record that the client's billing has not answered in time; supervisors are told."""
    with changing(membership, rule=RULE) as (work, membership):
        missed = log(work, membership, "miss_billing", "no_acknowledgement", entry)
        tell(work, membership, missed)
        return missed


def settle(membership, entry, *, actor, reason, note):
    """Put it on record that somebody has looked after a billing instruction that was refused or not answered.

    Raises ``Invalid`` for a reason that is not offered or no words, ``Refused`` for whoever leads no team here.
    """
    if reason not in dict(SETTLED):
        raise Invalid(_("Choose a reason from the list."), field="reason")
    if not note.strip():
        raise Invalid(_("Say in words what was done."), field="note")
    with ledger.change(membership.account, actor=actor) as work:
        if not rules.can_settle_billing(membership, actor):
            raise Refused(_("You do not lead a team of this client."))
        return log(work, work.lock(membership), "settle_billing", reason, entry, note=note.strip())


@contextmanager
def changing(membership, **more):
    """Open a change of a membership's account by the login of rules, for what a system or a job tells."""
    with ledger.change(membership.account, actor=User.objects.system(), **more) as work:
        yield work, work.lock(membership)


def log(work, membership, action, reason, entry, reference="", note=""):
    data = {"reference_sha256": hashlib.sha256(reference.encode()).hexdigest()} if reference else None
    return work.log(membership, action, reason=reason, caused_by=entry, data=data, note=note)


def tell(work, membership, entry):
    """Leave word for the supervisors on shift, or for whoever is next if nobody is."""
    roles = [grants.Role.SUPERVISOR]
    people = shifts.who_is_on(membership.client, roles)
    if not people and (following := shifts.who_is_next(membership.client, roles)):
        people = [following[0]]
    if people:
        keys = [str(user.pk) for user in people]
        work.emit(UNSETTLED, entry, membership=str(membership.pk), people=keys, reason=entry.reason)
