"""The pieces of pages that Python draws: what they say, and that nothing typed gets through as markup."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.template.defaultfilters import date as date_filter
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, override

from accounts import components

MARKUP = "<b>\"&'</b>"
ESCAPED = "&lt;b&gt;&quot;&amp;&#x27;&lt;/b&gt;"


def test_nothing_typed_is_markup():
    field = forms.CharField(label=MARKUP, help_text="Help").get_bound_field(forms.Form({"x": MARKUP}), "x")
    drawn = [
        components.status_badge("open", MARKUP),
        components.client_tag(SimpleNamespace(name=MARKUP, colour=3)),
        components.page_links("?" + MARKUP, "", newer=MARKUP, shown=MARKUP),
        components.menu(components.Menu([{"label": MARKUP, "items": [item(label=MARKUP, url=MARKUP)]}]), MARKUP),
        components.field(field),
    ]

    for html in drawn:
        assert MARKUP not in html
        assert ESCAPED in html


def item(**values):
    return {"label": "Home", "url": "/", "icon": "house", "count": None, "current": False} | values


def test_a_badge_of_safe_words_and_one_of_the_same_words_typed_are_two():
    safe, typed = (
        components.status_badge("open", SafeString("<i>Open</i>")),
        components.status_badge("open", "<i>Open</i>"),
    )

    assert ("<i>Open</i>" in safe, "<i>Open</i>" in typed) == (True, False)


def test_a_badge_speaks_the_language_of_the_reader():
    with override("de"):
        german = components.status_badge("open", gettext_lazy("Monday"))

    assert ("Montag" in german, "Monday" in components.status_badge("open", gettext_lazy("Monday"))) == (True, True)


@pytest.mark.parametrize("language", ["en", "de", "fr"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
@pytest.mark.parametrize(
    "at", [datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), datetime(2031, 12, 31, 23, 5, tzinfo=UTC)]
)
def test_times_are_written_as_the_date_filter_writes_them(language, zone, at):
    with override(language), timezone.override(ZoneInfo(zone)):
        local = components.local(at)
        assert components.day(local) == date_filter(timezone.localtime(at), "j M Y")
        assert components.minute(local) == date_filter(timezone.localtime(at), "j M Y, H:i")
        assert local.isoformat() == date_filter(timezone.localtime(at), "c")


@pytest.mark.parametrize(
    ("standing", "words", "icon"),
    [
        ("due", "due in 2 h", "lucide-clock"),
        ("soon", "due in 2 h", "alarm"),
        ("breached", "breached 2 h ago", "alert"),
        ("paused", "paused", "pause"),
        ("met", "in time", "check"),
        ("late", "too late", "alert"),
    ],
)
def test_what_is_left_of_a_time_is_said_in_words(standing, words, icon):
    drawn = components.due(timezone.now() + timedelta(hours=2), standing)

    assert f">{words}</time>" in drawn
    assert f'class="due due-{standing}"' in drawn
    assert components.due(None, standing) == ""


def test_a_list_that_ends_here_has_no_links():
    assert components.page_links("", "") == ""
    assert 'rel="next"' not in components.page_links("?after=1", "")
    assert 'rel="prev"' not in components.page_links("", "?before=1")


def test_the_place_one_is_on_and_what_waits_there_are_said():
    drawn = components.menu(
        components.Menu([{"label": "Work", "items": [item(count="50+"), item(current=True)]}]), "Main menu"
    )

    assert drawn.count('aria-current="page"') == 1
    assert drawn.count('<span class="count">50+</span>') == 1
    assert '<nav class="nav" aria-label="Main menu">' in drawn


class Asked(forms.Form):
    word = forms.CharField(help_text="As it stands.")
    agreed = forms.BooleanField()
    several = forms.MultipleChoiceField(choices=[("a", "A")], widget=forms.CheckboxSelectMultiple, required=False)
    hidden = forms.CharField(widget=forms.HiddenInput, required=False)


def test_a_field_says_its_name_its_help_and_what_is_wrong():
    form = Asked({})
    word, agreed, several, hidden = (components.field(form[name]) for name in form.fields)

    assert '<label for="id_word">Word <span class="required" aria-hidden="true">*</span></label>' in word
    assert '<div class="help" id="id_word_helptext">As it stands.</div>' in word
    assert '<div id="id_word_error"><p class="field-error">' in word
    assert 'aria-describedby="id_word_helptext id_word_error"' in word
    assert '<label class="check" for="id_agreed"><input' in agreed
    assert "<fieldset><legend>Several</legend>" in several
    assert hidden == '<input type="hidden" name="hidden" id="id_hidden">'
    assert '<label for="id_word">Other' in components.field(form["word"], "Other")
