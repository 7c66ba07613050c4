"""Taking over a client's customers from a file."""

import csv
import gzip
import json
import shutil
import subprocess
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count

from accounts import personal
from accounts.imports.mappings import MAPPINGS, months_before
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, ColumnMapping, Membership, OutboxEvent, Plan, StatusChange
from accounts.services import imports, search
from accounts.services.staff import ensure_system_user
from tests import factories

pytestmark = pytest.mark.usefixtures("scoped")

TELCO = Path(imports.__file__).parents[1] / "data" / "telco" / "telco-churn.csv.gz"


def run(path, mapping="standard", **options):
    """Run the command for acme; return its last line and the lines it refused."""
    out, err = StringIO(), StringIO()
    try:
        call_command("import_accounts", str(path), client="acme", mapping=mapping, stdout=out, stderr=err, **options)
    except CommandError as error:
        return out.getvalue().splitlines(), err.getvalue().splitlines(), str(error)
    return out.getvalue().splitlines(), err.getvalue().splitlines(), ""


def file_of(folder, text, name="accounts.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def telco_lines(count):
    with gzip.open(TELCO, "rt") as file:
        return [next(file) for _ in range(count + 1)]


def test_the_telco_file_says_what_an_account_becomes(acme, tmp_path):
    out, refused, error = run(file_of(tmp_path, "".join(telco_lines(12))), "telco")

    assert (out, refused, error) == (["12 lines read: 12 accounts opened, 0 known already, 0 refused"], [], "")
    accounts_found = list(Account.objects.order_by("number").values_list("number", "status", "opened_on"))
    # Counted back from 2026-11-01 by hand: 1, 34 and 2 months; the third line has churned.
    assert ("7590-VHVEG", "active", date(2026, 10, 1)) in accounts_found
    assert ("5575-GNVDE", "active", date(2024, 1, 1)) in accounts_found
    assert ("3668-QPYBK", "closed", date(2026, 9, 1)) in accounts_found
    entries = StatusChange.objects.filter(account__number="7590-VHVEG").order_by("number")
    assert list(entries.values_list("number", "subject_type", "action", "to_status", "origin", "reason")) == [
        (1, "account", "open", "active", "import", "imported"),
        (2, "membership", "open", "active", "import", "imported"),
    ]
    data = json.loads(bytes(entries[1].body))["data"]
    assert data["terms"] == {
        "monthly_minor": 2985,
        "charged_minor": 2985,
        "currency": "EUR",
        "services": ["online_backup"],
        "payment_method": "electronic_check",
        "paperless": True,
    }
    assert (data["plan"]["code"], data["plan"]["cycle"]) == ("dsl-month", "month")
    assert Membership.objects.get(account__number="3668-QPYBK").status == "cancelled"
    assert list(OutboxEvent.objects.all()) == []


def test_running_it_again_changes_nothing(acme, tmp_path):
    path = file_of(tmp_path, "".join(telco_lines(20)))
    run(path, "telco")
    before = list(StatusChange.objects.values_list("uid", "hash")), Plan.objects.count()

    assert run(path, "telco") == (["20 lines read: 0 accounts opened, 20 known already, 0 refused"], [], "")
    assert (list(StatusChange.objects.values_list("uid", "hash")), Plan.objects.count()) == before


def test_a_dry_run_writes_nothing(acme, tmp_path):
    out, refused, error = run(file_of(tmp_path, "".join(telco_lines(5))), "telco", dry_run=True)

    assert (out, refused, error) == (["5 lines read: 5 accounts would be opened, 0 known already, 0 refused"], [], "")
    assert (Account.objects.count(), StatusChange.objects.count(), Plan.objects.count()) == (0, 0, 1)


def test_a_customer_of_this_month_was_not_charged_yet(acme, tmp_path):
    header, line = telco_lines(1)
    new = ["N-1", *line.split(",")[1:5], "0", *line.split(",")[6:-2], " ", "No\n"]
    old = ["N-2", *line.split(",")[1:5], "7", *line.split(",")[6:-2], " ", "No\n"]

    out, refused, _error = run(file_of(tmp_path, "".join([header, ",".join(new), ",".join(old)])), "telco")

    assert out == ["2 lines read: 1 accounts opened, 0 known already, 1 refused"]
    assert refused == ["line 3: TotalCharges is not an amount of money such as 29.85"]
    assert Account.objects.get().number == "N-1"


STANDARD = """number,name,email,phone,address,language,country,time_zone,balance,opened_on,plan,status
A-1,Zoë Großmann,zoe@example.com,+49 30 23125 100,"Ahornweg 1
Hof",de,DE,Europe/Berlin,"84,20",2020-02-29,basic,active
A-2,,,,,,,,,,,
"""


def test_a_file_made_for_the_product_brings_holders_that_are_found(acme, agent, tmp_path):
    assert run(file_of(tmp_path, "\ufeff" + STANDARD))[1:] == ([], "")

    first, second = Account.objects.order_by("number")
    assert personal.holder(first, whole=True).address == "Ahornweg 1 Hof"
    assert (first.balance_minor, first.currency, second.language, second.time_zone) == (8420, "EUR", "de", "UTC")
    for query in ("grossmann", "zoe@example.com", "030 23125100"):
        assert [found.number for found in search.find(agent, query).accounts] == ["A-1"]


WRONG = {
    "status": ("gone", "is not one of: active, pending, closed"),
    "email": ("nobody", "is not a mail address"),
    "country": ("Germany", "is longer than 2 characters"),
    "time_zone": ("Mars/Olympus", "is not a time zone such as Europe/Berlin"),
    "language": ("German!", "is not a language's code, such as de"),
    "balance": ("-5", "is not an amount of money such as 29.85"),
    "opened_on": ("31.12.2025", "is not a date written YYYY-MM-DD"),
    "plan": ("gold", "is not the code of a plan of this client"),
    "number": ("", "is missing"),
    "name": ("a\x00b", "has a character in it that no text may have"),
    "phone": ("1" * 41, "is longer than 40 characters"),
}


@pytest.mark.parametrize("column", WRONG)
def test_a_wrong_value_is_told_by_line_and_column_and_not_repeated(acme, tmp_path, column):
    value, reason = WRONG[column]
    columns = ["number", *(set(WRONG) - {"number"})]
    good = dict.fromkeys(columns, "") | {"number": "good"}
    with (tmp_path / "accounts.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows([good, good | {"number": "bad"} | {column: value}, good | {"number": "also good"}])

    out, refused, error = run(tmp_path / "accounts.csv")

    assert out == ["3 lines read: 2 accounts opened, 0 known already, 1 refused"]
    assert refused == [f"line 3: {column} {reason}"]
    assert error == "1 lines were refused. Mend them and run it again; the others stay."
    assert set(Account.objects.values_list("number", flat=True)) == {"good", "also good"}


def test_a_line_that_cannot_be_read_does_not_stop_the_others(acme, tmp_path):
    lines = [
        b"number,name",
        b"A-1,one,too many",
        b"A-2,J\xfcrgen",
        b'A-3,"quoted" wrongly',
        b"A-4," + b"x" * 20_000,
        "A-5,‮محمد الخطيب".encode(),
        b"A-6,=HYPERLINK(1)",
    ]

    out, refused, _error = run(file_of(tmp_path, b"\r\n".join(lines)))

    assert out == ["6 lines read: 2 accounts opened, 0 known already, 4 refused"]
    assert [line.split(":")[0] for line in refused] == ["line 2", "line 3", "line 4", "line 5"]
    assert set(Account.objects.values_list("number", flat=True)) == {"A-5", "A-6"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "The file is empty."),
        ("a.csv", b"name,email\nx,y\n", "The file lacks these columns: number."),
        ("a.csv", b"number,number\n1,2\n", "A column stands twice in the file."),
        ("a.csv", b'"number\n', "The first line is not a header of CSV."),
        ("a.csv.gz", b"number\nA-1\n", "The file cannot be read to its end"),
        ("a.csv.gz", gzip.compress(b"number\n" + b"A-%d\n" * 5, mtime=0)[:-12], "The file cannot be read to its end"),
    ],
)
def test_a_file_that_is_none_is_refused_whole(acme, tmp_path, name, content, message):
    out, _refused, error = run(file_of(tmp_path, content, name))

    assert message in error
    assert out == ["0 lines read: 0 accounts opened, 0 known already, 0 refused"]
    assert Account.objects.count() == 0


