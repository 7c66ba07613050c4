from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReinstatementsConfig(AppConfig):
    name = "reinstatements"
    verbose_name = _("Reinstatements")
    default_auto_field = "django.db.models.BigAutoField"
