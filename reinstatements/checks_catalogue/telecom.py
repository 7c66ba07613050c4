"""Checks of telecom companies: the number, its last use, the plan and the device that uses it."""

from django.utils.translation import gettext_lazy as _

from reinstatements.checks_catalogue.types import CheckType, EvidenceField, reference, since_stop

CHECKS = (
    CheckType(
        "line_history",
        _("Number and last use"),
        _("Read in the network's records when the line was last used, and whether the number has ever moved."),
        (
            EvidenceField("last_used_on", _("Last used on"), "date"),
            EvidenceField(
                "last_use",
                _("Last use"),
                "choice",
                (("call", _("Call")), ("text", _("Text message")), ("data", _("Mobile data or internet"))),
            ),
            EvidenceField(
                "porting",
                _("Number portability"),
                "choice",
                (
                    ("never", _("Never moved")),
                    ("came", _("Came from another provider")),
                    ("returned", _("Left and came back")),
                    ("asked", _("A move away was asked for and stopped")),
                ),
            ),
            EvidenceField(
                "ported_on", _("Moved on"), "date", required=False, help=_("Where it has moved in the last ten years.")
            ),
        ),
    ),
    CheckType(
        "plan_confirmed",
        _("Plan confirmed"),
        _("Agree with the member on the plan that is active from now on, and from which day."),
        (
            EvidenceField(
                "plan",
                _("Plan"),
                "choice",
                (("same", _("The same plan as before")), ("changed", _("Another plan, change is ordered"))),
            ),
            since_stop("agreed_on", _("Agreed on")),
        ),
    ),
    CheckType(
        "device_provisioned",
        _("Device ready for the network"),
        _("The SIM profile is loaded again, so that the line works the moment it is approved."),
        (
            EvidenceField(
                "device",
                _("Device"),
                "choice",
                (
                    ("same_sim", _("Same SIM or modem as before")),
                    ("new_sim", _("New SIM card")),
                    ("new_esim", _("New eSIM profile")),
                    ("new_modem", _("New modem or router")),
                ),
            ),
            since_stop("provisioned_on", _("Profile loaded on")),
            reference(_("SIM or device number"), help=_("The last digits are enough.")),
        ),
    ),
)
