"""Forms drawn by Django's own templates, but for lists of choices: those draw two templates for each choice."""

from django.forms.renderers import DjangoTemplates
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

SELECT, OPTION = "django/forms/widgets/select.html", "django/forms/widgets/select_option.html"


class Renderer(DjangoTemplates):
    def render(self, template_name, context, request=None):
        if template_name == SELECT and is_plain(context["widget"]):
            return select(context["widget"])
        return super().render(template_name, context, request)


def is_plain(widget):
    return all(
        option["template_name"] == OPTION for _group, options, _index in widget["optgroups"] for option in options
    )


def select(widget):
    """Return the bytes that Django's ``select.html`` gives; a test compares them."""
    parts = [f'<select name="{conditional_escape(widget["name"])}"{attributes(widget["attrs"])}>']
    for group, options, _index in widget["optgroups"]:
        if group:
            parts.append(f'\n  <optgroup label="{conditional_escape(group)}">')
        for option in options:
            value = conditional_escape(str(option["value"]))
            label = conditional_escape(option["label"])
            parts.append(f'\n  <option value="{value}"{attributes(option["attrs"])}>{label}</option>\n')
        if group:
            parts.append("\n  </optgroup>")
    return mark_safe("".join(parts) + "\n</select>")  # noqa: S308 - every part is escaped


def attributes(found):
    return "".join(
        f" {name}" if value is True else f' {name}="{conditional_escape(str(value))}"'
        for name, value in found.items()
        if value is not False
    )
