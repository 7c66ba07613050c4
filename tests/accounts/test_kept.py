"""Components that are drawn once, and lists of choices that are drawn without a template for each."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.template import Context, Template, TemplateSyntaxError, engines
from django.utils.translation import gettext_lazy, override

from accounts.models import Client
from accounts.widgets import Renderer


def drawn(text, **values):
    return Template("{% load kept %}" + text, engine=engines["django"].engine).render(Context(values))


BADGE = '{% kept "components/status_badge.html" status=status label=label %}'
TAG = '{% kept "components/client_tag.html" client=client %}'


def test_a_kept_component_is_what_including_it_gives():
    included = '{% include "components/status_badge.html" %}'
    for values in ({"status": "open", "label": "<Open>"}, {"status": "met", "label": gettext_lazy("Met")}):
        assert drawn(BADGE, **values) == drawn(included, **values)
    assert "&lt;Open&gt;" in drawn(BADGE, status="open", label="<Open>")


def test_what_looks_alike_to_python_is_not_drawn_alike():
    tag = '{% kept "components/navigation_item.html" url="/" icon="house" label="Home" count=count current=current %}'

    assert drawn(tag, count=1, current=True) != drawn(tag, count=1, current=False)
    assert drawn(tag, count=1, current=True) == drawn(tag, count="1", current=True)


def test_a_row_is_kept_by_its_fields_and_not_by_its_key():
    client = Client(name="Acme", colour=3)
    before = drawn(TAG, client=client)
    client.name = "Globex"

    assert ("Acme" in before, "Globex" in drawn(TAG, client=client)) == (True, True)


def test_a_row_that_says_nothing_of_it_cannot_be_kept():
    with pytest.raises(AttributeError):
        drawn(TAG, client=forms.Form())


@pytest.mark.parametrize("tag", ["{% kept %}", "{% kept name %}", '{% kept "a.html" word %}'])
def test_kept_wants_a_name_in_quotes_and_values_by_name(tag):
    with pytest.raises((TemplateSyntaxError, ValueError, IndexError)):
        drawn(tag)


def test_each_language_has_its_own():
    with override("de"):
        first = drawn(BADGE, status="open", label=gettext_lazy("Monday"))
    assert "Montag" in first
    assert "Monday" in drawn(BADGE, status="open", label=gettext_lazy("Monday"))


class Choices(forms.Form):
    plain = forms.ChoiceField(choices=[("", gettext_lazy("All")), ("a", "A & B"), ('"b"', "<b>"), (3, "three")])
    grouped = forms.ChoiceField(choices=[("", "-"), ("Letters", [("a", "A"), ("b", "B")]), ("c", "C")], required=False)
    several = forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B"), ("c", "C")])
    disabled = forms.ChoiceField(choices=[("a", "A")], disabled=True, initial="a", help_text="Help")
    truth = forms.NullBooleanField()


@pytest.mark.parametrize(
    "data", [None, {"plain": "a", "grouped": "b", "several": ["a", "c"]}, {"plain": '"b"', "truth": "true"}, {}]
)
def test_a_list_of_choices_is_drawn_as_django_draws_it(data):
    ours, theirs = (Choices(data, renderer=renderer) for renderer in (Renderer(), DjangoTemplates()))

    for name in ours.fields:
        assert str(ours[name]) == str(theirs[name]), name
