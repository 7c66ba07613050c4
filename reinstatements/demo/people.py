"""Who works with the demo's clients. All of them are invented and share one password."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.grants import Role
from accounts.models import Person, User
from accounts.services import roles, staff

PASSWORD = "reinstate-demo"  # noqa: S105 - for the demo alone, which is on this machine alone

CODES = NORDTEL, LANTERN, FAROLIA, TALLYHARBOR, BRISEVENT = "nordtel", "lantern", "farolia", "tallyharbor", "brisevent"
AGENT, SUPERVISOR, COMPLIANCE = Role.AGENT, Role.SUPERVISOR, Role.COMPLIANCE
AUDITOR, CONTACT, ADMINISTRATOR = Role.AUDITOR, Role.CONTACT, Role.ADMINISTRATOR
NEWER = FAROLIA, TALLYHARBOR, BRISEVENT


def at(role, *codes):
    return tuple((code, role) for code in codes)


STAFF = (
    # username, name, language, time zone, (client, role) ...
    ("anna", "Anna Berger", "en", "Europe/Berlin", (NORDTEL, AGENT)),
    ("ben", "Ben Okafor", "de", "Europe/Berlin", (NORDTEL, AGENT)),
    ("clara", "Clara Weiss", "en", "Europe/Berlin", (NORDTEL, SUPERVISOR)),
    ("david", "David Lindqvist", "en", "Europe/London", *at(SUPERVISOR, NORDTEL, LANTERN, FAROLIA)),
    ("anna2", "Anna Berger", "en", "Europe/Berlin", (NORDTEL, SUPERVISOR)),
    ("elif", "Elif Aydın", "en", "Europe/Istanbul", *at(COMPLIANCE, *CODES)),
    ("farid", "Farid Benali", "fr", "Europe/Paris", *at(AUDITOR, *CODES)),
    ("greta", "Greta Sommer", "de", "Europe/Berlin", (NORDTEL, CONTACT)),
    ("hugo", "Hugo Ibáñez", "es", "Europe/Madrid", *at(ADMINISTRATOR, *CODES)),
    ("ivy", "Ivy Thornton", "en", "Europe/London", (LANTERN, AGENT)),
    ("jack", "Jack Merrow", "en", "Europe/London", (LANTERN, SUPERVISOR)),
    ("kira", "Kira Vance", "en", "America/New_York", (LANTERN, COMPLIANCE)),
    ("marta", "Marta Ríos", "en", "Europe/Madrid", (FAROLIA, AGENT)),
    ("leo", "Leo Hart", "en", "America/Chicago", (TALLYHARBOR, AGENT)),
    ("claire", "Claire Aubry", "en", "Europe/Paris", (BRISEVENT, AGENT)),
    ("omar", "Omar Said", "en", "Europe/Paris", *at(AGENT, *NEWER)),
    ("nadia", "Nadia Haddad", "en", "Europe/Madrid", *at(SUPERVISOR, *NEWER)),
)
# Who did the steps in the bank's log. Its user-6 is the customer, who uploads what was missing, and so has no login.
FORMER = {
    "user-1": SUPERVISOR,
    "user-2": AGENT,
    "user-3": AGENT,
    "user-4": AGENT,
    "user-5": SUPERVISOR,
    "user-7": SUPERVISOR,
    "user-8": COMPLIANCE,
    "user-9": AGENT,
    "user-10": AGENT,
    "user-11": SUPERVISOR,
}
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
    """Make the logins that are missing, with their roles; a login that is there keeps what it has meanwhile.

    Beside them stand the bank's people of former days, whose names are all that its log knows. They cannot sign in.
    """
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
    return Cast(system, known | former_colleagues(clients[LANTERN], system))


def former_colleagues(bank, system):
    known = {user.username: user for user in User.objects.filter(username__in=FORMER)}
    for username, role in FORMER.items():
        if username not in known:
            with transaction.atomic():
                known[username] = User.objects.create(
                    username=username,
                    password=make_password(None),
                    person=Person.objects.create(name=username),
                    time_zone=bank.time_zone,
                )
                roles.grant(known[username], bank, role, actor=system)
    return known


def pairs():
    """Return (login, what this person does) of everybody."""
    return [(username, said(held)) for username, _name, _language, _time_zone, *held in STAFF]


def said(held):
    """Say which role is held where: "Agent (nordtel, lantern)"."""
    codes: dict[Role, list[str]] = {}
    for code, role in held:
        codes.setdefault(role, []).append(code)
    return ", ".join(
        f"{role.label} ({'all five' if len(at_) == len(CODES) else ', '.join(at_)})" for role, at_ in codes.items()
    )


def logins():
    """Return the lines of a table: who signs in with which name, and what they do."""
    names = {username: name for username, name, *_rest in STAFF}
    rows = [(username, names[username], what) for username, what in pairs()]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    table = [f"  {row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}" for row in rows]
    return [f"  All sign in with the password {PASSWORD}", "", *table]
