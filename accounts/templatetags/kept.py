"""``{% kept %}``: a component with a memory, for the parts of a page that are the same on the next."""

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


def simple(value):
    """Return a value that is the same wherever it looks the same."""
    if type(value) in SIMPLE:
        return value
    if isinstance(value, str | Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__} is nothing that a component can be kept by.")


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

    ``{% kept "components/keys_help.html" %}``. The component sees the values that it is given by name and nothing else:
    words, numbers, true, false, nothing.
    """
    _tag, name, *bits = token.split_contents()
    values = token_kwargs(bits, parser)
    if bits or name[0] not in "\"'":
        raise template.TemplateSyntaxError("kept takes the name of a component in quotes, and values by name.")
    return KeptNode(name[1:-1], values)
