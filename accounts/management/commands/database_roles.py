"""What an application that does not own its tables may do with them: no more than its services do."""

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from accounts.ledger import guards


class Command(BaseCommand):
    help = """Print the GRANTs for the database role that the application signs in with. It must exist and must not own
    the tables; migrations run as their owner. With --apply they are executed."""

    def add_arguments(self, parser):
        parser.add_argument("role", help="the application's database role")
        parser.add_argument("--apply", action="store_true", help="execute the statements, all or none")

    def handle(self, *, role, apply, **options):
        if connection.vendor != "postgresql":
            raise CommandError("Database roles are PostgreSQL's. On SQLite whoever has the file has everything in it.")
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = %s", [role])
            found = cursor.fetchone()
            if found is None:
                raise CommandError(f"There is no role {role!r}. Make it first: CREATE ROLE ... LOGIN PASSWORD ...")
            cursor.execute(
                "SELECT tableowner FROM pg_tables WHERE schemaname = current_schema() AND tableowner = %s", [role]
            )
            if found[0] or cursor.fetchone():
                raise CommandError(f"{role!r} is a superuser or owns tables, so no GRANT binds it. Use another role.")
            cursor.execute("SELECT current_schema()")
            statements = grants(role, cursor.fetchone()[0])
            for statement in statements:
                self.stdout.write(f"{statement};")
            if apply:
                with transaction.atomic():
                    for statement in statements:
                        cursor.execute(statement)
                self.stderr.write("Done.")


def grants(role, schema):
    """Return the statements that take everything from ``role`` in the schema and give it what it needs."""
    quote = connection.ops.quote_name
    inside, name = quote(schema), quote(role)
    found = [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {inside} FROM PUBLIC, {name}",
        f"REVOKE CREATE ON SCHEMA {inside} FROM PUBLIC, {name}",
        f"GRANT USAGE ON SCHEMA {inside} TO {name}",
        f"GRANT SELECT ON {inside}.{quote(MigrationRecorder.Migration._meta.db_table)} TO {name}",
    ]
    for table, rights in sorted(rights_by_table().items()):
        found.append(f"GRANT {', '.join(rights)} ON {inside}.{quote(table)} TO {name}")
    return found


def rights_by_table():
    """Return ``{table: rights}``: what the guards always refuse is not granted either, nor is changing history."""
    refused = {(guard.table, guard.event) for guard in guards.expected("postgresql") if guard.condition == "TRUE"}
    found = {}
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if model._meta.managed and not model._meta.proxy:
            is_history = hasattr(model, "history_type")
            found[table] = ["SELECT", "INSERT"] + [
                right for right in ("UPDATE", "DELETE") if not is_history and (table, right) not in refused
            ]
    return found
