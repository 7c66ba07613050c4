"""Something on every page: two clients, somebody in every role, an account or case in every status, awkward words."""

from datetime import date, timedelta

from django.test import Client
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import Account, BulkChange, ColumnMapping, Plan, User
from accounts.models.base import new_id
from accounts.services import bulk, drafts, export_runs, memberships, payments, reviews
from accounts.tasks import run_imports
from notifications import services as notifications
from reinstatements import services
from reinstatements.models import Invitation, ReinstatementRequest
from reinstatements.services import external
from tests import factories
from tests.accounts.importing import prepared, started
from tests.programs import key_of

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3
HOLDERS = (
    {"holder_name": "عبد الرحمن بن محمد الفاسي", "email": "a@example.com", "phone": "+212 520 123456"},
    {"holder_name": "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh", "email": f"{'w' * 60}@example.com"},
    {"holder_name": "<b>Ń̵̛ǫ&nbsp;</b>", "address": LONG},
    {},
)
STATUSES = ("draft", "submitted", "in_verification", "awaiting_approval")
NUMBERS = ("A-1001", *STATUSES, "sent-back", "failed", "declined", "withdrawn", "completed", "appealed", "N" * 60)
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
    sell(acme, people["agent"])
    watch(acme, people["agent"])
    meet_again(acme, people["agent"], people["supervisor"])
    change_many(acme, people["supervisor"])
    factories.propose_closing(factories.make_account(acme, "E" * 60), people["agent"])
    speak(acme, people)
    link(acme, people["administrator"])
    hand_in(acme, people["administrator"])
    account = factories.suspend(factories.make_account(globex, "G-1", balance_minor=8420))
    factories.bring_to(account, "awaiting_approval", people["agent"])
    export(acme, people["compliance"])
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
        appealed = factories.bring_to(made["appealed"], "awaiting_approval", agent)
        decide(services.decline, appealed, supervisor, "not_proven")
        factories.appeal(appealed, agent, statement=LONG)
        services.withdraw(factories.bring_to(made["withdrawn"], "submitted", agent), actor=agent, reason="not_wanted")
        failed = factories.bring_to(made["failed"], "in_verification", agent)
        services.record_check(failed, "identity", actor=agent, outcome="failed", facts={}, evidence={"reference": LONG})
        drafts.save(agent, made["A-1001"], f"open:{made['A-1001'].pk}", {"statement": LONG})
        notifications.relay()


def decide(service, case, actor, reason):
    service(case, actor=actor, reason=reason, note=LONG, seen=factories.seen(case))


def sell(client, agent):
    """One account with all that memberships and money can show, and one that has a rest."""
    larger = {"code": "plus", "name": LONG[:100], "price_minor": 9900, "entitlements": ["Sauna", "Pool"]}
    how = {"actor": agent, "initiator": "member"}
    with scope(client=client.pk):
        plan = Plan.objects.get(client=client)
        plan.tiers, plan.entitlements, plan.trial_days = ["Silver", LONG[:60]], ["Sauna", LONG], 14
        plan.save()
        Plan.objects.create(client=client, currency=client.currency, **larger)
        account = factories.make_account(client, "A-1000", balance_minor=3000)
        membership = account.memberships.get()
        memberships.change_points(membership, 500, reason="earned", note=LONG, **how)
        memberships.set_tier(membership, "Silver", reason="earned", **how)
        memberships.add(account, plan, reason="agreed", **how)
        running = memberships.add(account, plan, begins="active", reason="agreed", **how)
        memberships.cancel(running, when="term_end", reason="too_expensive", note=LONG, **how)
        resting = factories.make_account(client, "A-1002").memberships.get()
        memberships.pause(resting, ends_on=timezone.localdate() + timedelta(days=9), reason="away", **how)
        last_week = timezone.localdate() - timedelta(days=7)
        for number in ("I-1", "I" * 80):
            factories.charge(account, number, due_on=last_week)
        paid = {"currency": account.currency, "paid_at": timezone.now(), "reference": LONG, "actor": agent}
        payments.record(account, kind="payment", external_id="P" * 80, amount_minor=4000, **paid)
        payments.record(account, kind="refund", external_id="R-1", amount_minor=1000, refers_to="P" * 80, **paid)


def watch(client, agent):
    """An account that somebody looks into, and signs of fraud on it and on one with a long number."""
    looked_into = factories.make_account(client, "A-1003", holder={"holder_name": LONG[:100]})
    with scope(client=client.pk):
        reviews.put_under_review(looked_into, actor=agent, reason="suspicious_activity", note=LONG)
        for account in (looked_into, Account.objects.get(client=client, number="N" * 60)):
            factories.raise_signal(account)


