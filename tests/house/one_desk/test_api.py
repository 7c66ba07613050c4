"""What programs can do, by everybody: each operation, with each role, without a key, and with rubbish."""

import json

import pytest
from django.conf import settings
from django.test import Client as Browser
from django_scopes import scopes_disabled

from accounts.models import AccessRecord, StatusChange
from config.api import api
from tests.accounts.importing import prepared
from tests.programs import API, Program, answered

SEE = {"agent", "supervisor", "compliance", "auditor", "contact"}
LOG = {"supervisor", "compliance", "auditor"}
ALL = SEE | {"administrator"}
WORK = {"agent", "supervisor"}
DECIDE = {"supervisor", "compliance"}

# Who is let in, whatever is then said to an empty or a late request. ``outsider`` works for another client.
OPERATIONS = {
    ("GET", "/key"): ALL,
    ("GET", "/lists"): ALL,
    ("GET", "/lists/{code}"): {"compliance", "auditor"},
    ("GET", "/accounts"): SEE,
    ("GET", "/accounts/{account_id}"): SEE,
    ("GET", "/accounts/{account_id}/as-of"): SEE,
    ("GET", "/entries"): LOG,
    ("GET", "/entries/{entry}"): LOG,
    ("GET", "/imports/kinds"): ALL,
    ("POST", "/imports"): {"administrator"},
    ("GET", "/imports/{import_id}"): {"administrator"},
    ("POST", "/imports/{import_id}/take"): {"administrator"},
    ("GET", "/imports/{import_id}/problems"): {"administrator"},
    ("GET", "/cases"): SEE,
    ("POST", "/cases"): WORK,
    ("GET", "/cases/{code}"): SEE,
    **{("POST", f"/cases/{{code}}/{deed}"): WORK for deed in ("submit", "start", "claim", "release", "send")},
    ("POST", "/cases/{code}/notes"): WORK | {"compliance"},
    ("POST", "/cases/{code}/checks/{check}"): WORK,
    ("POST", "/cases/{code}/withdraw"): WORK,
    **{("POST", f"/cases/{{code}}/{deed}"): DECIDE for deed in ("approve", "decline", "send-back")},
}


def described():
    """Return every operation that the description has."""
    paths = api.get_openapi_schema()["paths"]
    return {(method.upper(), path.removeprefix(API)) for path, methods in paths.items() for method in methods}


def test_every_operation_stands_in_the_table():
    assert described() == set(OPERATIONS)


@pytest.fixture
def cast(agent, supervisor, compliance, auditor, contact, administrator, acme):
    return {user.username: user for user in (agent, supervisor, compliance, auditor, contact, administrator)}


@pytest.fixture
def addresses(cast, awaiting_approval, acme):
    """Each operation with the address of rows of acme, and a body of the right shape."""
    account, case = awaiting_approval.account_id, awaiting_approval.code
    with scopes_disabled():
        entry = StatusChange.objects.filter(account=account).first().uid
    run = prepared(acme, cast["administrator"], b"number\n1\n").pk
    found = {}
    for method, path in OPERATIONS:
        names = {"{account_id}": str(account), "{import_id}": str(run), "{entry}": str(entry)}
        names |= {"{check}": "identity", "{code}": case}
        address = path.replace("{code}", "status_log") if path.startswith("/lists") else path
        for name, value in names.items():
            address = address.replace(name, value)
        found[method, path] = address
    found["GET", "/accounts"] += "?number=A-1001"
    found["GET", "/accounts/{account_id}/as-of"] += "?at=2026-01-01T00:00:00Z"
    return found


def body_of(path, addresses):
    if path == "/cases":
        account = addresses["GET", "/accounts/{account_id}"].rpartition("/")[2]
        return {"account_id": account, "reason": "paid", "statement": "Paid."}
    if path.rpartition("/")[2] in ("approve", "decline", "send-back"):
        return {"reason": "nothing", "facts_sha256": "0" * 64}
    return {"outcome": "met"} if "/checks/" in path else {"reason": "nothing"}


def ask(program, method, path, addresses):
    if method == "GET":
        return answered(program.browser.get(API + addresses[method, path]))
    return program.post(addresses[method, path], body_of(path, addresses))


@pytest.mark.slow
@pytest.mark.requirement("R116", "R132", "R79")
def test_an_operation_is_open_to_those_whose_page_it_is_and_to_nobody_else(cast, globex, acme, addresses):
    let_in = {operation: set() for operation in OPERATIONS}
    for who, user in cast.items():
        program = Program(user, acme)
        for method, path in OPERATIONS:
            status, said = ask(program, method, path, addresses)
            assert status < 500, (method, path, who, said)
            if status not in (403, 404):
                let_in[method, path].add(who)

    assert let_in == OPERATIONS


