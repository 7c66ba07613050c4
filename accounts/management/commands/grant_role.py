from datetime import date

from accounts.management.roles import RoleCommand, end_of
from accounts.services import roles


class Command(RoleCommand):
    help = "Give a login a role at a client. The first administrator is made with it; later ones use the staff page."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--until", type=date.fromisoformat, help="the last day, YYYY-MM-DD, in UTC")

    def change(self, user, client, role, actor, *, until=None, **options):
        roles.grant(user, client, role, actor=actor, ends_at=end_of(until) if until else None)
        return f"{user.username} is {role.value} at {client.code} now."
