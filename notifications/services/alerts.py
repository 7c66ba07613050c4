"""Alerts to staff: who at a client hears of which event, beside the people whom a case itself calls for."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import registries
from accounts.errors import Invalid
from accounts.grants import Role
from accounts.models import Account, Client
from accounts.services import configuration, shifts
from notifications.models import AlertSettings, Event, StaffNotice
from notifications.services import staff_notices

ON_SHIFT = "supervisors_on_shift"
GROUPS = {
    ON_SHIFT: gettext_lazy("Supervisors on shift"),
    **{role.value: role.label for role in (Role.AGENT, Role.SUPERVISOR, Role.COMPLIANCE, Role.AUDITOR, Role.CONTACT)},
}
ALWAYS_TOLD = frozenset(
    {Event.CONTACT_CHANGED, Event.CONTACT_CHANGED_BEFORE, Event.MEMBER_ASKED, Event.MEMBER_REMINDED}
)
"""A changed address is confirmed to whoever had it, and what is asked for waits for an answer: both are always told."""
EVENTS = dict(Event.choices)
KIND = "alert"


def settings_of(client_id):
    return AlertSettings.objects.filter(client=client_id).first()


def is_unsaid(client_id, name):
    """Tell whether the client's members are not told of an event."""
    found = settings_of(client_id)
    return bool(found and name in found.unsaid and name not in ALWAYS_TOLD)


def save(client, *, actor, unsaid, staff):
    """Say who hears of what at a client; on record with what it was. Raises ``Invalid`` and ``Refused``."""
    staff = {name: sorted(set(groups)) for name, groups in sorted(staff.items()) if groups}
    known = set(unsaid) | set(staff) <= set(EVENTS) and {group for each in staff.values() for group in each} <= set(
        GROUPS
    )
    if not known or set(unsaid) & ALWAYS_TOLD:
        raise Invalid(_("Choose from what is listed."))
    with transaction.atomic():
        Client.objects.select_for_update().get(pk=client.pk)
        row = settings_of(client.pk) or AlertSettings(client=client)
        before = (row.unsaid, row.staff)
        row.unsaid, row.staff = sorted(set(unsaid)), staff
        changed = [name for name, old in zip(("unsaid", "staff"), before, strict=True) if old != getattr(row, name)]
        if changed:
            configuration.save(row, changed, actor=actor)
    return row


def people(client, groups):
    """Return the logins of these groups, each once, by name of login."""
    found = {}
    for group in groups:
        held = shifts.who_is_on(client, [Role.SUPERVISOR]) if group == ON_SHIFT else shifts.holders(client.pk, [group])
        found |= {user.pk: user for user in held if user.has_usable_password()}
    return sorted(found.values(), key=lambda user: user.username)


def prepare(event):
    """Write one notice for each person of the groups that hear of this event."""
    found = settings_of(event.client_id) if event.name in EVENTS and event.account_id else None
    groups = found.staff.get(event.name, []) if found else []
    for user in people(event.account.client, groups) if groups else ():
        notice = StaffNotice(
            client_id=event.client_id,
            user=user,
            account=event.account,
            about_case=event.payload.get("case"),
            event=event.pk,
            event_name=KIND,
            entry=event.entry,
            payload={"event": event.name, "account": str(event.account_id)},
        )
        staff_notices.when(notice)
        notice.save(force_insert=True)


def words(payload, client, user):
    """Return subject and text of an alert: what happened to which account, by its number, and where to look."""
    account = Account.objects.get(pk=payload["account"])
    said = {
        "what": EVENTS.get(payload["event"], payload["event"]),
        "account": account.number,
        "client": client.name,
        "url": settings.BASE_URL + account.get_absolute_url(),
    }
    return _("%(what)s: account %(account)s, %(client)s") % said, said["url"] + "\n"


registries.staff_events.register(KIND, registries.StaffEvent(words, lambda payload: False))