def test_a_file_that_is_not_there_is_told(acme, tmp_path):
    assert run(tmp_path / "no.csv")[2] == "The file cannot be read: No such file or directory."


def test_a_number_that_stands_twice_is_opened_once(acme, tmp_path):
    out, _refused, _error = run(file_of(tmp_path, "number\nA-1\nA-1\nA-2\n"))

    assert out == ["3 lines read: 2 accounts opened, 1 known already, 0 refused"]


def test_numbers_of_another_client_are_not_known_here(acme, globex, tmp_path):
    factories.make_account(globex, "A-1")

    assert run(file_of(tmp_path, "number\nA-1\n"))[0] == ["1 lines read: 1 accounts opened, 0 known already, 0 refused"]


def test_an_import_that_breaks_off_keeps_its_complete_sets_and_leaves_word(acme, tmp_path, monkeypatch):
    monkeypatch.setattr(imports, "SET", 2)
    path, outcome = file_of(tmp_path, "number\nA-1\nA-2\nA-3\nA-4\n"), imports.Outcome()

    def break_at_the_third(opening):
        if opening.number == "A-3":
            raise KeyboardInterrupt
        return opening

    options = {"as_of": date(2026, 1, 1), "report": print, "outcome": outcome, "enrich": break_at_the_third}
    with pytest.raises(KeyboardInterrupt):
        imports.import_accounts(acme, path, MAPPINGS["standard"], actor=ensure_system_user(), **options)

    assert set(Account.objects.values_list("number", flat=True)) == {"A-1", "A-2"}
    entry = StatusChange.objects.get(account=None, action="import")
    data = json.loads(bytes(entry.body))["data"]
    assert (data["opened"], data["read"], len(data["file_sha256"])) == (2, 4, 64)
    assert list(verify(Totals())) == []


