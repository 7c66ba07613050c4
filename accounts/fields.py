"""Fields that forms of every app share: free text, a reason, an amount. They check shape, and nothing else."""

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from accounts import masking, money

LONGEST_TEXT = 5000


class Words(forms.CharField):
    """Free text about a person. Card numbers are cut to their last digits; ``found`` says how many there were."""

    def __init__(self, *, rows=3, longest=LONGEST_TEXT, **kwargs):
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput(), **kwargs)
        self.validators.append(
            MaxLengthValidator(
                longest,
                _("This is too long: %(limit_value)d characters at the most, and you typed %(show_value)d."),
            )
        )
        self.found = 0

    def clean(self, value):
        text = super().clean(value).replace("\r\n", "\n")
        text, self.found = masking.mask_card_numbers(text)
        return text


class WordsForm(forms.Form):
    """``cards`` says how many card numbers were cut, once the form is valid."""

    @property
    def cards(self):
        return sum(field.found for field in self.fields.values() if isinstance(field, Words))


class ReasonField(forms.ChoiceField):
    """A reason code of the client; the only one there is, is chosen already."""

    def __init__(self, choices, **kwargs):
        choices = list(choices)
        if len(choices) != 1 and not kwargs.get("initial"):
            choices = [("", _("Choose a reason")), *choices]
        super().__init__(choices=choices, label=_("Reason"), **kwargs)


class MoneyField(forms.CharField):
    """An amount in one currency, typed in its own units and kept in minor ones."""

    def __init__(self, currency, **kwargs):
        super().__init__(max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **kwargs)
        self.currency = currency
        self.label = _("%(label)s, in %(currency)s") % {"label": self.label, "currency": currency}

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        try:
            minor = money.parse(text, self.currency)
        except ValueError:
            example = money.plain(108420, self.currency)
            raise forms.ValidationError(
                _("Write an amount in %(currency)s without thousands separators, such as %(example)s.")
                % {"currency": self.currency, "example": example}
            ) from None
        except OverflowError:
            raise forms.ValidationError(_("This amount is larger than any that can be kept.")) from None
        if minor == 0:
            raise forms.ValidationError(_("The amount must be more than zero."))
        return minor


class OfClientForm(forms.Form):
    """Something of one of several clients; the only one there is, is chosen already."""

    client = forms.ChoiceField(label=_("Client"))

    def __init__(self, *args, clients, **kwargs):
        super().__init__(*args, **kwargs)
        self.clients = {client.code: client for client in clients}
        choices = [(client.code, client.name) for client in clients]
        self.fields["client"].choices = choices if len(choices) == 1 else [("", _("Choose a client")), *choices]

    def clean_client(self):
        return self.clients[self.cleaned_data["client"]]
