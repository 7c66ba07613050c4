"""What administers a client's cases: the policies in force, to be read, and how its desk works.

A version of a policy is never edited.
"""

import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.admin import ClientFilter, ScopedAdmin
from reinstatements.models import DeskSettings, Policy
from reinstatements.models.request import Kind


@admin.register(Policy)
class PolicyAdmin(ScopedAdmin):
    fields = ("client", "kind_of_case", "version", "in_force_from", "rules_in_full")
    readonly_fields = fields
    list_display = ("kind_of_case", "version", "client", "in_force_from")
    list_filter = (ClientFilter,)
    list_select_related = ("client",)
    ordering = ("client__name", "kind", "-version")

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    @admin.display(description=_("kind of case"), ordering="kind")
    def kind_of_case(self, policy):
        return Kind(policy.kind).label

    @admin.display(description=_("rules"))
    def rules_in_full(self, policy):
        return format_html("<pre>{}</pre>", json.dumps(policy.rules, indent=2, ensure_ascii=False))


@admin.register(DeskSettings)
class DeskSettingsAdmin(ScopedAdmin):
    fields = ("client", "claim_minutes", "assigns")
    fixed = ("client",)
    list_display = ("client", "claim_minutes", "assigns")
    list_filter = (ClientFilter,)
    list_select_related = ("client",)
