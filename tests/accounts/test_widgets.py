"""Forms are drawn with the bytes that Django's own templates give."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.translation import gettext_lazy

from accounts.widgets import Renderer


class Choices(forms.Form):
    plain = forms.ChoiceField(choices=[("", gettext_lazy("All")), ("a", "A & B"), ('"b"', "<b>"), (3, "three")])
    grouped = forms.ChoiceField(choices=[("", "-"), ("Letters", [("a", "A"), ("b", "B")]), ("c", "C")], required=False)
    several = forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B"), ("c", "C")])
    disabled = forms.ChoiceField(choices=[("a", "A")], disabled=True, initial="a", help_text="Help")
    truth = forms.NullBooleanField()
    word = forms.CharField(help_text="Help", max_length=9, label="<b>")
    words = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3, "data-x": "<\"'&>", "hidden": True, "readonly": False})
    )
    count = forms.IntegerField(min_value=1, required=False)
    mail = forms.EmailField()
    on = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    at = forms.DateTimeField(required=False)
    agreed = forms.BooleanField()
    inside = forms.CharField(widget=forms.HiddenInput, initial="<x>")
    boxes = forms.MultipleChoiceField(
        choices=[("a", "A & B"), ('"b"', gettext_lazy("All"))],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "x"}),
    )
    grouped_boxes = forms.MultipleChoiceField(
        choices=[("Let<ters", [("a", "A"), ("b", "B")]), ("c", "C")], widget=forms.CheckboxSelectMultiple
    )
    radio = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    file = forms.FileField()
    secret = forms.CharField(widget=forms.PasswordInput)


@pytest.mark.parametrize(
    "data",
    [
        None,
        {
            "word": "<a>&\"'",
            "words": "</textarea>",
            "count": "x",
            "on": "2026-02-30",
            "agreed": "on",
            "boxes": ["a"],
            "grouped_boxes": ["b", "c"],
            "radio": "b",
            "secret": "s",
        },
        {"plain": "a", "grouped": "b", "several": ["a", "c"]},
        {"plain": '"b"', "truth": "true"},
        {},
    ],
)
def test_a_field_is_drawn_as_django_draws_it(data):
    ours, theirs = (Choices(data, renderer=renderer) for renderer in (Renderer(), DjangoTemplates()))

    for name in ours.fields:
        assert str(ours[name]) == str(theirs[name]), name
