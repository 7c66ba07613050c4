"""A canary in every word of two clients: whatever anybody of one asks for, nothing of the other comes back."""

import logging
import re

import pytest
from django.db import transaction
from django.test import override_settings
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from accounts import registries
from accounts.grants import Role
from notifications import tasks
from notifications.models import Delivery
from tests import factories
from tests.house.doors.forging import fingerprint
from tests.house.rows import counts, taken_back
from tests.house.tenants import (
    World,
    addresses,
    everything,
    logged,
    signed_in,
    tells_number,
    tells_of,
    whole_data,
    without,
)
from tests.house.tenants_forms import send, sent_words
from tests.parts import mail_server

pytestmark = [pytest.mark.slow, pytest.mark.requirement("R116", "R132")]

ACCOUNTS = {"client", "number", "plan", "reason", "staffagent"}
WORDS = {"stopnote", "statement", "evidence", "sendnote", "decisionnote", "revealnote"}
MAIL = {"subject", "body", "holder", "family"}
LOGINS = {"loginadministrator", "loginagent", "loginsupervisor"}
SETTINGS = {
    *("client", "sender", "plan", "entitlement", "reason", "subject", "body"),
    *("file", "column", "mapping", "system"),
}
# What of its own client each role reads on its pages: without these nothing here could fail.
READS = {
    Role.AGENT: ACCOUNTS | WORDS | MAIL | {"draft", "mail", "street", "phone"},
    Role.SUPERVISOR: ACCOUNTS | WORDS | MAIL,
    Role.COMPLIANCE: ACCOUNTS | WORDS | MAIL | LOGINS,
    Role.AUDITOR: ACCOUNTS | LOGINS,
    Role.CONTACT: ACCOUNTS,
    Role.ADMINISTRATOR: SETTINGS | LOGINS,
}
WITHHELD = {Role.AUDITOR: WORDS | MAIL, Role.CONTACT: WORDS | MAIL, Role.ADMINISTRATOR: WORDS | {"number", "holder"}}
PERSON = {"holder", "family", "mail", "street", "phone"}
# Where personal data stands unmasked: on a case that one has claimed, after a reason, and in the words of a mail.
WHOLE = {
    Role.AGENT: {"case": PERSON, "delivery": {"holder", "family"}},
    Role.SUPERVISOR: {"delivery": {"holder", "family"}},
    Role.COMPLIANCE: {"delivery": {"holder", "family"}},
}
REVEALS = {Role.AGENT, Role.SUPERVISOR, Role.COMPLIANCE}
STAFF_NAMES = {f"staff{role}" for role in Role.values}
LISTS = (
    "search",
    "account_list",
    "membership_list",
    "offer_list",
    "webhook_list",
    "difference_list",
    "alert_list",
    "billing_list",
    "queue",
    "delivery_list",
    "log",
    "decisions",
    "exports",
    "access",
    "staff",
)


@pytest.fixture(scope="module")
def desks(django_db_setup, django_db_blocker):
    """Two clients, with their mails sent; what a test changes is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic(), scopes_disabled():
        acme, globex = World("quexal", "+49 30 55501010"), World("vornix", "+49 30 77702020")
        smtp = {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend", "EMAIL_HOST": "127.0.0.1"}
        # What the mail server writes of what it hears is not ours.
        logging.getLogger("mail.log").setLevel("ERROR")
        with mail_server() as inbox, override_settings(**smtp, EMAIL_PORT=inbox.port), logged() as lines:
            tasks.relay()
            tasks.send_due()
        yield acme, globex, inbox.mails, lines
        transaction.set_rollback(True)


@pytest.fixture
def acme(desks, db):
    return desks[0]


@pytest.fixture
def globex(desks, db):
    return desks[1]


@pytest.fixture
def quiet(acme, globex):
    """Nothing that people wrote, typed or are called reaches the log, whichever client's."""
    with logged() as lines:
        yield
    assert len(lines) > 1
    assert private_in(lines, acme, globex) == set()


def private_in(lines, *worlds):
    text = "\n".join(lines)
    found = {mark for world in worlds for mark in re.findall(rf"{world.mark}[a-z]+", text.casefold())}
    return found | {world.phone for world in worlds if tells_number(world.phone, text)}