@pytest.mark.slow
@pytest.mark.requirement("R132")
def test_nobody_reaches_a_row_of_another_client(outsider, globex, addresses):
    stranger = Program(outsider, globex)
    own = {("GET", "/key"), ("GET", "/lists"), ("GET", "/imports/kinds"), ("GET", "/cases"), ("GET", "/entries")}

    answers = {op: ask(stranger, *op, addresses)[0] for op in OPERATIONS if op not in own}

    # It imports nothing at its own client either, whose administrator it is not, and takes no lists away.
    expected = {op: 403 if op[1].startswith("/imports") else 404 for op in answers}
    assert answers == expected
    assert stranger.get("/cases")[1] == {"cases": [], "next": None}
    assert {entry["account"] for entry in stranger.get("/entries")[1]["entries"]} == {None, "G-1"}


def test_nothing_opens_without_a_key_and_no_cookie_counts(client, supervisor, addresses):
    client.force_login(supervisor)
    browsers = (
        Browser(),
        client,
        Browser(headers={"Authorization": "Bearer reinstate_" + "a" * 43}),
        Browser(headers={"Authorization": "Basic cmVpbnN0YXRl"}),
        Browser(headers={"Authorization": "Bearer \ud83d".encode("utf-16", "surrogatepass").decode("latin-1")}),
    )
    for browser in browsers:
        for method, path in OPERATIONS:
            response = browser.generic(method, API + addresses[method, path], "{}", content_type="application/json")
            assert response.status_code == 401, (method, path)
            assert response["WWW-Authenticate"] == "Bearer"
            assert set(response.json()) == {"message", "fields"}
            assert "Set-Cookie" not in response


@pytest.mark.parametrize(("scope", "reach"), [("read", 0), ("work", 1), ("decide", 2)])
def test_a_key_reaches_as_far_as_it_was_issued_for(cast, acme, addresses, scope, reach):
    program, refused = Program(cast["supervisor"], acme, scope), set()
    for method, path in OPERATIONS:
        status, said = ask(program, method, path, addresses)
        if status == 403 and said["message"].startswith("This key is for"):
            refused.add((method, path))

    asks = {"GET": 0, "POST": 1}
    deciding = ("approve", "decline", "send-back")
    needed = {op: 2 if op[1].endswith(deciding) else asks[op[0]] for op in OPERATIONS}
    assert refused == {op for op, level in needed.items() if level > reach}


