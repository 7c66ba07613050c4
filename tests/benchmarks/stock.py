"""Django's own list of the same model, with filters and search, as one gets it from a few lines."""

from django.contrib import admin
from django.urls import path

from config.urls import urlpatterns as product
from reinstatements.models import ReinstatementRequest

site = admin.AdminSite(name="stock")


@admin.register(ReinstatementRequest, site=site)
class RequestAdmin(admin.ModelAdmin):
    list_display = ("code", "client", "account", "kind", "status", "worker", "opened_at", "due_at")
    list_filter = ("status", "kind", "client", "opened_at")
    list_select_related = ("client", "account", "worker")
    search_fields = ("code", "account__number")
    date_hierarchy = "opened_at"
    ordering = ("due_at", "id")


MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
"""What a new project begins with."""
urlpatterns = [path("stock/", site.urls), *product]
