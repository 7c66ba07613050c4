"""What a list of rows of several clients is narrowed by, as it stands in the address."""

from django import forms
from django.utils.translation import gettext_lazy as _

ALL = [("", _("All"))]


class RowFilter(forms.Form):
    """A form with the client and what the form of a list adds; ``clients`` are those that whoever asks watches over.

    ``columns`` names, for each field beside the client, the column that it is compared with.
    """

    columns: dict[str, str] = {}
    client = forms.ChoiceField(label=_("Client"), required=False)

    def __init__(self, data, *, clients):
        super().__init__(data)
        self.clients = clients
        self.fields["client"].choices = ALL + [(client.code, client.name) for client in clients]

    def narrow(self, rows):
        """Return the rows that match; the form is valid."""
        columns = {"client": "client__code"} | self.columns
        return rows.filter(
            **{column: self.cleaned_data[name] for name, column in columns.items() if self.cleaned_data[name]}
        )

    def chosen(self):
        """Return the clients that the checked form leaves."""
        return [client for client in self.clients if self.cleaned_data["client"] in ("", client.code)]

    @property
    def is_on(self):
        return any(self.data.get(name) for name in self.fields)
