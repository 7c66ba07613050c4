"""A provider's desk of any size: fifty clients, their accounts and cases, written as sets past the guards.

A case in twenty is open. Accounts with an open case have sealed contact data, as pages open it; the rest have none.
"""

from django.db import connection, models
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts import sealing
from accounts.ledger import sql
from accounts.models import Account, Industry, Plan, SearchDigest, SubjectKey
from accounts.services import accounts, clients, staff
from reinstatements import services
from reinstatements.checks_catalogue import CATALOGUE
from reinstatements.models import Participation, Policy, ReinstatementRequest
from tests import factories
from tests.benchmarks import copies

CLIENTS = 50
INDUSTRIES = Industry.values
CASES_EACH = 4  # of an account; the last of every fifth account is open
HOLDER = {**factories.HOLDER, "holder_name": "Zenobia Quillfeather", "email": "zenobia@example.org"}
STATUS = """CASE WHEN NOT is_open THEN (ARRAY['completed', 'completed', 'declined', 'withdrawn'])[1 + kind % 4]
    WHEN kind < 4 THEN 'awaiting_approval' WHEN kind < 7 THEN 'in_verification' WHEN kind < 9 THEN 'submitted'
    ELSE 'draft' END"""
OPENED_AT = """CASE WHEN is_open THEN now()
    ELSE now() - interval '2 years' + number % 1000000 * interval '1 minute' END"""
ID = "(lpad(to_hex({number}), 8, '0') || '-0000-7000-8000-' || lpad({kind}, 12, '0'))::uuid"


def row_id(kind, number):
    return ID.format(kind=f"'{kind}'", number=number)


# Where clients of the benchmarks are: each place has its hours, its holidays and its time zone.
PLACES = (
    {"country": "US", "time_zone": "America/New_York", "currency": "USD", "language": "en"},
    {"country": "DE", "time_zone": "Europe/Berlin", "currency": "EUR", "language": "de"},
    {"country": "FR", "time_zone": "Europe/Paris", "currency": "EUR", "language": "fr"},
    {"country": "GB", "time_zone": "Europe/London", "currency": "GBP", "language": "en"},
)


def take_on(code, industry="telecom", place=PLACES[0]):
    """Take on a client as the product does: its industry's policies and levels, its working time, its holidays."""
    actor = staff.ensure_system_user()
    client = clients.create_client(actor=actor, code=code, name=code.title(), industry=industry, **place)
    with scope(client=client.pk):
        Plan.objects.create(client=client, code="basic", name="Basic", price_minor=2985, currency=client.currency)
    return client


def bring_to_approval(account, agent):
    """Open a case, meet what its client's policy asks for, and send it for approval."""
    case = factories.bring_to(account, "in_verification", agent)
    with scope(client=account.client_id):
        for check in case.checks.exclude(outcome="met"):
            facts, evidence = proof(CATALOGUE[check.code])
            services.record_check(case, check.code, actor=agent, outcome="met", facts=facts, evidence=evidence)
        services.send_for_approval(case, actor=agent)
        case.refresh_from_db()
    return case


def proof(check):
    """Return facts and evidence that meet a check of the catalogue."""
    if check.code in factories.EVIDENCE:
        return factories.EVIDENCE[check.code]
    facts, evidence = {}, {}
    for spec in check.fields:
        value = {"date": timezone.localdate().isoformat(), "money": 8420}.get(spec.kind, "Ticket 4711")
        if spec.kind == "choice":
            value = str(next(iter(dict(spec.choices))))
        (evidence if spec.personal else facts)[spec.name] = value
    return facts, evidence


