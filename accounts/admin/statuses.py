from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import ClientFilter, ScopedAdmin
from accounts.admin.clients import one_line
from accounts.models import Membership, StatusRule


class StatusRuleForm(forms.ModelForm):
    name = forms.CharField(label=_("Name"), max_length=40, validators=[one_line])
    statuses = forms.MultipleChoiceField(
        label=_("For memberships that are"),
        choices=Membership.Status.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("All, where none is ticked."),
    )


@admin.register(StatusRule)
class StatusRuleAdmin(ScopedAdmin):
    form = StatusRuleForm
    fields = ("client", "name", "weight", "statuses", ("starts", "starts_days"), ("ends", "ends_days"), "is_active")
    fixed = ("client",)
    list_display = ("name", "client", "weight", "starts", "starts_days", "ends", "ends_days", "is_active")
    list_filter = (ClientFilter, "is_active")
    list_select_related = ("client",)