@pytest.mark.parametrize("role", Role.values)
def test_no_page_tells_of_the_other_client(acme, globex, quiet, role):
    browser, own, others = signed_in(acme.staff[role], acme.client), addresses(acme), addresses(globex)
    read, whole = set(), {}
    for name, url in own.items():
        text = everything(browser.get(url))
        assert tells_of(globex, text) == set(), name
        read |= tells_of(acme, text) - acme.ids
        whole |= {name: found} if (found := whole_data(acme, text)) else {}
    for name in [name for name in others if others[name] != own[name]]:
        response = browser.get(others[name])
        assert tells_of(globex, without(everything(response), [others[name]])) == set(), name
        assert response.status_code in (302, 403, 404, 405), name

    marks = {mark.removeprefix(acme.mark) for mark in read}
    assert READS[role] - marks == set()
    assert WITHHELD.get(role, set()) & marks == set()
    assert whole == WHOLE.get(role, {})


@pytest.mark.parametrize("role", Role.values)
def test_no_form_tells_of_the_other_client_or_changes_it(acme, globex, quiet, role):
    browser, own, others = signed_in(acme.staff[role], acme.client), addresses(acme), addresses(globex)
    whole = {}
    for name, url in own.items():
        with taken_back():
            text = everything(send(browser, name, url, acme))
        assert tells_of(globex, text) == set(), name
        whole |= {name: found} if (found := whole_data(acme, text)) else {}
    before = counts(), fingerprint()
    for name in [name for name in others if others[name] != own[name]]:
        response = send(browser, name, others[name], globex)
        assert response.status_code in (302, 403, 404, 405), name
        assert tells_of(globex, without(everything(response), [others[name], *sent_words(name, globex)])) == set(), name

    assert (counts(), fingerprint()) == before
    assert whole.pop("account_reveal", set()) == (PERSON if role in REVEALS else set())
    assert set(whole) <= {
        *("case_approve", "case_decline", "case_send_back", "case_check", "case_send", "case_withdraw"),
        *(
            "case_take_over",
            "case_release",
            "case_note",
            "case_correct",
            "case_skip",
            "case_ask_member",
            "case_answer",
            "case_files",
        ),
        *("case_correct", "case_confirm", "case_not_confirmed", "case_reconsider", "case_appeal"),
    }
    assert not whole or role == Role.AGENT


@pytest.mark.parametrize("role", [role for role in Role.values if role != Role.ADMINISTRATOR])
def test_a_search_for_somebody_of_the_other_client_finds_what_a_search_for_nobody_finds(acme, globex, quiet, role):
    browser = signed_in(acme.staff[role])

    for query, nobody in zip(queries(globex), queries_for_nobody(globex), strict=True):
        found, nothing = (
            without(everything(browser.get(reverse("search"), {"q": text})), [text]) for text in (query, nobody)
        )
        assert tells_of(globex, found) == set(), query
        assert found == nothing, query
    for query in queries(acme):
        assert acme.waiting.code in everything(browser.get(reverse("search"), {"q": query}, follow=True)) or (
            f"{acme.mark}number".upper() in everything(browser.get(reverse("search"), {"q": query}, follow=True))
        ), query


def queries(world):
    """The marks of a client as people type them: whole, in part, in capitals, and a number in several notations."""
    mark, local = world.mark, world.phone.removeprefix("+49 30 ")
    return [
        *(f"{mark}number-1", f"{mark}NUMBER-", f"{mark}holder", f"{mark}holder {mark}family".upper(), mark),
        *(f"{mark}mail@example.com", f"<{mark}MAIL@example.com>", f"mailto:{mark}mail@example.com", f"{mark}mail"),
        *(world.phone, f"0049 30 {local}", f"030/{local[:4]}-{local[4:]}", f"(030) {local}", f"4930{local}"),
        *(world.waiting.code, world.waiting.code.lower(), f"{world.waiting.code[:4]}-{world.waiting.code[4:]}"),
    ]


