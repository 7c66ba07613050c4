from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase
from simple_history.models import HistoricalRecords

from accounts.models.base import Row

SYSTEM_USERNAME = "reinstate"


class Person(Row):
    """A human being. Several logins of one person count as one pair of eyes."""

    name = models.CharField(_("name"), max_length=150)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self):
        return self.name


class StaffManager(UserManager):
    def _create_user_object(self, username, email, password, **extra_fields):
        if "person" not in extra_fields and "person_id" not in extra_fields:
            extra_fields["person"] = Person.objects.create(name=username)
        return super()._create_user_object(username, email, password, **extra_fields)

    def system(self):
        """Return the login that stands for rules and jobs. It cannot sign in and holds no role."""
        return self.get(username=SYSTEM_USERNAME)


class User(AbstractUser, Row):
    """A login of somebody on the staff of the provider or of a client."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="users", verbose_name=_("person"))
    language = models.CharField(_("language"), max_length=10, default="en")
    time_zone = models.CharField(_("time zone"), max_length=50, default="UTC")

    objects = StaffManager()
    history = HistoricalRecords(
        excluded_fields=["password", "last_login"], history_id_field=models.BigAutoField(), no_db_index=["person"]
    )

    class Meta(AbstractUser.Meta):
        verbose_name = _("login")
        verbose_name_plural = _("logins")

    def __str__(self):
        return self.get_full_name() or self.username

    @property
    def is_system(self):
        return self.username == SYSTEM_USERNAME


class ClientRole(UserObjectPermissionBase):
    """A role of one login at one client, dated. Only ``services.roles`` writes these rows."""

    content_object = models.ForeignKey("accounts.Client", models.CASCADE, related_name="role_rows")
    user = models.ForeignKey(User, models.CASCADE, related_name="client_roles")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    granted_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta(UserObjectPermissionBase.Meta):
        verbose_name = _("role at a client")
        verbose_name_plural = _("roles at clients")
