"""What was sent to members can be read back for good: a version of a template is never edited or removed."""

from accounts import registries
from accounts.ledger.guards import append_only
from notifications.models import Template


@registries.guards.register("message templates")
def templates_stay():
    return append_only(Template)
