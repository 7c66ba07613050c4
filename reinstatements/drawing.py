"""The rows of a list of cases, and what it is narrowed by, drawn in one pass."""

from dataclasses import dataclass, field
from functools import lru_cache

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import components
from accounts.components import NOTHING, day, due, icon, joined, local, markup, minute, status_badge, tag_of
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
    cells = [(draw, str(label)) for label, draw in shown.values()]
    heads = [_("Case"), *(label for _draw, label in cells)]
    last = markup('<th scope="col"><span class="hidden-text">{}</span></th>', _("Tick")) if tick else NOTHING
    return markup(
        "<thead><tr>{}{}</tr></thead><tbody>{}</tbody>",
        joined(markup('<th scope="col">{}</th>', head) for head in heads),
        last,
        joined(lines(rows, cells, step, tick), "\n"),
    )


def lines(rows, cells, step, tick):
    before, after = reverse("case", args=["_"]).split("_")
    for row in rows:
        case = row["case"]
        first = markup('<td><a href="{}"><code>{}</code></a></td>', f"{before}{case.code}{after}", case.code)
        found = "".join([draw(case, row, label, step) for draw, label in cells])
        yield f"<tr>{first}{found}{tick_box(case) if tick else ''}</tr>"


def client(case, row, label, step):
    return markup('<td class="nowrap">{}</td>', tag_of(case.client_name, case.client_colour))


def account(case, row, label, step):
    return markup(
        '<td data-label="{}"><span><bdi>{}</bdi> <span class="muted"><bdi>{}</bdi></span></span></td>',
        *(label, case.account_number, row["holder"]),
    )


def kind(case, row, label, step):
    return markup('<td class="nowrap" data-label="{}">{}</td>', label, choice(Kind, case.kind))


def reason(case, row, label, step):
    return markup('<td data-label="{}">{}</td>', label, row["reason"])


def status(case, row, label, step):
    badge = status_badge(case.status, choice(ReinstatementRequest.Status, case.status))
    if not case.sent_back_count:
        return markup('<td class="nowrap">{}</td>', badge)
    times = ngettext("sent back %(n)s time", "sent back %(n)s times", case.sent_back_count)
    said = times % {"n": case.sent_back_count}
    return markup(
        '<td class="nowrap">{} <span title="{}">{}<span aria-hidden="true">{}</span>'
        '<span class="hidden-text">{}</span></span></td>',
        *(badge, said, icon("undo-2", 13), case.sent_back_count, said),
    )


def time_left(case, row, label, step):
    """Draw what is left of an open case's time; of one that has ended, when it was decided."""
    if case.is_open:
        left = due(case.step_due_at, "breached") if step == "step" else due(case.due_at, row["standing"])
        return markup('<td class="nowrap">{}{}</td>', left, priority(case))
    at, words = (case.decided_at, _("decided %(day)s")) if case.decided_at else (case.opened_at, _("opened %(day)s"))
    at = local(at)
    return markup(
        '<td class="nowrap">{}<time class="muted" datetime="{}">{}</time></td>',
        markup("{} ", due(case.due_at, row["standing"])) if step == "ended" else NOTHING,
        at.isoformat(),
        words % {"day": minute(at) if case.decided_at else day(at)},
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


def worker(case, row, label, step):
    return markup('<td class="spare nowrap"><bdi>{}</bdi></td>', case.worker or "–")


def opened(case, row, label, step):
    at = local(case.opened_at)
    return markup(
        '<td class="nowrap" data-label="{}"><time datetime="{}">{}</time></td>',
        *(label, at.isoformat(), minute(at)),
    )


def tick_box(case):
    return markup(
        '<td><input type="checkbox" form="bulk" name="case" value="{}" data-tick aria-label="{}"></td>',
        *(case.pk, _("Tick %(code)s") % {"code": case.code}),
    )


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
