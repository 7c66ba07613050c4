"""The library's ``{% lucide %}`` under its own name, with a memory: a page has some ninety icons, few unlike."""

from django import template

from accounts import components

register = template.Library()


@register.simple_tag
def lucide(name, *, size=24, **attributes):
    """Return the icon as inline SVG, drawn once for the same name, size and attributes."""
    return components.drawn_icon(name, size, **attributes)
