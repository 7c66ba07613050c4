"""Who works with the demo's clients. All of them are invented and share one password."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.grants import Role
from accounts.models import Person, User
from accounts.services import roles, staff

PASSWORD = "reinstate-demo"  # noqa: S105 - for the demo alone, which is on this machine alone

CODES = NORDTEL, LANTERN = "nordtel", "lantern"
AGENT, SUPERVISOR, COMPLIANCE = Role.AGENT, Role.SUPERVISOR, Role.COMPLIANCE
AUDITOR, CONTACT, ADMINISTRATOR = Role.AUDITOR, Role.CONTACT, Role.ADMINISTRATOR

STAFF = (
    # username, name, language, time zone, (client, role) ...
    ("anna", "Anna Berger", "en", "Europe/Berlin", (NORDTEL, AGENT)),
    ("ben", "Ben Okafor", "de", "Europe/Berlin", (NORDTEL, AGENT)),
    ("clara", "Clara Weiss", "en", "Europe/Berlin", (NORDTEL, SUPERVISOR)),
    ("david", "David Lindqvist", "en", "Europe/London", (NORDTEL, SUPERVISOR), (LANTERN, SUPERVISOR)),
    ("anna2", "Anna Berger", "en", "Europe/Berlin", (NORDTEL, SUPERVISOR)),
    ("elif", "Elif Aydın", "en", "Europe/Istanbul", (NORDTEL, COMPLIANCE), (LANTERN, COMPLIANCE)),
    ("farid", "Farid Benali", "fr", "Europe/Paris", (NORDTEL, AUDITOR), (LANTERN, AUDITOR)),
    ("greta", "Greta Sommer", "de", "Europe/Berlin", (NORDTEL, CONTACT)),
    ("hugo", "Hugo Ibáñez", "es", "Europe/Madrid", (NORDTEL, ADMINISTRATOR), (LANTERN, ADMINISTRATOR)),
    ("ivy", "Ivy Thornton", "en", "Europe/London", (LANTERN, AGENT)),
    ("jack", "Jack Merrow", "en", "Europe/London", (LANTERN, SUPERVISOR)),
    ("kira", "Kira Vance", "en", "America/New_York", (LANTERN, COMPLIANCE)),
)
# A second login of the person who has the first.
SECOND_LOGINS = {"anna2": "anna"}


@dataclass(frozen=True)
class Cast:
    """The demo's logins by username."""

    system: User
    users: dict[str, User]

    def __getitem__(self, username):
        return self.users[username]

    @property
    def agents(self):
        return self["anna"], self["ben"]


def hire(clients):
    """Make the logins that are missing, with their roles; a login that is there keeps what it has meanwhile."""
    system = staff.ensure_system_user()
    known = {user.username: user for user in User.objects.filter(username__in=[row[0] for row in STAFF])}
    password = None if len(known) == len(STAFF) else make_password(PASSWORD)
    for username, name, language, time_zone, *held in STAFF:
        if username not in known:
            with transaction.atomic():
                first = known.get(SECOND_LOGINS.get(username, ""))
                given, _sep, family = name.partition(" ")
                known[username] = user = User.objects.create(
                    username=username,
                    password=password,
                    person=first.person if first else Person.objects.create(name=name),
                    first_name=given,
                    last_name=f"{family} (2)" if first else family,
                    email=f"{username}@example.com",
                    language=language,
                    time_zone=time_zone,
                    is_staff=any(role == ADMINISTRATOR for _client, role in held),
                )
                for code, role in held:
                    roles.grant(user, clients[code], role, actor=system)
    return Cast(system, known)


def pairs():
    """Return (login, what this person does) of everybody."""
    return [
        (username, ", ".join(f"{role.label} ({code})" for code, role in held))
        for username, _name, _language, _time_zone, *held in STAFF
    ]


def logins():
    """Return the lines of a table: who signs in with which name, and what they do."""
    names = {username: name for username, name, *_rest in STAFF}
    rows = [(username, names[username], what) for username, what in pairs()]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    table = [f"  {row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}" for row in rows]
    return [f"  All sign in with the password {PASSWORD}", "", *table]
