"""The machine's own Chromium in front of a real web server. Playwright's download of a browser is not needed."""

import os
import shutil

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings
from playwright.sync_api import expect

from tests import parts
from tests.browser import house
from tests.browser.visits import DESKTOP, TYPED, walk

# A machine that is busy with other things is no failure.
PATIENCE = 20_000  # milliseconds
expect.set_options(timeout=PATIENCE)


@pytest.fixture(autouse=True, scope="session")
def database_beside_the_event_loop():
    """Playwright runs an event loop in this thread, which Django would take for asynchronous code."""
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not browser:
        pytest.skip("no Chromium was found")
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return browser_type_launch_args | {"executable_path": browser, "args": quiet + root}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return browser_context_args | {"viewport": DESKTOP, "locale": "en-GB", "color_scheme": "light"}


@pytest.fixture(scope="session")
def server_log(tmp_path_factory):
    return tmp_path_factory.mktemp("web") / "server.log"


@pytest.fixture(scope="session")
def base_url(django_db_setup, server_log):
    """Where the product is served, on the tests' database. An error that the server logs fails the run."""
    with parts.web_server(server_log.parent, server_log) as address:
        yield address
    assert [line for line in server_log.read_text().splitlines() if '"level": "error"' in line] == []


@pytest.fixture
def open_browser(new_context, base_url):
    """Return function(user=None, **context) that gives a person a browser of their own, signed in if ``user`` is given.

    A script error, a violation of the content security policy and a missing file fail the test.
    """
    troubles = []

    def open_browser(user=None, **how):
        context = new_context(**how)
        context.set_default_timeout(PATIENCE)
        watch(context, troubles)
        if user:
            context.add_cookies([session_of(user, base_url)])
        return context.new_page()

    yield open_browser
    assert troubles == []


def watch(context, troubles):
    """Note what the browser or the server complains about. A page that refuses something is no trouble."""

    def said(message):
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            troubles.append(message.text)

    def answered(response):
        is_page = response.request.resource_type in ("document", "fetch")
        if response.status >= 500 or (response.status >= 400 and not is_page):
            troubles.append(f"{response.status} {response.url}")

    context.on("console", said)
    context.on("weberror", lambda error: troubles.append(str(error.error)))
    context.on("response", answered)


def session_of(user, base_url):
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": base_url}


@pytest.fixture(scope="session")
def visits(browser, browser_context_args, base_url, server_log, django_db_blocker):
    """Everybody's visits to all of their pages, by role. ``visitor`` is not signed in."""
    found, folder = {}, server_log.parent
    # Files lie where the server looks for them.
    with django_db_blocker.unblock(), override_settings(VAR_DIR=folder, EXPORT_DIR=folder / "exports"):
        try:
            for who, user in {**house.furnish(), "visitor": None}.items():
                context, troubles = browser.new_context(**browser_context_args), []
                watch(context, troubles)
                if user:
                    context.add_cookies([session_of(user, base_url)])
                also = {"supervisor": (*TYPED, *house.far_pages()), "visitor": TYPED}.get(who, ())
                found[who] = walk(context, base_url, troubles, also)
                context.close()
        finally:
            call_command("flush", interactive=False, verbosity=0)
    return found