def meet_again(client, agent, supervisor):
    """Somebody who has three accounts, of which two were merged, and who asked a question."""
    with scope(client=client.pk):
        survivor = Account.objects.get(client=client, number="A-1000")
    factories.merge(factories.make_account(client, "A-1004"), survivor, agent, supervisor)
    factories.propose_merge(factories.suspend(factories.make_account(client, "M" * 60)), survivor, agent)
    factories.ask(survivor, agent, LONG)


def change_many(client, supervisor):
    """Two accounts that were held together, and one in service with a membership that stopped alone."""
    held = [factories.make_account(client, number) for number in ("A-1006", "H" * 60)]
    alone = factories.make_account(client, "A-1007")
    with scope(client=client.pk):
        bulk.run(new_id(), "hold", held, actor=supervisor, reason="non_payment", note=LONG)
        memberships.suspend(alone.memberships.get(), actor=supervisor, kind="policy", reason="policy_breach", note=LONG)


def speak(client, people):
    """A call by somebody who was not known, a training, somebody who stands in, and a request from elsewhere."""
    with scope(client=client.pk):
        called = Account.objects.get(client=client, number="A-1000")
    factories.representative(called, people["agent"], name=LONG[:100])
    factories.call(called, people["agent"], answers={"email": "x", "address": "y"})
    factories.call_back(called, people["agent"], note=LONG)
    factories.train(people["agent"], client, people["compliance"], subject=LONG[:100])
    factories.ask_for_training(client, "agent")
    factories.delegation(client, people["supervisor"], people["agent"])
    key_of(people["agent"], client, name=LONG[:60])
    for step in ("Account Opening", "Four-eyes Check"):
        factories.past_step(client, request="R" * 60, step=step, agent="user-8")


def link(client, administrator):
    """Two linked systems with long names, one of which has answered nothing."""
    with scope(client=client.pk):
        membership = Account.objects.get(client=client, number="A-1000").memberships.first()
        system = factories.linked_system(client, administrator, name=LONG[:60], kind="billing")
        factories.linked_system(client, administrator, takes_status=True)
        factories.webhook(system, membership)
        factories.webhook(system, membership, status="failed", attempts=3, next_attempt_at=timezone.now())


def invitation(case, administrator):
    """Ask somebody at the client to decide a case; return the secret part of the link."""
    now, pk = timezone.now(), new_id()
    link = external.link_of(pk)
    Invitation.objects.create(
        pk=pk,
        client=case.client,
        case=case,
        user=administrator,
        asked_by=administrator,
        entry=case.opened_entry,
        asked_at=now,
        expires_at=now + timedelta(days=3),
        link_digest=external.digest_of(link),
    )
    return link


def far_pages():
    """The addresses of pages that no link leads to: behind a form, or only from where there is more than fits."""
    with scopes_disabled():
        accounts = Account.objects.filter(client__code="acme")
        survivor, active = (accounts.get(number=number).pk for number in ("A-1000", "A-1007"))
        alone = accounts.get(number="A-1007").memberships.get().pk
        changed = BulkChange.objects.get().pk
        case = ReinstatementRequest.objects.get(account__number="awaiting_approval")
        link = invitation(case, User.objects.get(username="administrator"))
        assigned = factories.case_bulk(case, User.objects.get(username="supervisor")).pk
    return (
        f"/accounts/{survivor}/absorbed/",
        f"/accounts/bulk/?deed=hold&account={active}",
        f"/accounts/bulk/{changed}/",
        f"/reinstatements/open/membership/{alone}/",
        f"/reinstatements/bulk/?deed=assign&case={case.code}",
        f"/reinstatements/bulk/{assigned}/",
        f"/memberships/{alone}/redeem-offer/",
        f"/reinstatements/external/{link}/",
    )


def hand_in(client, administrator):
    """A file whose lines were refused, one that waits to be mapped, and a mapping that was kept."""
    refused = prepared(client, administrator, f"number;{LONG[:60]}\n;x\nA-1000;y\n".encode(), "refused.csv")
    started(refused, administrator)
    run_imports()
    prepared(client, administrator, f"number;Name;{LONG}\n1;{LONG};\n".encode(), f"{'w' * 100}.csv")
    with scope(client=client.pk):
        ColumnMapping.objects.create(client=client, kind="accounts", name=LONG[:60], settings={"columns": {}})


def export(client, user):
    """Take the log away twice, once to its end; and have it made in the background twice, one of them still to do."""
    browser = Client()
    browser.force_login(user)
    b"".join(browser.post("/log/exports/status_log/?client=acme").streaming_content)
    browser.post("/log/exports/status_log/").close()
    factories.ask_export(client, user)
    export_runs.work_one()
    factories.ask_export(client, user)
