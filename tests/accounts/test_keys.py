"""Master keys are turned over without touching what they protect."""

from io import StringIO

import pytest
from django.core.management import call_command

from accounts import personal, sealing
from accounts.models import Account, SubjectKey
from tests import factories

NEW = {"second": bytes(range(32, 64))}


def wrapped_under():
    return sorted({sealing.wrapped_by(row.wrapped) for row in SubjectKey.objects.all()})


@pytest.mark.requirement("R117")
@pytest.mark.django_db(transaction=True)
def test_rotating_wraps_every_key_under_the_new_master_key_and_changes_nothing_else(scoped, acme, settings):
    accounts = [factories.make_account(acme, f"A-{number}") for number in range(3)]
    before = {account.pk: bytes(account.holder_name) for account in Account.objects.all()}
    old = dict(settings.SEALING_KEYS)
    settings.SEALING_KEYS = NEW | old

    said = StringIO()
    call_command("rotate_keys", stdout=said)
    assert said.getvalue().startswith("3 keys are wrapped anew under 'second'.")
    assert wrapped_under() == ["second"]

    settings.SEALING_KEYS = NEW
    for account in accounts:
        assert personal.holder(Account.objects.get(pk=account.pk), whole=True).name == factories.HOLDER["holder_name"]
    assert {account.pk: bytes(account.holder_name) for account in Account.objects.all()} == before


@pytest.mark.requirement("R117")
@pytest.mark.django_db(transaction=True)
def test_rotating_again_finds_nothing_to_do(scoped, acme, settings):
    factories.make_account(acme)
    settings.SEALING_KEYS = NEW | dict(settings.SEALING_KEYS)
    call_command("rotate_keys", stdout=StringIO())
    kept = bytes(SubjectKey.objects.get().wrapped)

    said = StringIO()
    call_command("rotate_keys", stdout=said)
    assert said.getvalue().startswith("0 keys")
    assert bytes(SubjectKey.objects.get().wrapped) == kept


def test_a_key_whose_master_key_was_taken_away_too_early_says_which_one_is_needed(scoped, acme, settings):
    account = factories.make_account(acme)
    settings.SEALING_KEYS = NEW
    with pytest.raises(sealing.UnknownMasterKey, match="'test'"):
        personal.key_of(Account.objects.get(pk=account.pk))
