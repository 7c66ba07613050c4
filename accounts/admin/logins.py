"""Logins of the people who work for one's clients. What they may do there is granted on the staff page."""

from django.contrib import admin
from django.contrib.auth.forms import UserCreationForm
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts import rules
from accounts.admin.base import ScopedAdmin, configurable
from accounts.admin.clients import PlaceForm
from accounts.models import Person, User
from accounts.services import configuration


class NewLoginForm(PlaceForm, UserCreationForm):
    class Meta:
        model = User
        fields = ("username",)


@admin.register(User)
class LoginAdmin(ScopedAdmin):
    """Somebody with a role at another client too is that client's as well: shown, not changed.

    A password is set when the login is made and by its owner afterwards, so that no administrator can act as somebody
    who decides; whoever runs the installation can set one with ``manage.py changepassword``.
    """

    form = PlaceForm
    fields = ("username", "person", "first_name", "last_name", "email", "language", "time_zone", "is_active")
    new_fields = (
        *("username", "person", "first_name", "last_name", "email", "language", "time_zone"),
        *("password1", "password2"),
    )
    fixed = ("username", "person")
    list_display = ("username", "first_name", "last_name", "email", "is_active", "last_login")
    list_filter = ("is_active",)
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username",)

    def get_queryset(self, request):
        """Logins with a role at a client of whoever asks; a new one is reached when its first role is granted."""
        here = User.objects.filter(client_roles__content_object__in=configurable(request))
        return User.objects.filter(pk__in=here.values("pk")).order_by("username")

    def has_view_permission(self, request, obj=None):
        return self.has_module_permission(request)

    def has_change_permission(self, request, obj=None):
        return rules.can_change_login(obj, request.user) if obj else self.has_module_permission(request)

    def get_fields(self, request, obj=None):
        return self.fields if obj else self.new_fields

    def get_readonly_fields(self, request, obj=None):
        if obj and obj.person_id == request.user.person_id:
            return tuple(name for name in self.fields if name not in configuration.OWN_FIELDS)
        return super().get_readonly_fields(request, obj)

    def get_form(self, request, obj=None, **kwargs):
        return super().get_form(request, obj, **({"form": NewLoginForm} if obj is None else {}) | kwargs)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.related_model is Person:
            people = Person.objects.filter(pk__in=self.get_queryset(request).values("person"))
            kwargs |= {
                "queryset": people.order_by("name"),
                "required": False,
                "empty_label": _("Somebody new"),
                "help_text": _("Several logins of one person count as one pair of eyes. It cannot be changed later."),
            }
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request):
        return {"language": request.user.language, "time_zone": request.user.time_zone}

    @method_decorator(sensitive_post_parameters())
    def add_view(self, request, form_url="", extra_context=None):
        one_way = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().add_view(request, form_url, one_way | (extra_context or {}))

    def save_model(self, request, obj, form, change):
        if not change:
            configuration.create_login(obj, actor=request.user)
        elif form.changed_data:
            configuration.change_login(obj, form.changed_data, actor=request.user)

    def response_add(self, request, obj, post_url_continue=None):
        """Go on to the first role, without which the new login can do nothing and is on no list."""
        return HttpResponseRedirect(f"{reverse('role_grant')}?{urlencode({'username': obj.username})}")
