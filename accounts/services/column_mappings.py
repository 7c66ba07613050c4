"""Which column of a file feeds which field: suggested by the header, declared by people, kept for the next file."""

import re
from dataclasses import dataclass
from itertools import islice

from django.utils.translation import gettext as _

from accounts import ledger
from accounts.errors import Invalid
from accounts.imports import dates, layouts
from accounts.imports.cells import Cells, Unreadable
from accounts.masking import mask_generic
from accounts.models import ColumnMapping
from accounts.services.import_runs import opened, read_again
from accounts.services.imports import refuse_unless_may_import

SAMPLED = 1000
SHOWN = 5
SETTINGS = ("date_format", "time_zone", "currency", "decimal")


def settings_of(kind):
    """Return the names of everything that is declared of a whole file of this kind."""
    return (*SETTINGS, *(option.code for option in kind.options))


@dataclass(frozen=True)
class Sample:
    """The header of a file and its first 1000 lines."""

    header: list[str]
    lines: list[Cells]

    def values(self, column):
        return [cells.values.get(column, "") for cells in self.lines]

    def masked(self, kind, columns):
        """Return the first lines as a page may show them: by what each column feeds, dots where it feeds nothing."""
        masks = {columns[field.code]: field.mask for field in kind.fields if columns.get(field.code)}
        shown = [cells for cells in self.lines if cells.values][:SHOWN]
        return {
            column: [masks.get(column, mask_generic)(self.text(cells.values.get(column, ""))) for cells in shown]
            for column in self.header
        }

    @staticmethod
    def text(value):
        return "" if isinstance(value, Unreadable) else str(value)[:200]


def sample(run, layout):
    """Return what stands at the beginning of a run's file; raises ``Invalid`` where it cannot be read so."""
    with opened(run) as file:
        header = layouts.header(file, layout)
    with opened(run) as file:
        return Sample(header, list(islice(layouts.lines(file, layout), SAMPLED)))


def suggested(kind, header):
    """Return ``{field: column}`` for the columns whose names say what they are; each column feeds one field."""
    by_name = {plain(column): column for column in reversed(header)}
    found = {}
    for field in kind.fields:
        for name in (field.code, str(field.label), *field.names):
            column = by_name.get(plain(name))
            if column and column not in found.values():
                found[field.code] = column
                break
    return found


def known(run, kind, at, chosen=None):
    """Return what is known of a file before anybody says more: its columns, how its dates may be written, and a form's
    initial values. A kept mapping says so, or what was said of it before, or the names of its columns.
    """
    told = chosen.settings if chosen else run.settings
    columns = told.get("columns") or suggested(kind, at.header)
    initial = {f"column_{field}": column for field, column in columns.items() if column in at.header}
    initial["as_of"] = run.as_of
    initial |= {name: told[name] for name in settings_of(kind) if told.get(name)}
    return columns, dates.fitting(dated(kind, at, columns)), initial


def plain(name):
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()


def dated(kind, at, columns):
    """Return the texts of the sample that are dates or times by this mapping."""
    found = [
        value
        for field in kind.fields
        if field.shape in ("date", "time")
        for value in at.values(columns.get(field.code))
    ]
    return [value for value in found if value.strip() and not isinstance(value, dates.Dated | Unreadable)]


def declared(kind, at, columns, settings):
    """Return the settings of an import as they are kept.

    Raises ``Invalid`` with the field that is missing or does not fit the sample: what can be read in two ways is asked.
    """
    for field in kind.fields:
        if field.is_required and not columns.get(field.code):
            raise Invalid(_("Say which column holds this."), field=f"column_{field.code}")
    settings = dict.fromkeys(settings_of(kind), "") | settings
    texts = dated(kind, at, columns)
    if texts:
        # What is no date however one reads it is a bad line, told by its number; it says nothing of the others.
        fitting = dates.fitting([text for text in texts if dates.fitting([text])])
        if not settings["date_format"]:
            ways = ", ".join(fitting) or _("none of those we know")
            raise Invalid(
                _("Choose how dates are written. These fit every one sampled: %s.") % ways, field="date_format"
            )
        if settings["date_format"] not in fitting:
            raise Invalid(_("Not every date in the first lines is written so."), field="date_format")
    times = [field for field in kind.fields if field.shape == "time" and columns.get(field.code)]
    if times and not settings["time_zone"]:
        raise Invalid(_("Choose the time zone of times that do not say theirs."), field="time_zone")
    if settings["currency"] and not re.fullmatch("[A-Z]{3}", settings["currency"]):
        raise Invalid(_("This is not a currency's code of three capital letters, such as EUR."), field="currency")
    used = {field: column for field, column in columns.items() if column}
    return {"columns": used, **{name: settings[name] for name in settings_of(kind)}}


def save(client, kind, name, settings, layout, *, actor):
    """Keep a mapping under its name, in the place of an older one; what changed is on the client's record.

    The entry names our fields, not the file's columns: a file without a header would put a person there.
    """
    refuse_unless_may_import(client, actor)
    with ledger.change(client, actor=actor) as work:
        mapping = ColumnMapping.objects.filter(client=client, kind=kind.code, name=name).first()
        action = "change" if mapping else "create"
        mapping = mapping or ColumnMapping(client=client, kind=kind.code, name=name)
        mapping.settings = settings | {"encoding": layout.encoding, "separator": layout.separator}
        mapping.save()
        said = {name: settings[name] for name in settings_of(kind)} | {
            "kind": kind.code,
            "fields": sorted(settings["columns"]),
        }
        work.log(mapping, action, subject_type="columnmapping", reason="settings_changed", data=said)
    return mapping


def fill_in(run, mapping, *, actor):
    """Read a file that waits as the files of a kept mapping are read; what a file says of itself stands above that.

    Raises ``Refused`` and ``Moved`` as ``import_runs.read_again``.
    """
    layout = layouts.Layout.load(run.layout)
    names = ("separator",) if layout.is_certain else ("encoding", "separator")
    known = {name: mapping.settings[name] for name in names if mapping.settings.get(name)}
    read_again(run, actor=actor, **known if layout.format == "csv" else {})


def remove(mapping, *, actor):
    """Forget a mapping; imports that used it keep what they were told."""
    refuse_unless_may_import(mapping.client, actor)
    with ledger.change(mapping.client, actor=actor) as work:
        work.log(
            mapping, "delete", subject_type="columnmapping", reason="settings_changed", data={"kind": mapping.kind}
        )
        mapping.delete()
