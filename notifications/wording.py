"""How a changed template is told in the log."""

from django.utils.translation import gettext_lazy as _

from accounts import registries
from accounts.registries import Wording

registries.wording.register("template", {"new_version": Wording(_("Message template changed"), "mail")})
registries.reason_labels.register("notifications", {"template_changed": _("Template changed")})
