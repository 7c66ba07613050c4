from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from accounts import grants, rules
from accounts.models import Client
from accounts.services import configuration

SHOWN = 100


def configurable(request):
    return Client.objects.configurable_by(request.user)


def readable(value):
    return ", ".join(map(str, value)) if isinstance(value, list) else value


class ClientFilter(admin.SimpleListFilter):
    """The clients that one administers; Django's own filter would offer every client one works for."""

    title = _("client")
    parameter_name = "client"

    def lookups(self, request, model_admin):
        return [(client.code, client.name) for client in configurable(request)]

    def queryset(self, request, queryset):
        return queryset.filter(client__code=self.value()) if self.value() in dict(self.lookup_choices) else queryset


class ScopedAdmin(admin.ModelAdmin):
    """Rows of the clients that somebody administers. The rules say who may; ``fixed`` fields are set once, on creation.

    Nothing is deleted: entries, cases and history name these rows for good. What is not wanted is switched off.
    """

    fixed: tuple[str, ...] = ()
    actions = None
    view_on_site = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50

    def get_urls(self):
        """Leave out deleting, and the pattern that sends every other address below a row to its form."""
        kept = ("changelist", "add", "change", "history")
        return [url for url in super().get_urls() if url.name and url.name.endswith(kept)]

    def has_module_permission(self, request):
        return grants.has_anywhere(request.user, "configure")

    def has_view_permission(self, request, obj=None):
        return rules.can_configure(obj, request.user) if obj else self.has_module_permission(request)

    def has_add_permission(self, request):
        return self.has_module_permission(request)

    def has_change_permission(self, request, obj=None):
        return self.has_view_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return super().get_queryset(request).filter(client__in=configurable(request))

    def get_readonly_fields(self, request, obj=None):
        return (*self.readonly_fields, *(self.fixed if obj else ()))

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.many_to_one:
            # Without Django's buttons that add and change the other row in a window of its own.
            return self.formfield_for_foreignkey(db_field, request, **kwargs)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.related_model is Client:
            kwargs["queryset"] = configurable(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        if form.changed_data or not change:
            configuration.save(obj, [name for name in form.changed_data if hasattr(obj, name)], actor=request.user)

    def log_addition(self, request, obj, message):
        """The ledger and the history say what changed; a third record would only disagree with them one day."""

    def log_change(self, request, obj, message):
        """See ``log_addition``."""

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        raise Http404

    def history_view(self, request, object_id, extra_context=None):
        """Show what each change made of the row, read-only."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("History: %s") % obj,
            "object": obj,
            "opts": self.opts,
            "changes": self.changes_of(obj),
        }
        return TemplateResponse(request, "admin/field_history.html", context)

    def changes_of(self, obj):
        """Return what happened to the row, newest first: who, when, and each field before and after."""
        records = list(obj.history.select_related("history_user").order_by("-history_date", "-history_id")[: SHOWN + 1])
        shown = {field.name for field in obj.history.model.tracked_fields} & set(self.fields)
        found = []
        for record, before in zip(records, [*records[1:], None], strict=True):
            delta = record.diff_against(before, included_fields=shown).changes if before else []
            fields = [
                {
                    "label": self.opts.get_field(each.field).verbose_name,
                    "before": readable(each.old),
                    "after": readable(each.new),
                }
                for each in delta
            ]
            if fields or record.history_type == "+":
                found.append({"record": record, "fields": fields})
        return found[:SHOWN]
