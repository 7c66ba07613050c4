"""The rows of a list of cases, and what it is narrowed by, drawn in one pass."""

from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from typing import NamedTuple

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import components
from accounts.components import (
    NOTHING,
    Reader,
    day,
    due,
    escaped,
    icon,
    joined,
    markup,
    minute,
    status_badge,
    tag_of,
)
from reinstatements.models import ReinstatementRequest
from reinstatements.models.request import Kind
from reinstatements.presentation import choice
from reinstatements.sla import Priority

PRIORITY_ICONS = {Priority.LOW: "chevron-down", Priority.HIGH: "chevron-up", Priority.URGENT: "chevrons-up"}


def case_table(rows, columns=(), step="", tick=False):
    """Draw head and body of the table of ``presentation.rows``, with these columns or the usual ones.

    ``step`` is "step" where the time shown is that of the step a case stands in, and "ended" where it is whether it was
    in time; ``tick`` gives each row a box for what is done to many.
    """
    shown = {name: COLUMNS[name] for name in COLUMNS if name in (columns or USUAL)}
    cells = [(draw, escaped(label)) for label, draw in shown.values()]
    heads = [_("Case"), *(label for _draw, label in cells)]
    last = markup('<th scope="col"><span class="hidden-text">{}</span></th>', _("Tick")) if tick else NOTHING
    return markup(
        "<thead><tr>{}{}</tr></thead><tbody>{}</tbody>",
        joined(markup('<th scope="col">{}</th>', head) for head in heads),
        last,
        joined(lines(rows, cells, Look(Reader.current(), step), _("Tick %(code)s") if tick else ""), "\n"),
    )


class Look(NamedTuple):
    """What the rows of one table have in common."""

    reader: Reader
    step: str


def lines(rows, cells, look, tick):
    """Yield each row; what one cell says is escaped where it is put in, and codes of cases need no escape."""
    before, after = reverse("case", args=["_"]).split("_")
    for row in rows:
        case = row["case"]
        found = "".join([draw(case, row, label, look) for draw, label in cells])
        box = tick_box(case, tick) if tick else ""
        yield f'<tr><td><a href="{before}{case.code}{after}"><code>{case.code}</code></a></td>{found}{box}</tr>'


def client(case, row, label, look):
    return f'<td class="nowrap">{tag_of(case.client_name, case.client_colour)}</td>'


def account(case, row, label, look):
    number, holder = escape(case.account_number), escape(row["holder"])
    muted = f'<span class="muted"><bdi>{holder}</bdi></span>'
    return f'<td data-label="{label}"><span><bdi>{number}</bdi> {muted}</span></td>'


def kind(case, row, label, look):
    return f'<td class="nowrap" data-label="{label}">{escape(choice(Kind, case.kind, look.reader.language))}</td>'


def reason(case, row, label, look):
    return f'<td data-label="{label}">{escape(str(row["reason"]))}</td>'


def status(case, row, label, look):
    badge = badge_of(case.status, look.reader.language)
    if not case.sent_back_count:
        return f'<td class="nowrap">{badge}</td>'
    times = ngettext("sent back %(n)s time", "sent back %(n)s times", case.sent_back_count)
    said = times % {"n": case.sent_back_count}
    return markup(
        '<td class="nowrap">{} <span title="{}">{}<span aria-hidden="true">{}</span>'
        '<span class="hidden-text">{}</span></span></td>',
        *(badge, said, icon("undo-2", 13), case.sent_back_count, said),
    )


@lru_cache(maxsize=256)
def badge_of(status, language):
    return status_badge(status, choice(ReinstatementRequest.Status, status, language))


def time_left(case, row, label, look):
    """Draw what is left of an open case's time; of one that has ended, when it was decided."""
    if case.is_open:
        at, standing = (case.step_due_at, "breached") if look.step == "step" else (case.due_at, row["standing"])
        return f'<td class="nowrap">{due(at, standing, look.reader)}{priority(case)}</td>'
    at, words = (case.decided_at, _("decided %(day)s")) if case.decided_at else (case.opened_at, _("opened %(day)s"))
    at = at.astimezone(look.reader.zone)
    said = (minute if case.decided_at else day)(at, look.reader.language)
    return markup(
        '<td class="nowrap">{}<time class="muted" datetime="{}">{}</time></td>',
        markup("{} · ", due(case.due_at, row["standing"], look.reader)) if look.step == "ended" else NOTHING,
        at.isoformat(),
        words % {"day": said},
    )


def priority(case):
    """Draw how urgent a case is, in a word with an icon; nothing for what is normal."""
    if case.priority == Priority.NORMAL:
        return NOTHING
    return markup(
        ' <span class="due">{}{}</span>',
        icon(PRIORITY_ICONS[case.priority], 14),
        choice(Priority, case.priority),
    )


def worker(case, row, label, look):
    return f'<td class="spare nowrap"><bdi>{escape(str(case.worker or "–"))}</bdi></td>'


def opened(case, row, label, look):
    at = case.opened_at.astimezone(look.reader.zone)
    return markup(
        '<td class="nowrap" data-label="{}"><time datetime="{}">{}</time></td>',
        *(label, at.isoformat(), minute(at, look.reader.language)),
    )


def tick_box(case, words):
    label = escape(words % {"code": case.code})
    return f'<td><input type="checkbox" form="bulk" name="case" value="{case.pk}" data-tick aria-label="{label}"></td>'


COLUMNS = {
    "client": (gettext_lazy("Client"), client),
    "account": (gettext_lazy("Account"), account),
    "kind": (gettext_lazy("Kind"), kind),
    "reason": (gettext_lazy("Why it stopped"), reason),
    "status": (gettext_lazy("Status"), status),
    "due": (gettext_lazy("Due"), time_left),
    "worker": (gettext_lazy("Worked by"), worker),
    "opened": (gettext_lazy("Opened"), opened),
}
USUAL = [name for name in COLUMNS if name != "opened"]


def queue_tabs(tabs):
    """Draw the queues as tabs, each with its label, url, count and whether one is on it."""
    drawn = [
        markup(
            '<a href="{}"{}>{}{}</a>',
            *(tab["url"], CURRENT if tab["is_current"] else NOTHING, tab["label"]),
            markup('<span class="count">{}</span>', tab["count"]) if tab["count"] else NOTHING,
        )
        for tab in tabs
    ]
    return markup('<nav class="tabs" aria-label="{}">{}</nav>', _("Queues"), joined(drawn))


CURRENT = SafeString(' aria-current="page"')


def queue_filter(form):
    """Draw the fields of a ``QueueForm``; those that look the same are drawn once."""
    looks = form.looks
    return fields_of(form) if looks is None else kept_fields(Looks(looks, form))


@dataclass(frozen=True)
class Looks:
    key: tuple
    form: object = field(compare=False)


@lru_cache(maxsize=64)
def kept_fields(looks):
    return fields_of(looks.form)


def fields_of(form):
    return markup(
        '{}{}<details class="filter-more"{}><summary>{}</summary><div class="filters">{}</div></details>',
        joined(hidden.as_widget() for hidden in form.hidden_fields()),
        joined(map(components.field, form.first_fields)),
        SafeString(" open") if form.has_more else NOTHING,
        _("More filters, order, columns"),
        joined(map(components.field, form.more_fields)),
    )
