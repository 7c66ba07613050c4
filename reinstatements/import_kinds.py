"""What this app imports: how requests were worked on before Reinstate, step by step."""

from django.utils.translation import gettext_lazy as _

from accounts import registries
from accounts.imports.kinds import Field, ImportKind, Option
from reinstatements.past_lines import read_step
from reinstatements.services.taking_past import PastTaker

PAST_STEPS = ImportKind(
    code="past_steps",
    label=_("Requests of the past, step by step"),
    fields=(
        Field(
            "request",
            _("Number of the request"),
            is_required=True,
            names=("process", "case", "case id", "ticket", "request id"),
        ),
        Field("step", _("Step"), is_required=True, names=("activity", "task", "event")),
        Field("started_at", _("Begun"), "time", is_required=True, names=("start", "begin", "started")),
        Field("ended_at", _("Ended"), "time", is_required=True, names=("end", "complete", "ended")),
        Field(
            "agent",
            _("Who did it"),
            is_required=True,
            names=("resource", "user", "who", "login"),
            help=_("a login or a name at the source; by it one person is told from another"),
        ),
        Field("role", _("Role"), names=("position", "group")),
    ),
    options=(
        Option(
            "source",
            _("Where the history comes from"),
            default="history",
            help=_("A name such as crm. A later file of the same source goes on where this one ends."),
        ),
        Option(
            "checks",
            _("Steps in which the work of others is checked"),
            default="Four-eyes Check",
            help=_("Their names as the file writes them, separated by commas."),
        ),
    ),
    read=read_step,
    taker=PastTaker,
    taken=_("steps put on record"),
)
registries.import_kinds.register(PAST_STEPS.code, PAST_STEPS)
