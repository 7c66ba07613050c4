"""Components that are drawn once."""

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError, engines
from django.utils.translation import gettext_lazy, override


def drawn(template, **values):
    return Template("{% load kept %}" + template, engine=engines["django"].engine).render(Context(values))


KEPT = '{% kept "components/copy.html" text=text label=label %}'


def test_a_kept_component_is_what_including_it_gives():
    included = '{% include "components/copy.html" %}'
    for values in ({"text": "A-1", "label": "<Number>"}, {"text": 7, "label": gettext_lazy("Monday")}):
        assert drawn(KEPT, **values) == drawn(included, **values)
    assert "<code>&lt;A&gt;</code>" in drawn(KEPT, text="<A>", label="Number")


def test_what_looks_alike_to_python_is_not_drawn_alike():
    assert "<code>1</code>" in drawn(KEPT, text=1, label="")
    assert "<code>True</code>" in drawn(KEPT, text=True, label="")


def test_what_is_not_simple_cannot_be_kept():
    with pytest.raises(TypeError):
        drawn(KEPT, text=forms.Form(), label="")


@pytest.mark.parametrize("tag", ["{% kept %}", "{% kept name %}", '{% kept "a.html" word %}'])
def test_kept_wants_a_name_in_quotes_and_values_by_name(tag):
    with pytest.raises((TemplateSyntaxError, ValueError, IndexError)):
        drawn(tag)


def test_each_language_has_its_own():
    with override("de"):
        first = drawn(KEPT, text=gettext_lazy("Monday"), label="")
    assert "<code>Montag</code>" in first
    assert "<code>Monday</code>" in drawn(KEPT, text=gettext_lazy("Monday"), label="")
