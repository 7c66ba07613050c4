"""The rows of a list of cases, drawn in one pass."""

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.components import NOTHING, client_tag, day, due, icon, minute, stamp, status_badge
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
    heads = [_("Case"), *(label for label, _draw in shown.values())]
    last = format_html('<th scope="col"><span class="hidden-text">{}</span></th>', _("Tick")) if tick else NOTHING
    return format_html(
        "<thead><tr>{}{}</tr></thead><tbody>{}</tbody>",
        *(format_html_join("", '<th scope="col">{}</th>', ((head,) for head in heads)), last),
        SafeString("\n".join(lines(rows, [draw for _label, draw in shown.values()], step, tick))),
    )


def lines(rows, cells, step, tick):
    before, after = reverse("case", args=["_"]).split("_")
    for row in rows:
        case = row["case"]
        first = format_html('<td><a href="{}"><code>{}</code></a></td>', f"{before}{case.code}{after}", case.code)
        found = "".join(draw(case, row, step) for draw in cells)
        yield f"<tr>{first}{found}{tick_box(case) if tick else ''}</tr>"


def client(case, row, step):
    return format_html('<td class="nowrap">{}</td>', client_tag(case.client))


def account(case, row, step):
    return format_html(
        '<td data-label="{}"><span><bdi>{}</bdi> <span class="muted"><bdi>{}</bdi></span></span></td>',
        *(_("Account"), case.account.number, row["holder"].name),
    )


def kind(case, row, step):
    return format_html('<td class="nowrap" data-label="{}">{}</td>', _("Kind"), choice(Kind, case.kind))


def reason(case, row, step):
    return format_html('<td data-label="{}">{}</td>', _("Why it stopped"), row["reason"])


def status(case, row, step):
    badge = status_badge(case.status, choice(ReinstatementRequest.Status, case.status))
    if not case.sent_back_count:
        return format_html('<td class="nowrap">{}</td>', badge)
    times = ngettext("sent back %(n)s time", "sent back %(n)s times", case.sent_back_count)
    said = times % {"n": case.sent_back_count}
    return format_html(
        '<td class="nowrap">{} <span title="{}">{}<span aria-hidden="true">{}</span>'
        '<span class="hidden-text">{}</span></span></td>',
        *(badge, said, icon("undo-2", 13), case.sent_back_count, said),
    )


def time_left(case, row, step):
    """Draw what is left of an open case's time; of one that has ended, when it was decided."""
    if case.is_open:
        left = due(case.step_due_at, "breached") if step == "step" else due(case.due_at, row["standing"])
        return format_html('<td class="nowrap">{}{}</td>', left, priority(case))
    at, words = (case.decided_at, _("decided %(day)s")) if case.decided_at else (case.opened_at, _("opened %(day)s"))
    return format_html(
        '<td class="nowrap">{}<time class="muted" datetime="{}">{}</time></td>',
        format_html("{} ", due(case.due_at, row["standing"])) if step == "ended" else NOTHING,
        stamp(at),
        words % {"day": minute(at) if case.decided_at else day(at)},
    )


def priority(case):
    """Draw how urgent a case is, in a word with an icon; nothing for what is normal."""
    if case.priority == Priority.NORMAL:
        return NOTHING
    return format_html(
        ' <span class="due">{}{}</span>',
        icon(PRIORITY_ICONS[case.priority], 14),
        choice(Priority, case.priority),
    )


def worker(case, row, step):
    return format_html('<td class="spare nowrap"><bdi>{}</bdi></td>', str(case.worker or "–"))


def opened(case, row, step):
    return format_html(
        '<td class="nowrap" data-label="{}"><time datetime="{}">{}</time></td>',
        *(_("Opened"), stamp(case.opened_at), minute(case.opened_at)),
    )


def tick_box(case):
    return format_html(
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
