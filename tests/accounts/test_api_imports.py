"""Files that programs hand in: tried, taken, and told line by line."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django_scopes import scope, scopes_disabled

from accounts import registries, tasks
from accounts.models import Account, ColumnMapping, ImportRun
from tests.programs import Program

LINES = b"""customer number,holder,opened,balance
N-1,Ana Ruiz,2024-05-03,10.50
N-2,Bo Lind,2024-31-12,
N-3,Cy Moor,2025-01-09,0
"""


@pytest.fixture
def program(administrator, acme):
    return Program(administrator, acme, "work")


def file(content=LINES, name="customers.csv"):
    return SimpleUploadedFile(name, content)


def numbers(client):
    with scope(client=[client.pk]):
        return set(Account.objects.values_list("number", flat=True))


@pytest.mark.requirement("R79")
def test_a_file_is_tried_then_taken_and_its_bad_lines_are_told(program, acme):
    status, said = program.send("/imports", kind="accounts", file=file(), date_format="YYYY-MM-DD")
    assert (status, said["stage"], said["is_dry_run"]) == (202, "waiting", True), said

    tasks.run_imports()
    tried = program.get(f"/imports/{said['id']}")[1]
    assert {name: tried[name] for name in ("stage", "done", "taken", "refused")} == {
        "stage": "done",
        "done": 3,
        "taken": 2,
        "refused": 1,
    }
    assert numbers(acme) == set()
    (problem,) = program.get(f"/imports/{said['id']}/problems")[1]["problems"]
    assert (problem["line"], problem["column"]) == (3, "opened")
    assert "2024-31-12" not in problem["reason"]

    status, taking = program.post(f"/imports/{said['id']}/take")
    assert (status, taking["is_dry_run"]) == (202, False)
    tasks.run_imports()
    assert program.get(f"/imports/{said['id']}")[1]["taken"] == 2
    assert numbers(acme) == {"N-1", "N-3"}
    assert program.post(f"/imports/{said['id']}/take")[0] == 409


def test_a_file_may_be_taken_at_once_and_twice_changes_nothing(program, acme):
    for known in (0, 2):
        said = program.send("/imports", kind="accounts", file=file(), take="yes", date_format="YYYY-MM-DD")[1]
        tasks.run_imports()
        assert program.get(f"/imports/{said['id']}")[1]["known"] == known
    assert numbers(acme) == {"N-1", "N-3"}


def test_a_kept_mapping_is_named(program, acme):
    settings = {"columns": {"number": "K1", "name": "K2"}}
    with scope(client=[acme.pk]):
        ColumnMapping.objects.create(client=acme, kind="accounts", name="Core", settings=settings)
    content = b"K1,K2\nN-9,Ana Ruiz\n"

    assert program.send("/imports", kind="accounts", file=file(content), take="yes", mapping="Other")[0] == 404
    assert program.send("/imports", kind="accounts", file=file(content), take="yes", mapping="Core")[0] == 202

    tasks.run_imports()
    assert numbers(acme) == {"N-9"}


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"kind": "accounts"}, "file"),
        ({"kind": "nothing", "file": file()}, "kind"),
        ({"kind": "accounts", "file": file(b"a,b\n1,2\n")}, "column_number"),
        ({"kind": "accounts", "file": file(b"number,opened\n1,01/02/2024\n")}, "date_format"),
        ({"kind": "accounts", "file": file(), "date_format": "YYYY-MM-DD", "as_of": "2999-01-01"}, "as_of"),
        ({"kind": "accounts", "file": file(b"")}, "file"),
        ({"kind": "accounts", "file": file(b"\x89PNG\r\n\x1a\n", "a.png")}, None),
    ],
)
def test_what_cannot_be_imported_is_refused_and_no_file_stays(program, parts, field):
    status, said = program.send("/imports", **parts)

    assert status == 400, said
    assert said["message"]
    if field:
        assert set(said["fields"]) == {field}
    with scopes_disabled():
        assert not ImportRun.objects.filter(closed_at=None).exists()


@pytest.mark.requirement("R79")
def test_every_kind_is_named_with_its_fields(program):
    kinds = {kind["code"]: kind for kind in program.get("/imports/kinds")[1]["kinds"]}

    assert set(kinds) == set(registries.import_kinds)
    assert [field["code"] for field in kinds["accounts"]["fields"]][:3] == ["number", "name", "email"]
    assert kinds["events"]["options"] == ["source", "restriction", "open_missing", "opened_on"]
