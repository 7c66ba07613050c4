"""Taking over what happened to a client's customers elsewhere, from a file where it lies."""

from functools import partial

from django.utils.translation import gettext as _

from accounts import registries
from accounts.errors import Invalid
from accounts.imports.kinds import Context
from accounts.imports.reading import digest_of, read
from accounts.services.import_records import on_record
from accounts.services.imports import Importing, refuse_day, refuse_unless_may_import

SET = 5000


def import_events(
    client,
    path,
    *,
    actor,
    as_of,
    columns,
    written,
    report,
    outcome,
    options=None,
    dry_run=False,
    kind="events",
    reading=None,
):
    """Put the events of a file on record; return the taker, which says which reasons it made.

    ``kind`` is the code of an import kind whose taker has a ``source`` and makes ``reasons``.

    ``columns`` says which column of the file feeds which field, ``written`` how it writes times. Sets of 5,000 lines
    are written together, all or none, so an import that breaks off may simply run again. Suspensions whose end has come
    are ended last. Raises and reports as ``import_accounts``.
    """
    refuse_unless_may_import(client, actor)
    refuse_day(as_of)
    kind = registries.import_kinds[kind]
    context = Context(client, actor, as_of, digest_of(path), dry_run, options or {})
    taker = kind.taker(context)
    importing = Importing(partial(kind.read, context=context), taker, client)

    def rows():
        return (cells.mapped(columns, written) for cells in (reading or read)(path, columns.values()))

    said = {"source": taker.source}
    with on_record(kind.code, path, context, importing, outcome=outcome, report=report, said=said) as record:
        if kind.is_surveyed:
            importing.survey(rows())
        record.take_all(rows(), SET)
        taker.finish()
    return taker


def columns_by_name(kind, header, said):
    """Return which column of a file feeds which field: as was ``said``, else by their names.

    Raises ``Invalid`` where one that is needed is missing.
    """
    known = {plain(name): name.strip() for name in header}
    found = {}
    for field in kind.fields:
        name = said.get(field.code) or next(
            (known[name] for name in (plain(field.code), *map(plain, field.names)) if name in known), None
        )
        if name:
            found[field.code] = name
        elif field.is_required:
            raise Invalid(_("The file has no column for: %s.") % field.code, field=field.code)
    return found


def plain(name):
    return name.strip().casefold().replace("_", " ")
