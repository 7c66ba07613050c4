"""From the filter of a page to the rows of its file."""

from django.http import Http404

from accounts import grants
from accounts.errors import Invalid
from accounts.exporting.columns import Selection
from accounts.models import Client


def clients_for(user, *capabilities):
    """Return the clients where ``user`` may do all of this, by name; raises ``Http404`` where that is nowhere."""
    allowed = set.intersection(*(set(grants.client_ids(user, capability)) for capability in capabilities))
    found = list(Client.objects.filter(pk__in=allowed).order_by("name", "pk"))
    if not found:
        raise Http404
    return found


def selection(shown):
    """Return the ``Selection`` of a ``filters.RecordFilter``; raises ``Invalid`` where it cannot be used."""
    check(shown.form)
    return Selection(shown.qs, shown.chosen(), shown.on_record())


def check(form):
    """Raise ``Invalid``, with the first thing that is wrong, for a form that cannot be used."""
    if not form.is_valid():
        name, problems = next(iter(form.errors.items()))
        label = form.fields[name].label if name in form.fields else name
        raise Invalid(f"{label}: {problems[0]}")


def form_in_words(form, kept):
    """Return ``[(what, word), ...]`` of what is on record of a form with choices."""
    words = []
    for name, field in form.fields.items():
        if name in kept:
            choices = {str(value): word for value, word in getattr(field, "choices", ())}
            words.append((field.label, choices.get(kept[name], kept[name])))
    return words
