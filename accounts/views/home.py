from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import grants, registries
from accounts.models import Client


@require_safe
def home(request):
    """Show what this person's roles need first."""
    sections = [section for contribute in registries.homes.values() for section in contribute(request)]
    sections.sort(key=lambda section: section.position)
    context = {
        "greeting": greeting(),
        "clients": Client.objects.filter(pk__in=list(grants.of(request.user))),
        "sections": [
            render_to_string(section.template, {**section.context, "title": section.title}, request)
            for section in sections
        ],
    }
    return render(request, "accounts/home.html", context)


def greeting():
    hour = timezone.localtime().hour
    if 5 <= hour < 12:
        return _("Good morning")
    return _("Good afternoon") if 12 <= hour < 18 else _("Good evening")