def test_only_an_administrator_imports(acme, administrator, agent, supervisor, outsider, tmp_path):
    path = file_of(tmp_path, "number\nA-1\n")

    for user in (agent, supervisor, outsider):
        assert run(path, actor=user.username)[2] == "Only an administrator of the client imports its accounts."
    assert Account.objects.count() == 0

    assert run(path, actor=administrator.username)[2] == ""
    assert StatusChange.objects.get(account__number="A-1").actor == administrator


@pytest.mark.parametrize("day", ["2999-01-01", "1066-10-14"])
def test_a_file_speaks_of_a_day_that_has_been(acme, tmp_path, day):
    path = file_of(tmp_path, "number\nA-1\n")

    assert "lies in the future, or too far back" in run(path, as_of=date.fromisoformat(day))[2]


def test_months_are_counted_back_over_new_year():
    assert months_before(date(2026, 1, 31), 1) == date(2025, 12, 1)
    assert months_before(date(2026, 11, 1), 72) == date(2020, 11, 1)


@pytest.mark.slow
def test_the_whole_telco_file_comes_in(acme):
    assert run(TELCO, "telco")[0] == ["7043 lines read: 7043 accounts opened, 0 known already, 0 refused"]

    # 5,174 of 7,043 have not churned, and eleven came in the file's own month: IBM's figures.
    statuses = Account.objects.values_list("status").annotate(Count("id")).order_by("status")
    assert list(statuses) == [("active", 5174), ("closed", 1869)]
    assert Account.objects.filter(opened_on=date(2026, 11, 1)).count() == 11
    assert Plan.objects.filter(client=acme).count() == 1 + 9


