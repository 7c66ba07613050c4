"""How a changed template is told in the log."""

from django.utils.translation import gettext_lazy as _

from accounts import registries
from accounts.registries import Wording

registries.wording.register("template", {"new_version": Wording(_("Message template changed"), "mail")})
registries.wording.register(
    "alertsettings",
    {
        "create": Wording(_("Alerts set"), "bell-ring"),
        "change": Wording(_("Alerts changed"), "bell-ring"),
    },
)
registries.wording.register(
    "linkedsystem",
    {
        "create": Wording(_("Linked system registered"), "cable"),
        "change": Wording(_("Linked system changed"), "cable"),
        "rotate_secret": Wording(_("Linked system has a new secret"), "key-round"),
        "pause": Wording(_("Linked system paused"), "circle-pause", "on_hold"),
        "resume": Wording(_("Linked system goes on"), "circle-play", "active"),
        "test": Wording(_("Linked system tried out"), "send"),
        "send_again": Wording(_("Message to a linked system sent again"), "send"),
    },
)
registries.reason_labels.register("notifications", {"template_changed": _("Template changed")})
