import os
import time
import uuid

from django.db import models
from django.db.models.fields.related_lookups import RelatedIn
from django.db.models.sql.where import AND
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMFieldDescriptor, FSMModelMixin
from django_scopes import ScopedManager

from accounts import grants

FREE, VERSION_7 = ~(0xF << 76 | 0x3 << 62), 0x7 << 76 | 0x2 << 62
"""All bits but those that say what a UUID is, and what these say."""
fill = object.__setattr__


def new_id(drawn=None):
    """Return a UUID version 7 (RFC 9562): milliseconds first, so that rows made together lie together on disk.

    ``drawn`` are ten random bytes, for whoever has drawn them together with others.
    """
    value = (time.time_ns() // 1_000_000 << 80) | int.from_bytes(drawn or os.urandom(10))
    made = uuid.UUID.__new__(uuid.UUID)  # its __init__ takes as long again to see which of six notations it is given
    fill(made, "int", value & FREE | VERSION_7)
    fill(made, "is_safe", uuid.SafeUUID.unknown)
    return made


class TenantQuerySet(models.QuerySet):
    """Rows of one client each; ``capability`` names what a role must be able to do to see them."""

    capability = "see"

    def for_user(self, user):
        """Return the rows of the clients where ``user`` holds a role that may see them."""
        return self.of_clients(grants.client_ids(user, self.capability))

    def of_clients(self, client_ids):
        return self if self.is_limited_to(client_ids) else self.filter(client__in=client_ids)

    def is_limited_to(self, client_ids):
        """Tell whether the scope has chosen these clients, or fewer, in this very query.

        The same list twice is the same answer, but PostgreSQL multiplies the two and takes no index.
        """
        where, clients = self.query.where, set(client_ids)
        return (
            where.connector == AND
            and not where.negated
            and any(
                isinstance(condition, RelatedIn)
                and condition.lhs.alias == self.model._meta.db_table
                and condition.lhs.target.attname == "client_id"
                and isinstance(condition.rhs, list | tuple)
                and set(condition.rhs) <= clients
                for condition in where.children
            )
        )


def tenant_manager(queryset=TenantQuerySet, **scope):
    """Return a manager that raises outside a client scope; ``scope`` defaults to the model's own ``client``."""
    return ScopedManager(**(scope or {"client": "client"}), _manager_class=models.Manager.from_queryset(queryset))


class Row(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True


class StatusModel(FSMModelMixin, Row):
    """A row whose status only the ledger may write.

    ``status_number`` is the number, in the account's chain, of the entry that set the status. The guards compare the
    two on every INSERT and UPDATE, so a status without its entry cannot be stored by any door.
    """

    subject_type: str
    opening_statuses: frozenset[str]
    may_run_ahead = False
    """Whether entries may go ahead of the row, which then takes on what the last of them says."""

    status_number = models.BigIntegerField(_("number of the entry that set the status"), default=0, editable=False)

    class Meta:
        abstract = True

    def __init_subclass__(cls, **kwargs):
        """Keep templates from running a transition when they name it."""
        super().__init_subclass__(**kwargs)
        for attribute in vars(cls).values():
            if hasattr(attribute, "_django_fsm"):
                attribute.alters_data = True

    def also_told(self):
        """Return what the entry of a transition says of what the row itself has moved with its status."""
        return {}

    @classmethod
    def allowed_changes(cls):
        """Return the set of (from, to) pairs that the status machine knows, openings included."""
        field = cls._meta.get_field("status")
        pairs = {("", status) for status in cls.opening_statuses}
        for transition in field.get_all_transitions(cls):
            pairs.add((str(transition.source), str(transition.target)))
        return pairs

    @classmethod
    def final_statuses(cls):
        """Return the statuses that nothing leads out of."""
        return {after for _before, after in cls.allowed_changes()} - {
            before for before, _after in cls.allowed_changes()
        }

    def refresh_from_db(self, *args, **kwargs):
        """Reload the row. Past the library's own way, which unprotects the field of every row in every thread."""
        self._is_reloading = True
        try:
            super(FSMModelMixin, self).refresh_from_db(*args, **kwargs)
        finally:
            self._is_reloading = False


class StatusDescriptor(FSMFieldDescriptor):
    def __set__(self, instance, value):
        if getattr(instance, "_is_reloading", False):
            self.field.set_state(instance, value)
        else:
            super().__set__(instance, value)


class StatusField(FSMField):
    """The library's field, but that a row which is being reloaded takes its status from the database."""

    descriptor_class = StatusDescriptor

    def get_state(self, instance):
        """Return the status that a row holds; the library makes a new attribute for every look, to read what waits."""
        known = instance.__dict__
        return known[self.name] if self.name in known else super().get_state(instance)

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django_fsm.FSMField", args, kwargs


def status_field(choices, **kwargs):
    return StatusField(_("status"), max_length=20, choices=choices, protected=True, **kwargs)
