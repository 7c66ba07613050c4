"""What somebody is given of a client's cases: changed by its administrators and supervisors, on the client's record."""

from django.utils.translation import gettext as _

from accounts import grants, ledger
from accounts.errors import Refused
from accounts.models import Client
from reinstatements import rules
from reinstatements.models import Skills


def may_change(client, user):
    return rules.can_assign(client, user) or grants.allows(user, client.pk, "configure")


def save(skills, changed, *, actor):
    """Keep the fields named in ``changed``, with what they were before. Raises ``Refused`` for whoever may not."""
    with ledger.change(Client.objects.get(pk=skills.client_id), actor=actor) as work:
        if not may_change(work.chain, actor):
            raise Refused(_("You do not say who works on what at this client."))
        before = Skills.objects.filter(client=skills.client_id, user=skills.user_id).first()
        if before:
            skills.pk, skills._state.adding = before.pk, False
        told = {name: [getattr(before, name, None), getattr(skills, name)] for name in changed}
        work.log(
            skills,
            "change" if before else "create",
            subject_type="skills",
            reason="settings_changed",
            data={"user": str(skills.user_id), "settings": told},
        )
        skills._history_user = actor
        skills.save()
    return skills
