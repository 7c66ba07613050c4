"""The small pieces that pages are made of, each drawn by one function.

A list shows hundreds of them, and a template for each would cost more than everything else on its page. Templates draw
them by the tags of the same names; what draws a whole list in one pass calls them directly.
"""

from datetime import datetime, tzinfo
from functools import cached_property, lru_cache
from html import escape
from typing import NamedTuple

from django.utils import timezone
from django.utils.dates import MONTHS_3
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from lucide.templatetags.lucide import _render_icon as draw_icon

from accounts.templatetags.desk import icon as icon_of
from accounts.templatetags.desk import in_words, minutes_between, tone

NOTHING = SafeString("")


def escaped(value):
    """Return a value as HTML; what was drawn already stays as it is."""
    return value if type(value) is SafeString else SafeString(escape(str(value)))


def markup(html, *values):
    """Put values into HTML, each escaped: Django's ``format_html`` in a quarter of its time."""
    return SafeString(html.format(*[value if type(value) is SafeString else escape(str(value)) for value in values]))


def joined(parts, between=""):
    """Put pieces that were drawn behind one another."""
    return SafeString(between.join(parts))


drawn_icon = lru_cache(maxsize=512)(draw_icon)


def icon(name, size):
    """Draw a lucide icon as inline SVG; the words beside it say what it means."""
    return drawn_icon(name, size, aria_hidden="true")


def status_badge(status, label):
    """Draw a status: an icon, a word and a tone. The icons of one kind of thing differ, so colour is never needed.

    ``status`` is the code of an account, membership, case, check, decision, delivery or export (the table is in
    ``templatetags/desk.py``), or a tone by itself: ok info warn bad quiet; ``label`` is the translated word.
    """
    return _badge(str(status), escaped(label))


@lru_cache(maxsize=1024)
def _badge(status, label):
    return markup(
        '<span class="badge tone-{}" data-status="{}">{}{}</span>',
        *(tone(status), status, icon(icon_of(status), 13), SafeString(label)),
    )


def client_tag(client):
    """Draw a client in a table row: a coloured letter and the name."""
    return tag_of(client.name, client.colour)


@lru_cache(maxsize=1024)
def tag_of(name, colour):
    return markup(
        '<span class="client stripe-{}"><span class="swatch" aria-hidden="true">{}</span><bdi>{}</bdi></span>',
        *(colour, name[:1].upper(), name),
    )


class Reader(NamedTuple):
    """Where, in which language and when somebody reads: the same on a whole page, and asked for once in a list."""

    zone: tzinfo
    language: str
    now: datetime

    @classmethod
    def current(cls):
        return cls(timezone.get_current_timezone(), get_language(), timezone.now())


def due(due_at, standing="", reader=None):
    """Draw how long is left, in words, with an icon; nothing without a time.

    ``standing`` is due, soon, breached, paused, met or late.
    """
    if not due_at:
        return NOTHING
    reader = reader or Reader.current()
    here = due_at.astimezone(reader.zone)
    words = _words_of_time(standing, minutes_between(reader.now, due_at), reader.language)
    return markup(
        '<span class="due due-{}">{}<time datetime="{}" title="{}">{}</time></span>',
        *(standing, icon(CLOCKS.get(standing, "clock"), 14), here.isoformat(), minute(here, reader.language), words),
    )


@lru_cache(maxsize=4096)
def _words_of_time(standing, minutes, _language):
    if standing in ("paused", "met", "late"):
        return {"paused": _("paused"), "met": _("in time"), "late": _("too late")}[standing]
    said = _("breached %(time)s ago") if standing == "breached" else _("due in %(time)s")
    return said % {"time": in_words(minutes)}


CLOCKS = {
    "breached": "circle-alert",
    "late": "circle-alert",
    "soon": "alarm-clock",
    "paused": "circle-pause",
    "met": "circle-check",
}


def local(at):
    """Return a time where the reader is."""
    return at.astimezone(timezone.get_current_timezone())


def day(at, language=""):
    """Return the day of a local time as ``date:"j M Y"`` writes it, in the language that is on."""
    return f"{at.day} {_month(at.month, language or get_language())} {at.year}"