class Desk:
    """``user`` decides for every client; ``case`` and ``account`` are made by the product's own services."""

    def __init__(self):
        self.clients = [
            take_on(f"c{number:02}", INDUSTRIES[number % len(INDUSTRIES)], PLACES[number % len(PLACES)])
            for number in range(CLIENTS)
        ]
        self.user = factories.make_user("supervisor", *((client, "supervisor") for client in self.clients))
        self.agent = factories.make_user("agent", *((client, "agent") for client in self.clients))
        self.root = factories.make_user("root", is_staff=True, is_superuser=True)
        self.account = factories.suspend(factories.make_account(self.clients[7], "Q-77777", HOLDER, balance_minor=8420))
        self.case = bring_to_approval(self.account, self.agent)
        with scopes_disabled():
            self.policies = dict(Policy.objects.filter(kind="payment").values_list("client", "pk"))
        self.size = 0

    def grow(self, size):
        """Add cases until there are ``size``, each with its account."""
        with copies.without_guards(), connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMPORARY TABLE parts ON COMMIT DROP AS SELECT * FROM unnest(%s::int[], %s::uuid[], %s::uuid[])"
                " AS parts (position, client, policy)",
                [
                    list(range(CLIENTS)),
                    [client.pk for client in self.clients],
                    [self.policies[client.pk] for client in self.clients],
                ],
            )
            cursor.execute("SET LOCAL session_replication_role = replica")
            self.fill_accounts(cursor, self.size // CASES_EACH, size // CASES_EACH)
            self.fill_cases(cursor, self.size, size)
            self.size = size
        self.seal_open_accounts()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")

    def fill_accounts(self, cursor, first, last):
        span = f"generate_series({first}, {last - 1}) number JOIN parts ON parts.position = number % {CLIENTS}"
        fill(
            cursor,
            Account,
            span,
            id=row_id("a", "number"),
            client_id="client",
            number="'N-' || number",
            language="'en'",
            time_zone="'UTC'",
            country="'US'",
            currency="'USD'",
            status="CASE number % 5 WHEN 0 THEN 'suspended' ELSE 'active' END",
        )
        for copy in range(CASES_EACH):
            fill(
                cursor,
                SearchDigest,
                span,
                client_id="client",
                account_id=row_id("a", "number"),
                digest=f"decode(md5('{copy}-' || number), 'hex')",
            )

    def fill_cases(self, cursor, first, last):
        span = (
            f"(SELECT number, number / {CASES_EACH} AS owner, number % {CASES_EACH} = {CASES_EACH - 1}"
            f" AND number / {CASES_EACH} % 5 = 0 AS is_open, (number / {CASES_EACH * 5}) % 10 AS kind"
            f" FROM generate_series({first}, {last - 1}) number) made JOIN parts ON parts.position = owner % {CLIENTS}"
        )
        agent = f"'{self.agent.pk}'::uuid"
        fill(
            cursor,
            ReinstatementRequest,
            span,
            id=row_id("c", "number"),
            client_id="client",
            account_id=row_id("a", "owner"),
            code="'X' || lpad(upper(to_hex(number)), 9, '0')",
            kind="'payment'",
            policy_id="policy",
            stopped_status="'suspended'",
            stopped_reason="'non_payment'",
            stopped_entry=row_id("e", "number"),
            opened_entry=row_id("f", "number"),
            resume_reason="'paid'",
            maker_id=agent,
            status=STATUS,
            level_role="CASE WHEN is_open AND kind < 4 THEN 'supervisor' ELSE '' END",
            worker_id=f"CASE WHEN is_open AND kind < 7 THEN {agent} END",
            opened_at=OPENED_AT,
            due_at="now() + (hashint4(number::int) % 900) * interval '1 minute'",
            sent_for_approval_at="now()",
            status_number="1",
        )
        fill(
            cursor,
            Participation,
            span + " WHERE is_open",
            id=row_id("d", "number"),
            client_id="client",
            case_id=row_id("c", "number"),
            person_id=f"'{self.agent.person_id}'::uuid",
            user_id=agent,
            part="'asked'",
            created_at="now()",
        )

    @scopes_disabled()
    def seal_open_accounts(self):
        """Give every account that is out of service and has no key its person's sealed data."""
        keys, sealed = [], []
        for account in Account.objects.filter(status="suspended", subject_key=None).iterator():
            key = sealing.new_subject_key()
            accounts.seal_holder(account, key, factories.HOLDER)
            keys.append(
                {
                    "account_id": account.pk,
                    "wrapped": sealing.wrap(key, context=str(account.pk)),
                    "created_at": timezone.now(),
                }
            )
            sealed.append((account.pk, *(getattr(account, field) for field in Account.sealed_fields)))
        with copies.without_guards(), connection.cursor() as cursor:
            copies.copy_in(SubjectKey, keys)
            columns = ", ".join(f"{field} bytea" for field in Account.sealed_fields)
            cursor.execute(f"CREATE TEMPORARY TABLE sealed (id uuid, {columns}) ON COMMIT DROP")
            with cursor.copy("COPY sealed FROM STDIN") as copy:
                for row in sealed:
                    copy.write_row(row)
            sets = ", ".join(f"{field} = sealed.{field}" for field in Account.sealed_fields)
            cursor.execute(f"UPDATE accounts_account SET {sets} FROM sealed WHERE sealed.id = accounts_account.id")


def fill(cursor, model, rows, **expressions):
    """Insert a row of a model for each row of ``rows``, SQL behind FROM; a column not named gets its default."""
    values = {
        field.attname: expressions.pop(field.attname, None) or default(field) for field in sql.insert_fields(model)
    }
    assert not expressions, f"{model} has no {', '.join(expressions)}"
    columns = ", ".join(f'"{model._meta.get_field(name).column}"' for name in values)
    cursor.execute(f'INSERT INTO "{model._meta.db_table}" ({columns}) SELECT {", ".join(values.values())} FROM {rows}')


def default(field):
    if field.null:
        return "NULL"
    value = field.get_default()
    return "now()" if isinstance(field, models.DateTimeField) else "'\\x'" if isinstance(value, bytes) else f"'{value}'"
