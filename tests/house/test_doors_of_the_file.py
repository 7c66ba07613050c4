import sqlite3

import pytest
from django.db import connection

from tests import factories
from tests.house.doors.forging import fingerprint


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no file to open")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_account SET status = 'active'",
        "UPDATE OR REPLACE accounts_account SET status = 'active'",
        "UPDATE OR REPLACE accounts_account SET number = 'A-1'",
        "UPDATE OR REPLACE accounts_account SET rowid = 1 WHERE rowid = 2",
        "REPLACE INTO accounts_account SELECT * FROM accounts_account",
        "REPLACE INTO accounts_statuschange SELECT * FROM accounts_statuschange",
        "INSERT OR REPLACE INTO accounts_disclosure SELECT * FROM accounts_disclosure",
        "REPLACE INTO accounts_subjectkey SELECT * FROM accounts_subjectkey",
        "DELETE FROM accounts_statuschange",
        "UPDATE accounts_statuschange SET reason = 'x'",
    ],
)
def test_a_program_that_opens_the_file_meets_the_guards(statement):
    """A connection with SQLite's own defaults: no foreign keys, no recursive triggers."""
    acme = factories.make_client("acme")
    for number in ("A-1", "A-2"):
        factories.suspend(factories.make_account(acme, number))
    before = fingerprint()
    shell = sqlite3.connect(connection.settings_dict["NAME"])

    with pytest.raises(sqlite3.IntegrityError), shell:
        shell.execute(statement)
    shell.close()

    assert fingerprint() == before
