"""Why the people at the desk did what they did with a case: the provider's own reasons, the same everywhere."""

from django.utils.translation import gettext_lazy as _

TAKE_OVER = [
    ("colleague_absent", _("Who has it is away")),
    ("case_urgent", _("It is urgent")),
    ("colleague_agreed", _("Agreed with who has it")),
    ("member_calls", _("The member is on the phone")),
    ("needs_skill", _("It needs somebody else's skills")),
]
SKIP = [
    ("not_my_field", _("Not my field")),
    ("language", _("I do not speak the language")),
    ("known_to_me", _("I know the member")),
    ("needs_time", _("It needs more time than I have now")),
    ("waits_for_answer", _("It waits for somebody's answer")),
]
PAUSE = [
    ("client_looks_into_it", _("The client looks into it")),
    ("facts_disputed", _("What the case says is disputed")),
    ("legal_matter", _("A legal matter")),
    ("member_talks_to_client", _("The member talks to the client")),
]
ESCALATE = [
    ("takes_too_long", _("It takes too long")),
    ("important_member", _("An important member")),
    ("public_complaint", _("A complaint in public")),
    ("harm_to_member", _("The member comes to harm")),
]
CORRECT = [
    ("detail_wrong", _("A detail is wrong")),
    ("detail_missing", _("Something was left out")),
    ("time_wrong", _("It happened at another time")),
    ("other_case", _("It belongs to another case")),
]
LABELS = (
    dict(TAKE_OVER)
    | dict(CORRECT)
    | dict(PAUSE)
    | dict(ESCALATE)
    | dict(SKIP)
    | {
        "claimed": _("Claimed"),
        "released": _("Let go of"),
        "assigned": _("Assigned"),
        "absent": _("Who had it is away"),
        "claim_expired": _("Nothing was done on it in time"),
        "noted": _("For the record"),
        "evidence_missing": _("Something is missing"),
        "answered": _("The member answered"),
        "no_answer_yet": _("No answer yet"),
        "no_answer": _("No answer in time"),
        "hasty_streak": _("One of several decisions in a row that took only seconds"),
        "client_agrees": _("What it was paused for is settled"),
        "client_asked": _("The policy asks for an approval at the client"),
        "code_asked": _("Before a decision by link"),
        "nobody_decides": _("Nobody who may decide is there before it is due"),
        "somebody_decides": _("Somebody who may decide is there again"),
    }
)