def minute(at, language=""):
    """Return a local time as ``date:"j M Y, H:i"`` writes it, in the language that is on."""
    return f"{day(at, language)}, {at.hour:02}:{at.minute:02}"


@lru_cache(maxsize=1024)
def _month(month, _language):
    return str(MONTHS_3[month]).title()


def page_links(newer_url, older_url, newer="", older="", shown=""):
    """Draw where the rows before and after these are, in a list that is paged by key: no page has a number.

    The addresses are "" at an end; ``shown`` are words between them, such as "30 of 50+". ``newer`` and ``older`` are
    other words than these, for a list that is not sorted by time.
    """
    if not (newer_url or older_url or shown):
        return NOTHING
    before = after = NOTHING
    if newer_url:
        before = markup(
            '<a class="button small" rel="prev" href="{}">{}{}</a>',
            *(newer_url, icon("arrow-up", 15), newer or _("Newer")),
        )
    if older_url:
        after = markup(
            '<a class="button small" rel="next" href="{}">{}{}</a>',
            *(older_url, older or _("Older"), icon("arrow-down", 15)),
        )
    return markup(
        '<nav class="pages" aria-label="{}"><span>{}</span> <span class="muted">{}</span> <span>{}</span></nav>',
        *(_("Pages of this list"), before, shown, after),
    )


class Menu(list):
    """Groups of places, each with label and items; an item has label, url, icon, current, and count.

    A count is a number, "50+" or nothing. A page shows its menu twice, for small screens too, and draws it once.
    """

    @cached_property
    def drawn(self):
        return joined(
            [
                markup(
                    '<li><h2>{}</h2><ul class="plain-list">{}</ul></li>',
                    group["label"],
                    joined([f"<li>{place(**item)}</li>" for item in group["items"]]),
                )
                for group in self
            ],
            "\n",
        )


def menu(navigation, name):
    """Draw the way round the product, by role; ``name`` is what a screen reader calls this ``Menu``."""
    return markup('<nav class="nav" aria-label="{}"><ul class="plain-list">{}</ul></nav>', name, navigation.drawn)


def place(label, url, icon, count, current):
    return _place(escaped(label), url, icon, count, bool(current))


@lru_cache(maxsize=2048)
def _place(label, url, name, count, current):
    return markup(
        '<a href="{}"{}>{}<span>{}</span>{}</a>',
        url,
        SafeString(' aria-current="page"') if current else NOTHING,
        icon(name, 17),
        SafeString(label),
        markup('<span class="count">{}</span>', count) if count else NOTHING,
    )


def field(bound, label=""):
    """Draw one form field: label, required mark, the control, help, errors; ``label`` other words than its own.

    Django's bound field writes aria-describedby and aria-invalid itself, and the ids here are the ones it names.
    """
    if bound.is_hidden:
        return bound.as_widget()
    words = escaped(label or bound.label)
    if bound.field.required:
        words = markup('{} <span class="required" aria-hidden="true">*</span>', words)
    control, named = bound.as_widget(), bound.auto_id
    if bound.widget_type == "checkbox":
        control = markup('<label class="check" for="{}">{}<span>{}</span></label>', bound.id_for_label, control, words)
    elif not bound.use_fieldset:
        control = markup('<label for="{}">{}</label>{}', bound.id_for_label, words, control)
    if bound.use_fieldset:
        described = bound.aria_describedby
        described = markup(' aria-describedby="{}"', described) if described else NOTHING
        control = markup("<fieldset{}><legend>{}</legend>{}</fieldset>", described, words, control)
    help_text = bound.help_text and markup(
        '<div class="help" id="{}_helptext">{}</div>', named, SafeString(bound.help_text)
    )
    errors = bound.errors and markup(
        '<div id="{}_error">{}</div>',
        named,
        joined(
            markup('<p class="field-error">{}<span>{}</span></p>', icon("circle-alert", 15), error)
            for error in bound.errors
        ),
    )
    return markup('<div class="field">{}{}{}</div>', control, help_text or NOTHING, errors or NOTHING)
