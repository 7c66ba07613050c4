"""The cast: two clients and the people who work for them. ``outsider`` holds the same role at the other client."""

import gc
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.backends.postgresql.operations import DatabaseOperations as PostgreSQL
from django_scopes import scope

from accounts.ledger import guards
from tests import factories, migrated

# Broad files that make check leaves to make test, so that it stays short: each test builds a whole desk.
BROAD = {
    *("test_access.py", "test_account_deeds.py", "test_account_lives.py", "test_account_pages.py", "test_admin.py"),
    *("test_api.py", "test_api_lists.py", "test_api_imports.py", "test_api_cases.py"),
    *("test_admin_logins.py", "test_admin_settings.py", "test_automatic.py", "test_case_page.py"),
    *("test_decide_pages.py", "test_doors.py", "test_drafts.py", "test_erasure.py", "test_event_import.py"),
    "test_event_sets.py",
    *("test_evidence.py", "test_export_record.py", "test_export_runs.py", "test_figures.py", "test_guards.py"),
    *("test_home.py", "test_import_pages.py", "test_log.py", "test_membership_pages.py", "test_merges.py"),
    *("test_merge_verify.py", "test_pages.py", "test_past_pages.py", "test_reviews.py", "test_sign_in.py"),
    *("test_signal_pages.py", "test_signals.py", "test_staff_pages.py", "test_templates.py", "test_verify.py"),
    "test_verify_words.py",
}

# Files that go through many pages without the fixture ``client``.
PAGES = {
    *("test_api.py", "test_api_cases.py", "test_api_imports.py", "test_api_lists.py", "test_bad_addresses.py"),
    *("test_bad_input.py", "test_sign_in.py", "test_tenants.py"),
}

SWITCH = """DO $$ DECLARE guard record; BEGIN
    FOR guard IN SELECT tgrelid::regclass AS place, tgname FROM pg_trigger WHERE tgname LIKE 'guard\\_%' LOOP
        EXECUTE format('ALTER TABLE %s {state} TRIGGER %I', guard.place, guard.tgname);
    END LOOP; END $$"""

# One walk through every page is made on both databases.
WALK = Path(__file__).parent / "house" / "test_pages.py"

# Files of which no test is given a database: the second run, on PostgreSQL, would tell nothing new.
ANYWHERE = {
    *("test_canonical.py", "test_debts.py", "test_digests.py", "test_hours.py", "test_import_dates.py"),
    "test_import_files.py",
    *(
        "test_import_store.py",
        "test_masking.py",
        "test_moments.py",
        "test_rendering.py",
        "test_sealing.py",
        "test_sla.py",
    ),
    *("test_spreadsheet.py", "test_stylesheet.py", "test_terms.py", "test_texts.py"),
}

# What takes longest, the longest first: no worker is left with it when the others have ended.
LONGEST = (
    *("house/test_tenants.py", "notifications/test_broker_outage.py", "reinstatements/test_demo.py"),
    *("house/test_race.py", "accounts/test_account_walk.py", "house/test_pages.py"),
    *("reinstatements/test_demo_bank.py", "accounts/test_due_workers.py", "accounts/test_account_machine.py"),
)


def pytest_itemcollected(item):
    if item.path.name in BROAD:
        item.add_marker(pytest.mark.slow)
    if ("client" in item.fixturenames or item.path.name in PAGES) and item.path != WALK:
        item.add_marker(pytest.mark.page)
    if item.path.name in ANYWHERE and not {"db", "transactional_db"} & set(item.fixturenames):
        item.add_marker(pytest.mark.anywhere)


def pytest_collection_modifyitems(items):
    """Begin with what takes longest, each file whole, so that what its tests share is made once.

    Some of these empty the database, which elsewhere is left to the end: no migration puts rows into an empty one, so
    that it is afterwards as it was made.
    """
    turns = {file: turn for turn, file in enumerate(LONGEST)}
    items.sort(key=lambda item: turns.get(f"{item.path.parent.name}/{item.path.name}", len(turns)))


def pytest_collection_finish():
    """What was imported stays to the end: looking through it again and again took a tenth of the time of all tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    migrated.install()
    if connection.vendor == "postgresql":
        # What a test commits need not outlive the server: without the disk a commit takes a tenth of the time.
        connection.settings_dict["OPTIONS"]["options"] += " -c synchronous_commit=off"


@pytest.fixture(autouse=True, scope="session")
def static_files_are_looked_for_when_asked():
    """Otherwise whitenoise looks through all of them for each browser that a test opens."""
    settings.WHITENOISE_AUTOREFRESH = True


def set_aside(connection):
    """Take the guards away, all or none: on PostgreSQL they are switched off, which takes a tenth of the time."""
    if connection.vendor == "sqlite":
        guards.remove(connection)
        return
    with connection.cursor() as cursor:
        cursor.execute(SWITCH.format(state="DISABLE"))


def put_back(connection):
    """Switch on what ``set_aside`` switched off."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(SWITCH.format(state="ENABLE ALWAYS"))
    guards.install(connection)


@pytest.fixture(autouse=True, scope="session")
def guards_step_aside_for_the_test_flush():
    """Emptying the tables between transactional tests is the one thing that may pass the guards."""
    execute, sql_flush = BaseDatabaseOperations.execute_sql_flush, PostgreSQL.sql_flush

    def execute_without_guards(self, statements):
        set_aside(self.connection)
        try:
            execute(self, statements)
        finally:
            put_back(self.connection)

    def deleting(self, style, tables, **options):
        return [f"DELETE FROM {self.quote_name(table)}" for table in tables]

    BaseDatabaseOperations.execute_sql_flush = execute_without_guards
    # TRUNCATE makes new files for every table; a test leaves a few rows in some of them.
    PostgreSQL.sql_flush = deleting
    yield
    BaseDatabaseOperations.execute_sql_flush, PostgreSQL.sql_flush = execute, sql_flush


@pytest.fixture
def acme(db):
    return factories.make_client("acme", name="Acme Mobile", country="DE", currency="EUR", language="de")


@pytest.fixture
def globex(db):
    return factories.make_client("globex", name="Globex Bank", industry="bank", colour=5)


@pytest.fixture
def agent(acme):
    return factories.make_user("agent", (acme, "agent"))


@pytest.fixture
def supervisor(acme):
    return factories.make_user("supervisor", (acme, "supervisor"))


@pytest.fixture
def second_supervisor(acme):
    return factories.make_user("second_supervisor", (acme, "supervisor"))


@pytest.fixture
def compliance(acme):
    return factories.make_user("compliance", (acme, "compliance"))


@pytest.fixture
def auditor(acme):
    return factories.make_user("auditor", (acme, "auditor"))


@pytest.fixture
def contact(acme):
    return factories.make_user("contact", (acme, "contact"))


@pytest.fixture
def administrator(acme):
    return factories.make_user("administrator", (acme, "administrator"))


@pytest.fixture
def outsider(globex):
    return factories.make_user("outsider", (globex, "supervisor"))


@pytest.fixture
def suspended(acme):
    account = factories.make_account(acme, balance_minor=8420)
    return factories.suspend(account)


@pytest.fixture
def draft(suspended, agent):
    return factories.bring_to(suspended, "draft", agent)


@pytest.fixture
def in_verification(suspended, agent):
    return factories.bring_to(suspended, "in_verification", agent)


@pytest.fixture
def awaiting_approval(suspended, agent):
    return factories.bring_to(suspended, "awaiting_approval", agent)


@pytest.fixture
def scoped(acme):
    """The scope of a request of somebody who works for acme."""
    with scope(client=[acme.pk]):
        yield acme
