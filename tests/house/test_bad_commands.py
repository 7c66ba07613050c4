"""Commands that cannot be carried out: a sentence that says why, and nothing written."""

import gzip
import shlex
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.services import staff
from tests import factories
from tests.house.rows import counts

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

LONG = "x" * 500
# No NUL: an operating system passes none to a command.
CALLS = """
import_accounts nowhere.csv --client acme
import_accounts / --client acme
import_accounts nowhere.csv --client nobody
import_accounts x --client acme --as-of x
import_accounts x --client acme --as-of 9999-12-31
import_accounts x --client acme --actor nobody
import_events nowhere.csv --client acme
import_events / --client acme
import_events x --client nobody
import_events x --client acme --time-zone Mars/Base
import_events x --client acme --actor nobody
import_memberships nowhere.csv --client acme
import_memberships / --client acme
import_memberships x --client nobody
import_memberships x --client acme --kind x
import_memberships x --client acme --as-of 9999-12-31
import_memberships x --client acme --as-of x
import_memberships x --client acme --source LONG
grant_role nobody acme agent
grant_role agent nobody agent
grant_role agent acme king
grant_role agent acme agent
grant_role agent acme auditor --until 2000-01-01
grant_role agent acme auditor --until 9999-12-31
grant_role agent acme administrator --until x
end_role agent acme auditor
erase_person acme nobody --actor compliance --yes
erase_person nobody A-2 --actor compliance
erase_person acme A-2 --actor agent --yes
erase_person acme A-2 --actor nobody --yes
erase_person acme A-2 --actor compliance --yes --reason because
verify_ledger --client unknown
create_client acme --name x --industry bank
create_client 'A B' --name x --industry bank
create_client xx --name LONG --industry bank
create_client xx --name a --industry zoo
create_client xx --name a --industry bank --time-zone Mars/Base
create_client xx --name a --industry bank --colour 99
create_client xx --name a --industry bank --colour -1
create_client xx --name a --industry bank --country Germany
create_client xx --name a --industry bank --language klingon
"""


def command(name, *args, **options):
    out = StringIO()
    call_command(name, *args, stdout=out, stderr=out, **options)
    return out.getvalue()


@pytest.mark.parametrize("content", [
    b"", b"\0", b"\xff\xfe\0", b"=1+1\n", b"a,a\n1,2\n", b'"open', LONG.encode() * 20_000,
    gzip.compress(b"x", mtime=0)[:9],
], ids=lambda content: repr(content[:12]))  # fmt: skip
@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
def test_a_file_that_is_none_is_not_imported(acme, tmp_path, content, ending):
    file = tmp_path / f"accounts{ending}"
    file.write_bytes(content)
    staff.ensure_system_user()
    before = counts()
    for mapping in ("standard", "telco"):
        with pytest.raises(CommandError):
            command("import_accounts", str(file), client="acme", mapping=mapping)
    assert counts() == before


@pytest.mark.parametrize("call", CALLS.strip().splitlines())
def test_a_command_that_cannot_be_says_so(acme, agent, compliance, call):
    factories.suspend(factories.make_account(acme, "A-2"))
    before = counts()
    with pytest.raises(CommandError) as said:
        command(*(part.replace("LONG", LONG) for part in shlex.split(call)))
    assert str(said.value)
    assert counts() == before


def test_the_logins_of_the_demo_may_be_asked_for_twice(db):
    assert command("load_demo", logins=True) == command("load_demo", logins=True)
