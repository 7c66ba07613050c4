"""One desk for all tests of a file: who asks for what is many questions, and none of them leaves anything behind."""

import copy
from types import SimpleNamespace

import pytest
from django.db import transaction
from django_scopes import scopes_disabled

from tests import factories
from tests.house import conftest as house

ROLES = ("agent", "supervisor", "compliance", "auditor", "contact", "administrator")


@pytest.fixture(scope="module")
def furnished(django_db_setup, django_db_blocker):
    """Two clients with their staff, a case that waits, and rows beside it; what a test changes is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic(), scopes_disabled():
        acme = factories.make_client("acme", name="Acme Mobile", country="DE", currency="EUR", language="de")
        globex = factories.make_client("globex", name="Globex Bank", industry="bank", colour=5)
        people = {role: factories.make_user(role, (acme, role)) for role in ROLES}
        people["second_supervisor"] = factories.make_user("second_supervisor", (acme, "supervisor"))
        people["outsider"] = factories.make_user("outsider", (globex, "supervisor"))
        suspended = factories.suspend(factories.make_account(acme, balance_minor=8420))
        yield SimpleNamespace(
            acme=acme,
            globex=globex,
            **people,
            suspended=suspended,
            awaiting_approval=factories.bring_to(suspended, "awaiting_approval", people["agent"]),
            stopped=house.stop(acme),
            foreign=factories.suspend(factories.make_account(globex, "G-1")),
            served=house.serve(acme, people["agent"]),
        )
        transaction.set_rollback(True)


def taken_from_the_desk(name):
    @pytest.fixture(name=name)
    def found(furnished, db):
        return copy.deepcopy(getattr(furnished, name))

    return found


acme, globex, suspended, awaiting_approval = map(
    taken_from_the_desk, ("acme", "globex", "suspended", "awaiting_approval")
)
agent, supervisor, second_supervisor, compliance = map(
    taken_from_the_desk, ("agent", "supervisor", "second_supervisor", "compliance")
)
auditor, contact, administrator, outsider = map(
    taken_from_the_desk, ("auditor", "contact", "administrator", "outsider")
)
stopped, foreign, served = map(taken_from_the_desk, ("stopped", "foreign", "served"))