def test_a_mapping_that_was_kept_on_the_page_reads_the_clients_own_columns(acme, tmp_path):
    settings = {"columns": {"number": "Kunde", "name": "Inhaber", "opened_on": "Seit", "balance": "Saldo"}}
    settings |= {"date_format": "DD.MM.YYYY", "time_zone": "", "currency": "", "decimal": ","}
    ColumnMapping.objects.create(client=acme, kind="accounts", name="Shop", settings=settings)
    text = "Kunde;Inhaber;Seit;Saldo\nK-1;Zoë;1.2.2024;1.084,20\nK-2;;2024-02-01;\n"

    out, refused, _error = run(file_of(tmp_path, text.encode("cp1252")), "Shop", encoding="cp1252")

    assert out == ["2 lines read: 1 accounts opened, 0 known already, 1 refused"]
    assert refused == ["line 3: Seit is not a date written DD.MM.YYYY"]
    account = Account.objects.get()
    assert (account.number, account.balance_minor, account.opened_on) == ("K-1", 108420, date(2024, 2, 1))
    assert personal.holder(account, whole=True).name == "Zoë"
    assert "has kept no mapping 'Nope'" in run(tmp_path / "accounts.csv", "Nope")[2]


@pytest.mark.slow
def test_what_libreoffice_writes_is_read(acme, tmp_path):
    office = shutil.which("soffice")
    if not office:
        pytest.skip("LibreOffice is not installed")
    path = file_of(tmp_path, "number,name,opened_on\nA-1,Zoë,2024-02-29\nA-2,b,2024-03-01\n")
    how = [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx"]
    how += ["--infilter=CSV:44,34,UTF8", "--outdir", str(tmp_path), str(path)]
    subprocess.run(how, check=True, capture_output=True, timeout=120)

    assert run(tmp_path / "accounts.xlsx")[0] == ["2 lines read: 2 accounts opened, 0 known already, 0 refused"]
    assert list(Account.objects.order_by("number").values_list("opened_on", flat=True)) == [
        date(2024, 2, 29),
        date(2024, 3, 1),
    ]


@pytest.mark.requirement("R15")
def test_the_number_of_an_absorbed_account_names_the_one_that_stands_for_it(acme, agent, supervisor, tmp_path):
    absorbed, survivor = (factories.make_account(acme, number) for number in ("A-2", "A-1"))
    factories.merge(absorbed, survivor, agent, supervisor)

    out, refused, _error = run(file_of(tmp_path, "number\nA-1\nA-2\nA-3\n"))

    assert out == ["3 lines read: 1 accounts opened, 1 known already, 1 refused"]
    assert refused == ["line 3: number was merged into account A-1, which stands for it"]


@pytest.mark.requirement("R120")
def test_a_card_number_in_a_file_is_cut_and_told_by_line_and_names_no_account(acme, tmp_path):
    """The numbers are those that a card scheme publishes for trying out."""
    lines = (
        "number,name,address",
        "A-1,Maria Lund,Card 4111 1111 1111 1111",
        "4111111111111111,Jo Berg,Main Street 1",
        "A-3,Sam Holt,Main Street 2",
    )

    out, told, _error = run(file_of(tmp_path, "\n".join(lines)))

    assert out == ["3 lines read: 2 accounts opened, 0 known already, 1 refused"]
    assert told == [
        "line 2: address held a card number; only its last four digits were kept",
        "line 3: number looks like a card number, and none is ever kept here",
    ]
    assert list(Account.objects.order_by("number").values_list("number", flat=True)) == ["A-1", "A-3"]
    account = Account.objects.get(number="A-1")
    assert personal.reveal(account, "address", personal.key_of(account)) == "Card ••••1111"
