"""How the entries of a case are told, and the codes that the product itself writes as their reasons."""

from django.utils.translation import gettext_lazy as _

from accounts import registries
from accounts.registries import Wording
from reinstatements import desk_reasons, linked_systems
from reinstatements.checks_catalogue import CATALOGUE
from reinstatements.sla import Priority

registries.wording.register(
    "reinstatement",
    {
        "open": Wording(_("Reinstatement asked for"), "folder-open"),
        "submit": Wording(_("Case submitted"), "inbox"),
        "start": Wording(_("Verification started"), "list-checks"),
        "check_met": Wording(_("Check met"), "circle-check"),
        "check_failed": Wording(_("Check failed"), "circle-x"),
        "check_asked": Wording(_("Waiver of a check asked for"), "hand"),
        "check_waived": Wording(_("Check waived"), "circle-slash"),
        "check_refused": Wording(_("Waiver refused"), "circle-x"),
        "check_reopened": Wording(_("Check opened again"), "rotate-ccw"),
        "send_for_approval": Wording(_("Sent for approval"), "gavel"),
        "ask_member": Wording(_("Member asked for something"), "message-circle-question-mark"),
        "member_answered": Wording(_("Member answered"), "message-circle-reply"),
        "lapse": Wording(_("Case lapsed: the member did not answer"), "timer-off"),
        "add_file": Wording(_("File added"), "paperclip"),
        "remove_file": Wording(_("File removed"), "trash-2"),
        "approve_level": Wording(_("Approved, next level asked"), "stamp"),
        "ask_level": Wording(_("Another role is asked"), "gavel"),
        "approve": Wording(_("Case approved"), "stamp"),
        "confirm": Wording(_("Confirmed by the linked system"), "cable"),
        "not_confirmed": Wording(_("Not confirmed by the linked system"), "unplug", "on_hold"),
        "ask_system": Wording(_("Linked system asked again"), "cable"),
        "reconsider": Wording(_("Approval void, asked for again"), "rotate-ccw"),
        "complete": Wording(_("Case completed"), "circle-check"),
        "decline": Wording(_("Case declined"), "circle-x"),
        "send_back": Wording(_("Case sent back"), "undo-2"),
        "approve_by_rule": Wording(_("Case approved by a rule"), "workflow"),
        "review": Wording(_("Decision looked at again"), "scan-eye"),
        "reverse": Wording(_("Reinstatement taken back"), "undo-2", "suspended"),
        "withdraw": Wording(_("Case withdrawn"), "corner-up-left"),
        "open_appeal": Wording(_("The member appeals against the decision"), "scale", "on_hold"),
        "appeal": Wording(_("Appeal put before somebody else"), "gavel"),
        "set_priority": Wording(_("Priority changed"), "signal"),
        "escalate": Wording(_("Escalated"), "alarm-clock"),
    },
)
registries.wording.register(
    "clocksettings",
    {
        "create": Wording(_("Working time set"), "calendar-clock"),
        "change": Wording(_("Working time changed"), "calendar-clock"),
    },
)
registries.wording.register(
    "policy",
    {
        "propose": Wording(_("Policy proposed"), "scale"),
        "put_in_force": Wording(_("Policy put in force"), "scale", "active"),
        "turn_down": Wording(_("Policy turned down"), "circle-x"),
    },
)
registries.wording.register(
    "handling",
    {
        "claim": Wording(_("Case claimed"), "hand"),
        "release": Wording(_("Let go of the case"), "corner-up-left"),
        "assign": Wording(_("Case assigned"), "user-plus"),
        "take_over": Wording(_("Case taken over"), "user-check"),
        "hand_over": Wording(_("Case handed over"), "arrow-left-right"),
        "expire": Wording(_("Claim ran out"), "timer-off"),
        "note": Wording(_("Note"), "sticky-note"),
        "skip": Wording(_("Skipped"), "skip-forward"),
        "correct": Wording(_("Correction"), "pencil-line"),
        "sample": Wording(_("Chosen to be looked at again"), "scan-eye"),
        "remind": Wording(_("Member reminded"), "bell"),
        "climb": Wording(_("Nobody can decide in time"), "triangle-alert", "on_hold"),
        "client_comment": Wording(_("Comment of the client"), "message-square"),
        "client_pause": Wording(_("Paused by the client"), "circle-pause", "on_hold"),
        "client_lift": Wording(_("The client lets it go on"), "circle-play"),
        "client_escalate": Wording(_("Escalated by the client"), "megaphone", "on_hold"),
        "ask_external": Wording(_("Somebody at the client asked to decide"), "mail-question-mark"),
        "open_link": Wording(_("Code asked for on the page of the link"), "key-round"),
        "climb_ended": Wording(_("Somebody can decide again"), "circle-check"),
    },
)
RULE_LABELS = {
    "member_silent": _("The member did not answer in time"),
    "payment_wakes": _("Everything owed is paid: the case goes on"),
    "escalation_ladder": _("Escalation ladder"),
    "system_confirmed": _("The linked system has confirmed"),
    "confirmation_awaited": _("Waiting for a linked system"),
    "suspension_ended": _("The suspension has ended"),
    "paid_in_full": _("Everything owed is paid"),
    "imported_history": _("Reinstated before Reinstate kept the record"),
}
registries.reason_labels.register(
    "reinstatements",
    {check.code: check.label for check in CATALOGUE.values()}
    | RULE_LABELS
    | {f"priority_{priority.value}": priority.label for priority in Priority}
    | {
        "in_order": _("In order"),
        "not_in_order": _("Not in order"),
        "appeal_received": _("On the evidence as it stood"),
        "level_changed": _("What changed asks for another level"),
        "policy_proposed": _("New version of a policy"),
        "policy_checked": _("Looked at by a second person"),
        "time_running_out": _("Its time is running out"),
        "time_over": _("Its time is over"),
        "time_long_over": _("Its time has been over for long"),
    }
    | desk_reasons.LABELS
    | linked_systems.LABELS,
)
