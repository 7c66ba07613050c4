from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

REGISTERED_IN = (
    *("personal_data", "guards", "navigation", "homes", "panels", "search", "wording"),
    *("exports", "erasure", "verification", "events", "new_client", "automatic"),
    *("import_kinds", "membership_exports", "asset_exports", "offer_exports", "difference_exports", "staff"),
)


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from accounts import checks  # noqa: F401

        autodiscover_modules(*REGISTERED_IN)
        # The one permitted signal: SQLite's migrations drop triggers without a word.
        pre_migrate.connect(remove_guards, dispatch_uid="guards")
        post_migrate.connect(prepare_database, dispatch_uid="guards")


def last_app(sender):
    """Both signals fire once for each app; the guards and the first rows belong to the whole."""
    from django.apps import apps

    with_models = [config.label for config in apps.get_app_configs() if config.models_module is not None]
    return sender.label == with_models[-1]


def remove_guards(sender, using, **kwargs):
    """Only SQLite must do without for a while; PostgreSQL migrates, and serves people, with its guards in place."""
    from django.db import connections

    from accounts.ledger import guards

    if last_app(sender) and connections[using].vendor == "sqlite":
        guards.remove(connections[using])


def prepare_database(sender, using, **kwargs):
    """Install the guards and the login that stands for rules and jobs, once all tables are there."""
    from django.db import connections

    from accounts.ledger import guards
    from accounts.services import staff

    # A migration of one app, or back to an older state, can leave tables out.
    if not last_app(sender) or guards.tables() - set(connections[using].introspection.table_names()):
        return
    guards.install(connections[using])
    staff.ensure_system_user()
