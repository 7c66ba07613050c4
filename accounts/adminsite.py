from functools import update_wrapper

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from accounts import grants

# Signing in and out and the password have one page each, the product's own; the rest nobody here needs.
LEFT_OUT = {"logout", "password_change", "password_change_done", "autocomplete", "view_on_site"}


class ConfigurationSite(admin.AdminSite):
    """The admin for whoever administers a client. ``is_staff`` and ``is_superuser`` open nothing here."""

    site_title = site_header = _("Reinstate")
    index_title = _("Configuration")
    enable_nav_sidebar = False
    empty_value_display = "–"

    def register(self, model_or_iterable, admin_class=None, **options):
        """Take in only what knows of clients and rules; what a library registers for itself stays outside."""
        from accounts.admin.base import ScopedAdmin  # registering needs this site first

        if admin_class is not None and issubclass(admin_class, ScopedAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request):
        return grants.has_anywhere(request.user, "configure")

    def admin_view(self, view, cacheable=False):
        inner = super().admin_view(view, cacheable)

        def found_or_not(request, *args, **kwargs):
            if not self.has_permission(request):
                raise Http404
            return inner(request, *args, **kwargs)

        return update_wrapper(found_or_not, inner)

    def get_urls(self):
        return [url for url in super().get_urls() if getattr(url, "name", None) not in LEFT_OUT]

    @method_decorator(never_cache)
    @login_not_required
    def login(self, request, extra_context=None):
        """Lead to the one sign-in page."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.GET.get("next") or request.path.removesuffix("login/"))
        if not self.has_permission(request):
            raise Http404
        return redirect("admin:index")
