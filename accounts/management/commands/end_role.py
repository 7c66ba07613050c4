from accounts.management.roles import RoleCommand
from accounts.services import roles


class Command(RoleCommand):
    help = "End a role that a login holds at a client."

    def change(self, user, client, role, actor, **options):
        roles.end(user, client, role, actor=actor)
        return f"{user.username} is not {role.value} at {client.code} any more."
