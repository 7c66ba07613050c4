"""Taking on a client."""

from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django_scopes import scope, scopes_disabled

from accounts import ledger, registries
from accounts.errors import Invalid
from accounts.models import Client


@transaction.atomic
def create_client(*, actor, **fields):
    """Take on a client, with the reasons, policies and templates that its industry begins with.

    Raises ``Invalid`` for fields that cannot be right, such as a code that another client has.
    """
    client = Client(**fields)
    try:
        with scopes_disabled():
            client.full_clean()
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field=next(iter(error.message_dict))) from error
    if client.time_zone not in available_timezones():
        raise Invalid(_("There is no such time zone."), field="time_zone")
    if client.language not in dict(settings.MESSAGE_LANGUAGES):
        raise Invalid(_("Members are not written to in this language."), field="language")
    client.save()
    begin(client, actor=actor)
    return client


@transaction.atomic
def begin(client, *, actor):
    """Give a client that was just saved what it begins with, and begin its chain. May run twice."""
    with scope(client=[client.pk]), translation.override(settings.LANGUAGE_CODE):
        for give in registries.new_client.values():
            give(client)
        if client.head_number == 0:
            with ledger.change(client, actor=actor) as work:
                work.log(client, "take_on", subject_type="client", reason="client_taken_on")
