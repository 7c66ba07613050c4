"""``{% kept %}``: a small component with a memory. A list shows the same few badges and clients again and again."""

from collections import namedtuple
from functools import lru_cache

from django import template
from django.template.base import token_kwargs
from django.template.loader import get_template
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()
SIMPLE = {str, int, bool, type(None), SafeString}


@lru_cache(maxsize=4096)
def drawn(name, _language, _kinds, **values):
    return mark_safe(get_template(name).template.render(template.Context(values)))  # noqa: S308 - a template's output


@lru_cache
def parts_of(model):
    """Return the class of what a component sees of a row: the fields that its model says it is kept by."""
    return namedtuple(model.__name__, model.kept_as)


def simple(value):
    """Return a value that is the same wherever it looks the same."""
    kind = type(value)
    if kind in SIMPLE:
        return value
    if isinstance(value, str | Promise):
        return str(value)
    seen = parts_of(kind)
    return seen(*(getattr(value, name) for name in seen._fields))


class KeptNode(template.Node):
    def __init__(self, name, values):
        self.name, self.values = name, values

    def render(self, context):
        values = {key: simple(expression.resolve(context)) for key, expression in self.values.items()}
        # 1 and True are one key, and so are a text and the same text that is safe already.
        return drawn(self.name, get_language(), tuple(map(type, values.values())), **values)


@register.tag
def kept(parser, token):
    """Include a component, drawn once for the same values in the same language.

    ``{% kept "components/status_badge.html" status=case.status label=case.get_status_display %}``. The component sees
    these values and nothing else: words, numbers, true, false, nothing, and of a row the fields in its ``kept_as``.
    """
    _tag, name, *bits = token.split_contents()
    values = token_kwargs(bits, parser)
    if bits or name[0] not in "\"'":
        raise template.TemplateSyntaxError("kept takes the name of a component in quotes, and values by name.")
    return KeptNode(name[1:-1], values)
