"""System checks: what must hold of every model, and of the database that is in use."""

from django.apps import apps
from django.core.checks import Error, Tags, Warning, register
from django.db import connections
from django_fsm import FSMFieldMixin
from django_scopes.manager import DisabledQuerySet

from accounts import personal

OURS = ("accounts", "reinstatements", "notifications")


def our_models():
    return [model for model in apps.get_models() if model._meta.app_label in OURS]


@register()
def transitions_have_rules(app_configs, **kwargs):
    """A transition without a permission is open to everybody; a text one accepts a global grant."""
    return [
        Error(f"{model.__name__}.{transition.name} has no callable permission.", obj=model, id="reinstate.E001")
        for model in our_models()
        for field in model._meta.fields
        if isinstance(field, FSMFieldMixin)
        for transition in field.get_all_transitions(model)
        if not callable(transition.permission)
    ]


@register(Tags.database)
def guards_stand(app_configs, databases=None, **kwargs):
    """A warning, because ``migrate`` runs this check before it installs what is missing."""
    from accounts.ledger import guards

    return [
        Warning(
            f"The database {alias!r} lacks the guard {name}.",
            hint="Run: python manage.py migrate",
            id="reinstate.W002",
        )
        for alias in databases or []
        if "accounts_statuschange" in connections[alias].introspection.table_names()
        for name in guards.missing(connections[alias])
    ]


@register()
def tenant_models_are_scoped(app_configs, **kwargs):
    """A model that belongs to a client must have a manager that refuses to run outside its scope."""
    from accounts.models import ClientRole

    return [
        Error(f"{model.__name__} is not scoped to its client.", obj=model, id="reinstate.E003")
        for model in our_models()
        if model is not ClientRole
        and not is_history(model)
        and {field.name for field in model._meta.fields} & {"client", "account", "case"}
        and not isinstance(model._default_manager.get_queryset(), DisabledQuerySet)
    ]


@register()
def text_is_declared(app_configs, **kwargs):
    """Whoever adds a column that can hold words says whether they are somebody's personal data."""
    return [
        Error(
            f"{model.__name__}.{field.name} can hold words and is not declared.",
            hint=f"Declare it in {model._meta.app_label}/personal_data.py as sealed or as not personal.",
            obj=model,
            id="reinstate.E004",
        )
        for model in our_models()
        if not is_history(model)
        for field in model._meta.local_fields
        if personal.can_hold_words(field) and not personal.is_declared(model, field)
    ]


def is_history(model):
    return model._meta.model_name.startswith("historical")
