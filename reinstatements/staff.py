"""What follows for cases when the staff of a client changes, and what the list of staff says of somebody's desk."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import grants, registries
from accounts.grants import Role
from accounts.registries import StaffLine
from accounts.services.roles import role_of
from reinstatements.models import Skills
from reinstatements.models.request import Kind
from reinstatements.presentation import choice, language
from reinstatements.services import eligibility


@registries.staff_changed.register("cases")
def look_again(client):
    eligibility.look_again(client.pk)


@registries.staff_lines.register("skills")
def skills(rows):
    """Say which cases everybody is given who works a client's cases."""
    working = [row for row in rows if "work" in grants.CAPABILITIES[role_of(row)]]
    clients = {row.content_object_id for row in rows}
    kept = {(row.client_id, row.user_id): row for row in Skills.objects.filter(client__in=clients)}
    agents = {(row.content_object_id, row.user_id) for row in working if role_of(row) == Role.AGENT}
    return {
        row.pk: StaffLine(
            in_words(
                kept.get((row.content_object_id, row.user_id)) or Skills(),
                is_agent=(row.content_object_id, row.user_id) in agents,
            ),
            reverse("skills", args=[row.content_object_id, row.user_id]),
        )
        for row in working
    }


def in_words(skills, *, is_agent=True):
    """Say which cases somebody is given, in one line; only agents are given any by themselves."""
    if not is_agent:
        return _("is given cases by supervisors only")
    if not skills.takes_cases:
        return _("is given no cases")
    kinds = ", ".join(choice(Kind, kind).lower() for kind in skills.kinds) or _("every kind")
    spoken = ", ".join(str(language(code)) for code in skills.languages) or _("every language")
    most = ngettext("%d case at most", "%d cases at most", skills.most) % skills.most
    return " · ".join([kinds, spoken, most])
