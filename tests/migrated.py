"""A test database begins as a copy of one that was migrated before: a quarter of a minute less, each time.

The copy is kept for one set of migrations and one lock, beside other temporary files or on the PostgreSQL server.
``migrate`` still runs over it, finds nothing to do, and puts permissions and guards in place.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import django
from django.conf import settings
from django.db import connection
from django.db.backends.base.creation import BaseDatabaseCreation
from django.db.backends.postgresql.creation import DatabaseCreation as PostgreSQL
from django.db.backends.sqlite3.creation import DatabaseCreation as SQLite

PREFIX = "reinstate_migrated_"
KEPT = 8
"""How many copies a PostgreSQL server keeps, the newest, for as many branches with migrations of their own."""
MAKING = "reinstate_migrating"
"""What a database is called while nothing else than its copy is wanted: not what tests call their own."""


def key():
    files = [settings.BASE_DIR / "requirements.lock", *sorted(settings.BASE_DIR.glob("*/migrations/*.py"))]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:16]


def name():
    return f"{PREFIX}{key()}"


def file():
    return Path(tempfile.gettempdir(), f"{name()}.sqlite3")


@contextmanager
def alone(vendor):
    """Let one process at a time make a database: the others then copy what it has made."""
    with Path(tempfile.gettempdir(), f"{name()}.{vendor}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install():
    """Let both databases be created from a copy, and keep one where there is none."""
    create, sqlite, suffix = (
        BaseDatabaseCreation.create_test_db,
        SQLite._create_test_db,
        PostgreSQL._get_database_create_suffix,
    )

    def create_test_db(self, *args, **options):
        with alone(self.connection.vendor):
            made = create(self, *args, **options)
            (keep_file if self.connection.vendor == "sqlite" else keep_database)(self)
        return made

    def copied(self, *args, **options):
        made = sqlite(self, *args, **options)
        if file().exists() and not self.is_in_memory_db(made):
            shutil.copyfile(file(), made)
        return made

    def from_template(self, encoding=None, template=None):
        with self._nodb_cursor() as cursor:
            found = name() if self._database_exists(cursor, name()) else template
        return suffix(self, encoding=encoding, template=found)

    BaseDatabaseCreation.create_test_db = create_test_db
    SQLite._create_test_db = copied
    PostgreSQL._get_database_create_suffix = from_template


def is_kept(creation):
    """Tell whether there is a copy for these migrations already."""
    if creation.connection.vendor == "sqlite":
        return file().exists()
    with creation._nodb_cursor() as cursor:
        return creation._database_exists(cursor, name())


def keep_file(creation):
    if is_kept(creation) or creation.is_in_memory_db(creation.connection.settings_dict["NAME"]):
        return
    with tempfile.TemporaryDirectory(dir=file().parent) as folder:
        whole = Path(folder, "whole.sqlite3")
        with creation.connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(whole)])
        whole.rename(file())


def keep_database(creation):
    made = creation.connection.settings_dict["NAME"]
    creation.connection.close()
    with creation._nodb_cursor() as cursor:
        if creation._database_exists(cursor, name()):
            return
        cursor.execute(f'CREATE DATABASE "{name()}" TEMPLATE "{made}"')
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY oid DESC", [f"{PREFIX}%"])
        for (old,) in cursor.fetchall()[KEPT:]:
            cursor.execute(f'DROP DATABASE IF EXISTS "{old}"')


def main():
    """Keep a copy of the database in the environment before a test asks for one. Does nothing where there is one."""
    django.setup()
    install()
    creation, own = connection.creation, connection.settings_dict["NAME"]
    if is_kept(creation):
        return
    if connection.vendor == "postgresql":
        connection.settings_dict["TEST"]["NAME"] = f"{MAKING}_{os.getpid()}"
    creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    creation.destroy_test_db(own, verbosity=0)


if __name__ == "__main__":
    main()
