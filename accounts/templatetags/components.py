"""The components of ``accounts.components`` as tags, at hand in every template."""

from django import template

from accounts import components

register = template.Library()
for component in (
    components.client_tag,
    components.due,
    components.field,
    components.menu,
    components.page_links,
    components.status_badge,
):
    register.simple_tag(component)
