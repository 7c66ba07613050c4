from allauth.account import views as allauth
from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from config.health import health

# One door: the admin sends people to the same sign-in page as everything else.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("health/", health, name="health"),
    path("sign-in/", allauth.login, name="account_login"),
    path("sign-out/", allauth.logout, name="account_logout"),
    path("password/", allauth.password_change, name="account_change_password"),
    path("admin/", admin.site.urls),
    path("reinstatements/", include("reinstatements.urls")),
    path("", include("notifications.urls")),
    path("", include("accounts.urls")),
]

if settings.DEMO:
    urlpatterns.append(path("dev/mail/", include("config.devmail")))