RUBBISH = [
    ("GET", "/lists/status_log?limit=-1"),
    ("GET", f"/lists/status_log?limit={2**70}"),
    ("GET", "/lists/status_log?limit=0"),
    ("GET", "/lists/status_log?limit=x"),
    ("GET", "/lists/status_log?account=a%00b"),
    ("GET", "/lists/status_log?since=9999-99-99"),
    ("GET", "/lists/status_log?cursor=abc"),
    ("GET", "/lists/status_log?cursor=%00"),
    ("GET", "/lists/status_log?cursor=" + "a" * 3000),
    ("GET", "/lists/cases?queue=%00"),
    ("GET", "/lists/nothing"),
    ("GET", "/lists/a%00b"),
    ("GET", "/accounts"),
    ("GET", "/accounts?number=%00"),
    ("GET", "/accounts?number=" + "9" * 100),
    ("GET", "/accounts/7"),
    ("GET", "/accounts/{account}/as-of?at=yesterday"),
    ("GET", "/accounts/{account}/as-of?at=2026-01-01T00:00:00"),
    ("GET", "/accounts/{account}/as-of?at=9999-12-31T23:59:59-14:00"),
    ("GET", "/accounts/{account}/as-of?at=0001-01-01T00:00:00%2B14:00"),
    ("GET", "/accounts/{account}/as-of?at=" + "9" * 400),
    ("GET", "/entries?to_status=a%00"),
    ("GET", "/entries?since=10000-01-01"),
    ("GET", "/entries?until=0001-01-01"),
    ("GET", "/cases/a%00b"),
    ("GET", "/cases?status=a%00"),
    ("GET", "/cases?account=%00"),
    ("POST", "/cases/{case}/approve", "{"),
    ("POST", "/cases/{case}/approve", "[]"),
    ("POST", "/cases/{case}/approve", '"'),
    ("POST", "/cases/{case}/approve", '{"reason": "paid"}'),
    ("POST", "/cases/{case}/approve", {"reason": "paid", "facts_sha256": "0" * 63}),
    ("POST", "/cases/{case}/approve", {"reason": "pa\0id", "facts_sha256": "0" * 64}),
    ("POST", "/cases/{case}/approve", {"reason": ["paid"], "facts_sha256": "0" * 64}),
    ("POST", "/cases/{case}/approve", {"reason": "paid", "facts_sha256": "0" * 64, "note": "\ud800"}),
    ("POST", "/cases/{case}/approve", {"reason": "paid", "facts_sha256": "0" * 64, "opened": "\0"}),
    ("POST", "/cases/{case}/decline", {"reason": "not_proven", "facts_sha256": "0" * 64, "note": "x" * 5001}),
    ("POST", "/cases/{case}/notes", {"note": "\0"}),
    ("POST", "/cases/{case}/notes", {"note": ""}),
    ("POST", "/cases/{case}/notes", b"\xff\xfe"),
    ("POST", "/cases/{case}/notes", {"note": 7}),
    ("POST", "/cases/{case}/checks/identity", {"outcome": "waived"}),
    ("POST", "/cases/{case}/checks/identity", {"outcome": "met", "evidence": {"document": {"a": 1}}}),
    ("POST", "/cases/{case}/checks/identity", {"outcome": "met", "evidence": {f"f{n}": "" for n in range(60)}}),
    ("POST", "/cases/{case}/checks/nothing", {"outcome": "met"}),
    ("POST", "/cases", {"account_id": "7", "reason": "paid", "statement": "Paid."}),
    ("POST", "/cases", {"account_id": "{account}", "reason": "paid", "statement": ""}),
    ("POST", "/cases", {"account_id": "{account}", "membership_id": "{account}", "reason": "paid", "statement": "P."}),
    ("PUT", "/cases", {}),
    ("DELETE", "/cases/{case}"),
]


@pytest.mark.parametrize("number", range(len(RUBBISH)))
def test_rubbish_is_refused_with_words_and_changes_nothing(cast, acme, awaiting_approval, number):
    method, path, *body = RUBBISH[number]
    names = {"{account}": str(awaiting_approval.account_id), "{case}": awaiting_approval.code}

    def named(text):
        for name, value in names.items():
            text = text.replace(name, value)
        return text

    sent = body[0] if body else ""
    sent = sent if isinstance(sent, bytes) else named(sent if isinstance(sent, str) else json.dumps(sent)).encode()
    user = cast["compliance" if path.startswith("/lists") else "supervisor"]
    program = Program(user, acme)
    before = state()

    response = program.browser.generic(method, API + named(path), sent, content_type="application/json")

    assert response.status_code in ((405,) if method in ("PUT", "DELETE") else (400, 404)), response.content
    if response.status_code == 400:
        assert response.json()["message"]
    assert state() == before


def state():
    with scopes_disabled():
        kinds = AccessRecord.objects.exclude(kind=AccessRecord.Kind.OPENED).count()
        return StatusChange.objects.count(), kinds


def test_a_key_that_asks_too_often_is_asked_to_wait(agent, supervisor, acme):
    assert settings.API_RATE == "600/min"
    program, other = Program(agent, acme), Program(supervisor, acme)
    (throttle,) = api.throttle
    throttle.num_requests, usual = 3, throttle.num_requests
    try:
        statuses = [program.get("/key")[0] for _time in range(5)]
        response = program.browser.get(f"{API}/key")
        assert statuses == [200, 200, 200, 429, 429]
        assert 1 <= int(response["Retry-After"]) <= 60
        assert response.json()["message"]
        assert other.get("/key")[0] == 200
    finally:
        throttle.num_requests = usual


@pytest.mark.parametrize("path", ["/api/", "/api/openapi.json"])
def test_the_description_is_for_whoever_is_signed_in(client, agent, path):
    assert client.get(path).status_code == 302
    client.force_login(agent)
    assert client.get(path).status_code == 200


def test_the_page_names_every_operation_and_every_shape(client, agent):
    client.force_login(agent)

    page = client.get("/api/").content.decode()

    assert [op for op in OPERATIONS if f"{op[0]} {API}{op[1]}</code>" not in page] == []
    shapes = api.get_openapi_schema()["components"]["schemas"]
    assert [name for name in shapes if f'id="shape-{name}"' not in page] == []
