"""The forms of a decision: a reason of the client's for what is decided, and words."""

from django.utils.translation import gettext as _

from accounts.models import ReasonCode
from reinstatements.forms import DecisionForm, reasons_by_use

Use = ReasonCode.Use
USE_OF = {
    "approve": Use.RESUME,
    "decline": Use.DECLINE,
    "send_back": Use.SEND_BACK,
    "withdraw": Use.WITHDRAW,
    "reverse": Use.REVERSE,
}


NUMBERED = ("decline", "send_back")


def decision_form(name, case, data=None, *, reasons=None, initial=None):
    """Return the form to ``approve``, ``decline``, ``send_back``, ``withdraw`` or ``reverse`` a case with."""
    if reasons is None:
        reasons = reasons_by_use(case)
    words = {
        "approve": {"label": _("Note"), "required": False},
        "decline": {"label": _("Why, in words"), "help_text": _("The member hears the reason, not these words.")},
        "send_back": {"label": _("What to mend"), "help_text": _("Stands at the top of the case when it comes back.")},
        "withdraw": {"label": _("Note"), "required": False},
        "reverse": {"label": _("Why, in words"), "help_text": _("The member is told that it was taken back.")},
    }[name]
    form = DecisionForm(
        data,
        initial=initial,
        auto_id=f"{name}_%s",
        reasons=reasons.get(USE_OF[name], []),
        preselected=case.resume_reason if name == "approve" else "",
        words=words,
    )
    if name in NUMBERED:
        number(form.fields["reason"])
    return form


def number(field):
    """Put a number before each choice, by which it is chosen with one key, with script and without."""
    numbered = enumerate([choice for choice in field.choices if choice[0]], start=1)
    empty = [choice for choice in field.choices if not choice[0]]
    field.choices = [*empty, *((code, f"{position} {label}") for position, (code, label) in numbered)]
    field.widget.attrs["data-numbered"] = ""
