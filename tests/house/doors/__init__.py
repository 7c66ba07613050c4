"""Every way round the ledger that does not go through it, as functions of a desk; ``test_doors.py`` tries them all.

The forgeries are good: right bytes, right place, right columns. Each is refused for the one thing that is wrong.
"""

from dataclasses import dataclass
from types import SimpleNamespace

from django.db import connection
from django_scopes import scope

from accounts.models import Account, StatusChange
from reinstatements import services
from tests import factories


@dataclass(frozen=True)
class Door:
    name: str
    attempt: object
    message: str


DOORS: list[Door] = []


def door(message, vendor=None):
    """Register a function that tries to get round the ledger; ``message`` is what the database answers."""

    def register(attempt):
        if vendor in (None, connection.vendor):
            DOORS.append(Door(f"{attempt.__module__.rpartition('.')[2]}: {attempt.__name__}", attempt, message))
        return attempt

    return register


def furnish():
    """Return a desk: a case that waits, an account without one, and one that was reinstated and suspended again."""
    acme, globex = factories.make_client("acme", country="DE"), factories.make_client("globex", industry="bank")
    agent = factories.make_user("agent", (acme, "agent"))
    supervisor = factories.make_user("supervisor", (acme, "supervisor"))
    second_supervisor = factories.make_user("second_supervisor", (acme, "supervisor"))
    suspended = factories.suspend(factories.make_account(acme, "A-1", balance_minor=8420))
    case = factories.bring_to(suspended, "awaiting_approval", agent)
    again = factories.suspend(factories.make_account(acme, "A-3", balance_minor=8420))
    done = factories.bring_to(again, "awaiting_approval", agent)
    with scope(client=acme.pk):
        services.approve(done, actor=supervisor, reason="paid", seen=factories.seen(done))
        approved = StatusChange.objects.get(account=again, to_status="approved")
    factories.suspend(again)
    desk = SimpleNamespace(
        acme=acme,
        globex=globex,
        agent=agent,
        supervisor=supervisor,
        second_supervisor=second_supervisor,
        second_login=factories.make_user("agent2", (acme, "supervisor"), person=agent.person),
        suspended=suspended,
        case=case,
        other=factories.suspend(factories.make_account(acme, "A-2")),
        again=again,
        done=done,
        approved=approved,
        active=factories.make_account(acme, "A-4"),
        foreign=factories.suspend(factories.make_account(globex, "B-1")),
        decider=factories.make_user("decider", (acme, "supervisor")),
        survivor=factories.make_account(acme, "A-5"),
        absorbed=factories.suspend(factories.make_account(acme, "A-6")),
        proposed=factories.suspend(factories.make_account(acme, "A-7")),
    )
    desk.merged = factories.merge(desk.absorbed, desk.survivor, agent, desk.decider)
    desk.proposal = factories.propose_merge(desk.proposed, desk.survivor, agent)
    with scope(client=[acme.pk, globex.pk]):
        for account in (row for row in vars(desk).values() if isinstance(row, Account)):
            account.refresh_from_db()
    return desk
