"""The words of a client's messages, in Django's admin. Saving makes a new version; none is changed or removed."""

from difflib import SequenceMatcher

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.admin import ClientFilter, ScopedAdmin
from accounts.errors import Invalid, Moved
from notifications import rendering, services
from notifications.models import Event, Template


class TemplateForm(forms.ModelForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        event = self.instance.event
        known = rendering.ALLOWED[Event(event)] if event else frozenset().union(*rendering.ALLOWED.values())
        names = " ".join(f"{{{name}}}" for name in sorted(known))
        self.fields["subject"].widget.attrs["class"] = "vLargeTextField"
        self.fields["body"].widget.attrs["rows"] = 24
        self.fields["body"].help_text = _("Plain text. These are filled in for each member: %s") % names

    def clean(self):
        cleaned = super().clean()
        event = cleaned.get("event") or self.instance.event
        if event and "subject" in cleaned and "body" in cleaned:
            try:
                rendering.check(event, cleaned["subject"], cleaned["body"])
            except Invalid as refused:
                self.add_error(refused.field, refused.message)
        return cleaned

    def _get_validation_exclusions(self):
        """The version is the service's to give, so its uniqueness is not the form's to check."""
        return super()._get_validation_exclusions() | {"version"}


@admin.register(Template)
class TemplateAdmin(ScopedAdmin):
    form = TemplateForm
    fields = ("client", "event", "language", "subject", "body")
    fixed = ("client", "event", "language")
    list_display = ("event", "language", "subject", "client", "version", "created_at")
    list_filter = (ClientFilter, "event", "language")
    list_select_related = ("client",)
    search_fields = ("subject",)

    def get_queryset(self, request):
        return super().get_queryset(request).newest()

    def get_object(self, request, object_id, from_field=None):
        """Return the newest version; whoever comes with an older one is told, and changes nothing unawares."""
        found = super().get_object(request, object_id, from_field)
        if found is None and self.all_versions(request, unquote(object_id)):
            raise Moved(_("This message has a newer version meanwhile. Read it before you change it."))
        return found

    def all_versions(self, request, pk):
        try:
            return super().get_queryset(request).filter(pk=pk).exists()
        except ValidationError:
            return False

    def save_model(self, request, obj, form, change):
        """Make the new version, and go on with it."""
        if change and not form.changed_data:
            return
        made = services.new_version(
            obj.client,
            actor=request.user,
            event=obj.event,
            language=obj.language,
            subject=obj.subject,
            body=obj.body,
        )
        obj.pk, obj.version = made.pk, made.version

    def changes_of(self, obj):
        """Return the versions, newest first: who made them, when, and the words before and after."""
        same = {name: getattr(obj, name) for name in ("client", "event", "channel", "language")}
        versions = list(Template.objects.filter(**same).select_related("created_by").order_by("-version"))
        return [
            {
                "record": {"history_date": version.created_at, "history_user": version.created_by},
                "fields": differences(before, version),
            }
            for version, before in zip(versions, [*versions[1:], None], strict=True)
        ]


def differences(before, version):
    """Return the lines that differ from the version before, as they were and as they are."""
    found = []
    for name in ("subject", "body") if before else ():
        old, new = getattr(before, name).splitlines(), getattr(version, name).splitlines()
        for kind, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if kind != "equal":
                lines = {"before": "\n".join(old[start:end]), "after": "\n".join(new[new_start:new_end])}
                found.append({"label": Template._meta.get_field(name).verbose_name, **lines})
    return found
