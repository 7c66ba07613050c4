"""The shape of what people say about a file that they hand in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import registries, zones
from accounts.fields import OfClientForm
from accounts.imports.dates import FORMATS
from accounts.imports.layouts import ENCODINGS, SEPARATORS


class UploadForm(OfClientForm):
    kind = forms.ChoiceField(label=_("What is in it"))
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, XLSX or JSON, up to 200 MB. It is kept sealed and removed when the import is over."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.json,.jsonl"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.code, kind.label) for kind in registries.import_kinds.values()]


class LayoutForm(forms.Form):
    """How the bytes of a file are read; only what its format has."""

    encoding = forms.ChoiceField(label=_("Encoding"), choices=list(ENCODINGS.items()))
    separator = forms.ChoiceField(label=_("Between two values"), choices=list(SEPARATORS.items()))
    sheet = forms.TypedChoiceField(label=_("Sheet"), coerce=int)

    def __init__(self, *args, layout, **kwargs):
        known = {"encoding": layout.encoding, "separator": layout.separator, "sheet": layout.sheet}
        super().__init__(*args, initial=known, **kwargs)
        self.fields["sheet"].choices = list(enumerate(layout.sheets))
        own = {"xlsx": ("sheet",), "json": ()}.get(layout.format, ("encoding", "separator"))
        for name in set(self.fields) - set(own):
            del self.fields[name]


class MappingForm(forms.Form):
    """Which column feeds which field of a kind, and how the file writes its values."""

    save_as = forms.CharField(
        label=_("Keep this mapping as"),
        max_length=60,
        required=False,
        help_text=_(
            "A name, to use it again for the next file of this client. The same name takes the old one's place."
        ),
    )

    def __init__(self, *args, kind, header, fitting, **kwargs):
        super().__init__(*args, **kwargs)
        shapes = {field.shape for field in kind.fields}
        columns = [("", _("not in the file")), *((name, name) for name in header)]
        own = {}
        for field in kind.fields:
            own[f"column_{field.code}"] = forms.ChoiceField(
                label=field.label, choices=columns, required=field.is_required, help_text=field.help
            )
        if shapes & {"date", "time"}:
            own["date_format"] = date_format(fitting)
        if "time" in shapes:
            own["time_zone"] = forms.ChoiceField(
                label=_("Times without a zone are in"),
                choices=[("", _("not declared")), *((name, name) for name in zones.names())],
                required=False,
            )
        if "amount" in shapes:
            own["decimal"] = forms.ChoiceField(
                label=_("Decimals stand behind"),
                choices=[("", _("a point or a comma, without thousands")), (".", _("a point")), (",", _("a comma"))],
                required=False,
            )
            own["currency"] = forms.CharField(
                label=_("Currency of the file"),
                max_length=3,
                required=False,
                help_text=_("The client's, if left empty."),
            )
        own |= {option.code: option_field(option) for option in kind.options}
        own["as_of"] = forms.DateField(
            label=_("The day that the file speaks of"),
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            input_formats=["%Y-%m-%d"],
            required=False,
            help_text=_("No account in it can have been opened later. The day it was handed in, if left empty."),
        )
        self.fields = own | self.fields
        self.column_names = [f"column_{field.code}" for field in kind.fields]

    def columns(self):
        return [self[name] for name in self.column_names]

    def others(self):
        return [self[name] for name in self.fields if name not in self.column_names]

    def settings(self):
        """Return what was said of the whole file, as text."""
        return {name: written(self.cleaned_data[name]) for name in self.fields if name not in self.column_names}

    def mapping(self):
        """Return ``{field: column}`` as it was sent."""
        return {name.removeprefix("column_"): self.cleaned_data[name] for name in self.column_names}


def option_field(option):
    """Return the field of a form for something that a kind is told of the whole file."""
    known = {"label": option.label, "help_text": option.help, "required": False, "initial": option.default}
    if option.choices:
        return forms.ChoiceField(**known | {"choices": option.choices, "required": True})
    if option.shape == "flag":
        return forms.BooleanField(**known)
    if option.shape == "day":
        day = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        return forms.DateField(**known, widget=day, input_formats=["%Y-%m-%d"])
    return forms.CharField(**known, max_length=40)


def written(value):
    """Return what was sent as a kind is told it."""
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)


def date_format(fitting):
    fits = _("These fit every date in the first lines: %s.") % ", ".join(fitting) if fitting else ""
    return forms.ChoiceField(
        label=_("Dates are written"),
        choices=[("", _("Choose")), *((name, name) for name in FORMATS)],
        required=False,
        help_text=fits,
        initial=fitting[0] if len(fitting) == 1 else "",
    )
