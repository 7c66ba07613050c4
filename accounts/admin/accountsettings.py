from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import ClientFilter, ScopedAdmin
from accounts.models import AccountSettings
from accounts.models.settings import Blocked, Required


class SettingsForm(forms.ModelForm):
    required = forms.MultipleChoiceField(
        label=_("Required before an account is activated"),
        choices=Required,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What is there and wrong, such as an address that no mail reaches, keeps it pending as well."),
    )
    review_blocks = forms.MultipleChoiceField(
        label=_("Stopped while under review"),
        choices=Blocked,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A reinstatement always is."),
    )


@admin.register(AccountSettings)
class AccountSettingsAdmin(ScopedAdmin):
    form = SettingsForm
    fields = ("client", "required", "review_days", "review_blocks", "retention_months")
    fixed = ("client",)
    list_display = ("client", "review_days", "retention_months")
    list_filter = (ClientFilter,)
    list_select_related = ("client",)
