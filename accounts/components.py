"""The small pieces that pages are made of, each drawn by one function.

A list shows hundreds of them, and a template for each would cost more than everything else on its page. Templates draw
them by the tags of the same names; what draws a whole list in one pass calls them directly.
"""

from functools import lru_cache

from django.utils import timezone
from django.utils.dates import MONTHS_3
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from lucide.templatetags.lucide import _render_icon as draw_icon

from accounts.templatetags.desk import icon as icon_of
from accounts.templatetags.desk import span, tone

NOTHING = SafeString("")
drawn_icon = lru_cache(maxsize=512)(draw_icon)


def icon(name, size):
    """Draw a lucide icon as inline SVG; the words beside it say what it means."""
    return drawn_icon(name, size, aria_hidden="true")


def status_badge(status, label):
    """Draw a status: an icon, a word and a tone. The icons of one kind of thing differ, so colour is never needed.

    ``status`` is the code of an account, membership, case, check, decision, delivery or export (the table is in
    ``templatetags/desk.py``), or a tone by itself: ok info warn bad quiet; ``label`` is the translated word.
    """
    return _badge(str(status), conditional_escape(label))


@lru_cache(maxsize=1024)
def _badge(status, label):
    return format_html(
        '<span class="badge tone-{}" data-status="{}">{}{}</span>',
        *(tone(status), status, icon(icon_of(status), 13), SafeString(label)),
    )


def client_tag(client):
    """Draw a client in a table row: a coloured letter and the name."""
    return _client_tag(client.name, client.colour)


@lru_cache(maxsize=1024)
def _client_tag(name, colour):
    return format_html(
        '<span class="client stripe-{}"><span class="swatch" aria-hidden="true">{}</span><bdi>{}</bdi></span>',
        *(colour, name[:1].upper(), name),
    )


def due(due_at, standing=""):
    """Draw how long is left, in words, with an icon; nothing without a time.

    ``standing`` is due, soon, breached, paused, met or late.
    """
    if not due_at:
        return NOTHING
    if standing == "breached":
        words = _("breached %(time)s ago") % {"time": span(due_at)}
    elif standing in ENDED:
        words = {"paused": _("paused"), "met": _("in time"), "late": _("too late")}[standing]
    else:
        words = _("due in %(time)s") % {"time": span(due_at)}
    return format_html(
        '<span class="due due-{}">{}<time datetime="{}" title="{}">{}</time></span>',
        *(standing, icon(CLOCKS.get(standing, "clock"), 14), stamp(due_at), minute(due_at), words),
    )


ENDED = {"paused", "met", "late"}
CLOCKS = {
    "breached": "circle-alert",
    "late": "circle-alert",
    "soon": "alarm-clock",
    "paused": "circle-pause",
    "met": "circle-check",
}


def day(at):
    """Return the day of a time where the reader is, as ``date:"j M Y"`` writes it."""
    at = timezone.template_localtime(at)
    return f"{at.day} {_month(at.month, get_language())} {at.year}"


def minute(at):
    """Return a time where the reader is, as ``date:"j M Y, H:i"`` writes it."""
    at = timezone.template_localtime(at)
    return f"{at.day} {_month(at.month, get_language())} {at.year}, {at.hour:02}:{at.minute:02}"


@lru_cache(maxsize=1024)
def _month(month, _language):
    return str(MONTHS_3[month]).title()


def stamp(at):
    """Return a time where the reader is, for the ``datetime`` of a ``<time>``."""
    return timezone.template_localtime(at).isoformat()


def page_links(newer_url, older_url, newer="", older="", shown=""):
    """Draw where the rows before and after these are, in a list that is paged by key: no page has a number.

    The addresses are "" at an end; ``shown`` are words between them, such as "30 of 50+". ``newer`` and ``older`` are
    other words than these, for a list that is not sorted by time.
    """
    if not (newer_url or older_url or shown):
        return NOTHING
    before = after = NOTHING
    if newer_url:
        before = format_html(
            '<a class="button small" rel="prev" href="{}">{}{}</a>',
            *(newer_url, icon("arrow-up", 15), newer or _("Newer")),
        )
    if older_url:
        after = format_html(
            '<a class="button small" rel="next" href="{}">{}{}</a>',
            *(older_url, older or _("Older"), icon("arrow-down", 15)),
        )
    return format_html(
        '<nav class="pages" aria-label="{}"><span>{}</span> <span class="muted">{}</span> <span>{}</span></nav>',
        *(_("Pages of this list"), before, shown, after),
    )


def menu(navigation, name):
    """Draw the way round the product, by role; ``name`` is what a screen reader calls it.

    ``navigation`` are groups, each with label and items; an item has label, url, icon, current, and count: a number,
    "50+" or nothing.
    """
    groups = format_html_join(
        "\n",
        '<li><h2>{}</h2><ul class="plain-list">{}</ul></li>',
        (
            (group["label"], format_html_join("", "<li>{}</li>", ((place(**item),) for item in group["items"])))
            for group in navigation
        ),
    )
    return format_html('<nav class="nav" aria-label="{}"><ul class="plain-list">{}</ul></nav>', name, groups)


def place(label, url, icon, count, current):
    return _place(conditional_escape(label), url, icon, count, bool(current))


@lru_cache(maxsize=2048)
def _place(label, url, name, count, current):
    return format_html(
        '<a href="{}"{}>{}<span>{}</span>{}</a>',
        url,
        SafeString(' aria-current="page"') if current else NOTHING,
        icon(name, 17),
        SafeString(label),
        format_html('<span class="count">{}</span>', count) if count else NOTHING,
    )


def field(bound, label=""):
    """Draw one form field: label, required mark, the control, help, errors; ``label`` other words than its own.

    Django's bound field writes aria-describedby and aria-invalid itself, and the ids here are the ones it names.
    """
    if bound.is_hidden:
        return bound.as_widget()
    words = conditional_escape(label or bound.label)
    if bound.field.required:
        words = format_html('{} <span class="required" aria-hidden="true">*</span>', words)
    control, named = bound.as_widget(), bound.auto_id
    if bound.widget_type == "checkbox":
        control = format_html(
            '<label class="check" for="{}">{}<span>{}</span></label>', bound.id_for_label, control, words
        )
    elif not bound.use_fieldset:
        control = format_html('<label for="{}">{}</label>{}', bound.id_for_label, words, control)
    if bound.use_fieldset:
        described = bound.aria_describedby
        described = format_html(' aria-describedby="{}"', described) if described else NOTHING
        control = format_html("<fieldset{}><legend>{}</legend>{}</fieldset>", described, words, control)
    help_text = bound.help_text and format_html(
        '<div class="help" id="{}_helptext">{}</div>', named, SafeString(bound.help_text)
    )
    errors = bound.errors and format_html(
        '<div id="{}_error">{}</div>',
        named,
        format_html_join(
            "",
            '<p class="field-error">{}<span>{}</span></p>',
            ((icon("circle-alert", 15), error) for error in bound.errors),
        ),
    )
    return format_html('<div class="field">{}{}{}</div>', control, help_text or NOTHING, errors or NOTHING)
