"""Forms drawn with the bytes of Django's own templates, but by functions: those draw two templates for each choice."""

from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe

from accounts.components import escaped

FOLDER = "django/forms/widgets/"


class Renderer(DjangoTemplates):
    def render(self, template_name, context, request=None):
        draw = DRAWN.get(template_name)
        if draw is None or not is_plain(context["widget"]):
            return super().render(template_name, context, request)
        return mark_safe(draw(context["widget"]))  # noqa: S308 - every part is escaped


def is_plain(widget):
    """Tell whether no choice of this widget has a template of its own."""
    return all(
        option["template_name"] in OPTIONS
        for _group, options, _index in widget.get("optgroups", ())
        for option in options
    )


def entry(widget):
    """Draw what one types into, or ticks."""
    name, value = escaped(widget["name"]), widget["value"]
    shown = "" if value is None else f' value="{escaped(str(value))}"'
    return f'<input type="{widget["type"]}" name="{name}"{shown}{attributes(widget["attrs"])}>'


def text_area(widget):
    value = escaped(widget["value"]) if widget["value"] else ""
    return f'<textarea name="{escaped(widget["name"])}"{attributes(widget["attrs"])}>\n{value}</textarea>'


def select(widget):
    parts = [f'<select name="{escaped(widget["name"])}"{attributes(widget["attrs"])}>']
    for group, options, _index in widget["optgroups"]:
        if group:
            parts.append(f'\n  <optgroup label="{escaped(group)}">')
        for option in options:
            value = escaped(str(option["value"]))
            label = escaped(option["label"])
            parts.append(f'\n  <option value="{value}"{attributes(option["attrs"])}>{label}</option>\n')
        if group:
            parts.append("\n  </optgroup>")
    return "".join(parts) + "\n</select>"


def boxes(widget):
    """Draw a list of boxes to tick, or of which one is chosen."""
    found = {name: widget["attrs"].get(name) for name in ("id", "class")}
    parts = [f"<div{attributes({name: value for name, value in found.items() if value})}>"]
    for group, options, _index in widget["optgroups"]:
        if group:
            parts.append(f"\n  <div><label>{escaped(group)}</label>")
        parts += [f"<div>\n    {box(option)}</div>" for option in options]
        if group:
            parts.append("\n  </div>")
    return "".join(parts) + "\n</div>"


def box(option):
    if not option["wrap_label"]:
        return entry(option) + "\n\n"
    named = option["attrs"].get("id")
    beginning = f'<label for="{escaped(named)}">' if named else "<label>"
    return f"{beginning}{entry(option)}\n {escaped(option['label'])}</label>\n\n"


def attributes(found):
    return "".join(
        f" {name}" if value is True else f' {name}="{escaped(str(value))}"'
        for name, value in found.items()
        if value is not False
    )


ENTRIES = ("text", "number", "email", "url", "tel", "search", "hidden", "date", "datetime", "time", "checkbox")
DRAWN = {
    **{f"{FOLDER}{name}.html": entry for name in ENTRIES},
    f"{FOLDER}textarea.html": text_area,
    f"{FOLDER}select.html": select,
    f"{FOLDER}checkbox_select.html": boxes,
    f"{FOLDER}radio.html": boxes,
}
OPTIONS = {f"{FOLDER}{name}_option.html" for name in ("select", "checkbox", "radio")}
