"""Something on every page: two clients, somebody in every role, an account or case in every status, awkward words."""

from datetime import date

from django.test import Client
from django_scopes import scope

from accounts.services import drafts
from notifications import services as notifications
from reinstatements import services
from tests import factories

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3
HOLDERS = (
    {"holder_name": "عبد الرحمن بن محمد الفاسي", "email": "a@example.com", "phone": "+212 520 123456"},
    {"holder_name": "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh", "email": f"{'w' * 60}@example.com"},
    {"holder_name": "<b>Ń̵̛ǫ&nbsp;</b>", "address": LONG},
    {},
)
STATUSES = ("draft", "submitted", "in_verification", "awaiting_approval")
NUMBERS = ("A-1001", *STATUSES, "sent-back", "failed", "declined", "withdrawn", "completed", "N" * 60)
ROLES = ("agent", "supervisor", "compliance", "auditor", "contact", "administrator")


def furnish():
    """Make it all; return the people by their role. ``nobody`` holds none, ``newcomer`` works where nothing is yet."""
    acme = factories.make_client("acme", name="Acme Mobile", country="DE", currency="EUR", language="de")
    globex = factories.make_client(
        "globex", name="Globex Savings and Investment Bank of Upper Franconia", industry="bank", colour=5
    )
    people = {
        role: factories.make_user(role, (acme, role), (globex, role), is_staff=role == "administrator")
        for role in ROLES
    }
    people["nobody"] = factories.make_user("nobody")
    initech = factories.make_client("initech", industry="health", colour=9)
    people["newcomer"] = factories.make_user("newcomer", (initech, "supervisor"), (initech, "compliance"))
    work_through(acme, people)
    account = factories.suspend(factories.make_account(globex, "G-1", balance_minor=8420))
    factories.bring_to(account, "awaiting_approval", people["agent"])
    export(people["compliance"])
    return people


def work_through(client, people):
    agent, supervisor = people["agent"], people["supervisor"]
    made = {}
    for index, name in enumerate(NUMBERS):
        account = factories.make_account(
            client,
            name,
            holder=HOLDERS[index % len(HOLDERS)] if index else None,
            balance_minor=8420,
            opened_on=date(2020, 2, 29),
        )
        made[name] = factories.suspend(account, note=LONG if index % 2 else "Two reminders.\n\nNo answer.")
    factories.make_account(client, "active")
    with scope(client=client.pk):
        for name in STATUSES:
            factories.bring_to(made[name], name, agent)
        waiting = {
            name: factories.bring_to(made[name], "awaiting_approval", agent)
            for name in ("sent-back", "declined", "completed", "N" * 60)
        }
        decide(services.send_back, waiting["sent-back"], supervisor, "evidence_unclear")
        decide(services.decline, waiting["declined"], supervisor, "not_proven")
        decide(services.approve, waiting["completed"], supervisor, "paid")
        services.withdraw(factories.bring_to(made["withdrawn"], "submitted", agent), actor=agent, reason="not_wanted")
        failed = factories.bring_to(made["failed"], "in_verification", agent)
        services.record_check(failed, "identity", actor=agent, outcome="failed", facts={}, evidence={"reference": LONG})
        drafts.save(agent, made["A-1001"], f"open:{made['A-1001'].pk}", {"statement": LONG})
        notifications.relay()


def decide(service, case, actor, reason):
    service(case, actor=actor, reason=reason, note=LONG, seen=factories.seen(case))


def export(user):
    """Take the log away twice, once to its end."""
    browser = Client()
    browser.force_login(user)
    b"".join(browser.post("/log/exports/status_log/?client=acme").streaming_content)
    browser.post("/log/exports/status_log/").close()
