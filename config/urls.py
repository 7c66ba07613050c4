from allauth.account import views as allauth
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from accounts.middleware import API
from config.api import api
from config.health import health
from config.reference import openapi, reference
from config.theme import theme

urlpatterns = [
    path("health/", health, name="health"),
    path("theme/", theme, name="theme"),
    path("sign-in/", allauth.login, name="account_login"),
    path("sign-out/", allauth.logout, name="account_logout"),
    path("password/", allauth.password_change, name="account_change_password"),
    path("api/", reference, name="api_reference"),
    path("api/openapi.json", openapi, name="api_openapi"),
    path(API.lstrip("/"), api.urls),
    path("admin/", admin.site.urls),
    path("reinstatements/", include("reinstatements.urls")),
    path("", include("notifications.urls")),
    path("", include("accounts.urls")),
]

if settings.DEMO:
    urlpatterns.append(path("dev/mail/", include("config.devmail")))