def queries_for_nobody(world):
    """The same shapes, about people and cases that do not exist."""
    code, digits = world.waiting.code, str.maketrans("0123456789", "0123456888")
    swap = {world.mark: "zzyzzx", world.mark.upper(): "ZZYZZX", code: "2" * 8, code.lower(): "2" * 8}
    swap |= {f"{code[:4]}-{code[4:]}": "2222-2222"}
    found = []
    for query in queries(world):
        for known, other in swap.items():
            query = query.replace(known, other)
        found.append(query if any(char.isalpha() for char in query) else query.translate(digits).replace("777", "666"))
    return found


@pytest.mark.parametrize("role", Role.values)
def test_a_filter_that_names_the_other_client_is_one_that_names_nothing(acme, globex, quiet, role):
    browser, nothing = signed_in(acme.staff[role]), "01912345-6789-7abc-8def-0123456789ab"
    tried = {
        "client": (globex.mark, "zzyzzx"),
        "account": (f"{globex.mark}number-1", "zzyzzxnumber-1"),
        "number": (f"{globex.mark}number-1", "zzyzzxnumber-1"),
        "by": (f"{globex.mark}loginagent", "zzyzzxloginagent"),
        "who": (globex.mark, "zzyzzx"),
        "q": (globex.waiting.code, "22222222"),
        "before": (str(globex.rows["delivery"].pk), nothing),
        "after": (str(globex.stopped.pk), nothing),
    }
    for name in LISTS:
        for field, values in tried.items():
            answers = [browser.get(reverse(name), {field: value}) for value in values]
            texts = [without(everything(answer), [value]) for answer, value in zip(answers, values, strict=True)]
            assert tells_of(globex, texts[0]) == set(), (name, field)
            assert answers[0].status_code == answers[1].status_code, (name, field)


@pytest.mark.parametrize("role", [Role.COMPLIANCE, Role.AUDITOR])
@pytest.mark.parametrize("code", registries.exports)
def test_an_export_is_of_one_client_and_names_no_person(acme, globex, quiet, role, code):
    text = everything(signed_in(acme.staff[role]).post(reverse("export", args=[code])))

    assert tells_of(globex, text) == set()
    marks = {mark.removeprefix(acme.mark) for mark in tells_of(acme, text)} - acme.ids
    told = {"client", "number", "reason"} | LOGINS
    # Which plan each account was on, what it included, and that this very list is being taken away by whom.
    own = {"memberships": {"plan", "entitlement"}, "access": {f"login{role}"}}
    own |= {"linked_messages": {"system", "event"}}
    own |= {name: {"plan"} for name in ("accounts_as_of", "cancellations", "trials")}
    assert marks - {""} == told if code == "status_log" else marks - {""} - STAFF_NAMES <= told | own.get(code, set())
    assert whole_data(acme, text) == set()


def test_a_mail_is_of_one_client(desks, acme, globex):
    mails, lines = desks[2:]

    for ours, other in ((acme, globex), (globex, acme)):
        found = [mail for mail in mails if mail["To"] == f"{ours.mark}mail@example.com"]
        assert len(found) == 5
        for mail in found:
            text = f"{mail.as_string()}\n{mail.get_content()}"
            assert tells_of(other, text) == set()
            marks = {mark.removeprefix(ours.mark) for mark in tells_of(ours, text)}
            assert {"holder", "family", "client", "sender", "subject", "body", "plan"} - marks == set()
    assert {mail["To"] for mail in mails} == {f"{world.mark}mail@example.com" for world in (acme, globex)}
    assert private_in(lines, acme, globex) == set()


def test_whoever_works_for_nobody_finds_nothing(acme, globex, quiet):
    browser = signed_in(factories.make_user("unassigned", is_staff=True, is_superuser=True))
    for world in (acme, globex):
        for name, url in addresses(world).items():
            text = without(everything(browser.get(url)), [url])
            assert tells_of(acme, text) | tells_of(globex, text) == set(), name


def test_the_scope_of_one_client_holds_no_row_of_the_other(acme, globex):
    with scope(client=[acme.client.pk]):
        assert {row.client_id for row in Delivery.objects.all()} == {acme.client.pk}
