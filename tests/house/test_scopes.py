"""The net under every query: a model that belongs to a client refuses to be asked outside of one."""

import pytest
from django_scopes import scope
from django_scopes.exceptions import ScopeError

from accounts.checks import is_history, our_models
from accounts.models import Absence, Account, Client, ClientRole, Person, StaffHours, User
from tests import factories

# People work for several clients: when they do is theirs.
UNSCOPED = {Absence, ClientRole, Person, StaffHours, User}
TENANT_MODELS = [model for model in our_models() if not is_history(model) and model not in UNSCOPED]


@pytest.mark.requirement("R132")
@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model.__name__)
def test_a_tenants_rows_cannot_be_asked_for_outside_a_scope(model, db):
    with pytest.raises(ScopeError):
        model.objects.count()
    with pytest.raises(ScopeError):
        model.objects.filter(pk=None)


def test_a_scope_shows_its_own_rows_and_no_others(acme, globex):
    with scope(client=[acme.pk]):
        assert list(Client.objects.all()) == [acme]
    with scope(client=[]):
        assert list(Client.objects.all()) == []


def test_somebody_sees_what_both_the_scope_and_their_roles_let_them(acme, globex):
    for client in (acme, globex):
        factories.make_account(client, "A-1")
    of_both = factories.make_user("of-both", (acme, "agent"), (globex, "agent"))
    of_globex = factories.make_user("of-globex", (globex, "agent"))

    def seen(user, *clients):
        with scope(client=[client.pk for client in clients]):
            return {account.client for account in Account.objects.for_user(user)}

    assert seen(of_both, acme, globex) == {acme, globex}
    assert seen(of_both, acme) == {acme}
    assert seen(of_globex, acme, globex) == {globex}
    assert seen(of_globex, acme) == set()
    assert seen(of_both) == set()
