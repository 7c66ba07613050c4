"""The library's ``{% lucide %}`` under its own name, with a memory: a page has some ninety icons, few unlike."""

from functools import lru_cache

from django import template
from lucide.templatetags import lucide as library

register = template.Library()
drawn = lru_cache(maxsize=512)(library._render_icon)


@register.simple_tag
def lucide(name, *, size=24, **attributes):
    """Return the icon as inline SVG, drawn once for the same name, size and attributes."""
    return drawn(name, size, **attributes)
