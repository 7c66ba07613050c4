"""Naming somebody at the client who approves from outside: they have no password, and decide by a link and a code."""

import secrets

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import rules
from accounts.errors import Invalid, Refused
from accounts.grants import Role
from accounts.models import Person, User
from accounts.services import roles


@transaction.atomic
def name_approver(client, *, name, email, language, actor):
    """Make the login of somebody at the client who is asked by mail, with the role of a contact; return it.

    An address that another login has is that person's: whoever works on cases there does not approve from outside.
    Raises ``Refused`` for whoever may not grant roles, and ``Invalid`` for a name or address that cannot be used.
    """
    if not rules.can_grant(client, actor):
        raise Refused(_("You do not grant roles at this client."))
    if not name.strip():
        raise Invalid(_("Say who it is."), field="name")
    if language not in dict(settings.MESSAGE_LANGUAGES):
        raise Invalid(_("Choose a language from the list."), field="language")
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid(_("This is not a mail address."), field="email") from error
    known = User.objects.filter(email__iexact=email).order_by("date_joined", "pk").first()
    person = known.person if known else Person.objects.create(name=name.strip())
    held = roles.roles_of_person(known, client) if known else frozenset()
    if person.pk == actor.person_id or held:
        raise Invalid(_("Somebody with this address has a role at this client already."), field="email")
    user = User(
        username=f"outside-{secrets.token_hex(6)}",
        first_name=name.strip()[:150],
        email=email,
        person=person,
        language=language,
        time_zone=client.time_zone,
    )
    user.set_unusable_password()
    user.save()
    roles.grant(user, client, Role.CONTACT, actor=actor)
    return user
