"""What our libraries do that one would not expect. A test that fails here says that a library has changed its ways."""

import inspect
import re
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.db import connections
from django.template import Context, Template
from django_fsm import FSMModelMixin, has_transition_perm
from django_fsm.admin import FSMAdminMixin
from django_scopes import scope
from simple_history.admin import SimpleHistoryAdmin

from accounts.checks import our_models
from accounts.models import Account, ClientRole
from accounts.models.base import StatusModel
from accounts.services import roles
from tests import factories

pytestmark = pytest.mark.usefixtures("scoped")
ROOT = Path(settings.BASE_DIR)


def sources():
    for app in ("accounts", "reinstatements", "notifications", "config"):
        yield from (path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)


def test_a_reload_that_raises_leaves_the_status_protected(suspended):
    with pytest.raises(Account.DoesNotExist):
        Account(client_id=suspended.client_id).refresh_from_db()

    with pytest.raises(AttributeError):
        suspended.status = "active"


def test_the_librarys_reload_would_unprotect_it():
    source = inspect.getsource(FSMModelMixin.refresh_from_db)
    assert '"protected", False' in source
    assert "finally" not in source


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_rows_are_reloaded_in_many_threads(acme):
    account, problems = factories.make_account(acme), []

    def reload():
        try:
            with scope(client=[acme.pk]):
                mine = Account.objects.get(pk=account.pk)
                for _ in range(100):
                    mine.refresh_from_db()
        except AttributeError as error:
            problems.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=reload) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []


def test_a_status_that_is_deferred_is_read_when_it_is_asked_for(suspended):
    assert Account.objects.defer("status").get(pk=suspended.pk).status == "suspended"


def test_a_superuser_holds_no_role_and_no_transition(suspended):
    root = factories.make_user("root", is_superuser=True, is_staff=True)

    assert root.has_perm("accounts.anything", suspended)
    assert not has_transition_perm(suspended.reinstate, root)
    assert not has_transition_perm(suspended.close, root)


def test_nothing_of_ours_asks_has_perm():
    asking = [
        path.name
        for path in sources()
        if ".has_perm(" in path.read_text() or "get_objects_for_user" in path.read_text()
    ]
    assert [name for name in asking if "admin" not in name] == []


def test_a_template_that_names_a_transition_does_not_run_it(suspended, awaiting_approval):
    page = Template("{{ account.close }}{{ account.reinstate }}{{ case.approve }}{{ case.ask_level }}")

    assert page.render(Context({"account": suspended, "case": awaiting_approval})) == ""
    assert (suspended.status, awaiting_approval.status) == ("suspended", "awaiting_approval")


def test_no_admin_runs_transitions_or_reverts_history():
    """fsm's admin runs a posted transition unasked; simple-history's lets whoever may look post a revert."""
    assert [
        type(one).__name__
        for one in admin.site._registry.values()
        if isinstance(one, FSMAdminMixin | SimpleHistoryAdmin)
    ] == []
    with_status = [model for model in our_models() if issubclass(model, StatusModel)]
    assert [model.__name__ for model in with_status if model in admin.site._registry] == []
    assert ClientRole not in admin.site._registry


def test_the_history_does_not_see_an_update(suspended):
    before = suspended.history.count()

    Account.objects.filter(pk=suspended.pk).update(balance_minor=1)

    assert suspended.history.count() == before


def test_no_signal_does_business():
    """post_transition fires before the row is saved. The one signal is that of migrations."""
    imported = re.compile(r"from django\S*signals import|django_fsm.signals|@receiver")
    assert [path.name for path in sources() if imported.search(path.read_text())] == ["apps.py"]


def test_an_inactive_login_holds_nothing(acme, agent, suspended):
    assert has_transition_perm(suspended.close, agent)

    agent.is_active = False
    agent.save()

    assert not has_transition_perm(suspended.close, type(agent).objects.get(pk=agent.pk))


def test_a_role_that_ended_is_no_role(acme, agent, administrator, suspended):
    roles.end(agent, acme, "agent", actor=administrator)

    assert not has_transition_perm(suspended.close, type(agent).objects.get(pk=agent.pk))


def test_a_global_grant_is_no_role(acme, suspended):
    from django.contrib.auth.models import Permission

    user = factories.make_user("somebody")
    user.user_permissions.add(*Permission.objects.filter(codename__startswith="role_"))

    assert not has_transition_perm(suspended.close, type(user).objects.get(pk=user.pk))


def test_a_scope_is_missed_by_exists_so_lists_begin_with_for_user(suspended, outsider):
    assert list(Account.objects.for_user(outsider)) == []
