"""What was sent can be read back for good: versions of templates, messages to linked systems, and their answers."""

from accounts import registries
from accounts.ledger.guards import append_only, differs, no_replacing, refuse
from notifications.models import Acknowledgement, Template, WebhookDelivery

SAID = ("client_id", "system_id", "account_id", "membership_id", "about_case", "event", "event_name", "topic", "entry")


@registries.guards.register("message templates")
def templates_stay():
    return append_only(Template)


@registries.guards.register("linked systems")
def webhooks_stay():
    """What was said and to whom stays; only what became of it is written later, and an acknowledgement once."""
    changed = " OR ".join(differs(column) for column in (*SAID, "body", "created_at", "answer_by"))
    return [
        *append_only(Acknowledgement),
        *no_replacing(WebhookDelivery),
        refuse("webhook_delete", WebhookDelivery, "DELETE", "TRUE", "A message to a linked system is never deleted."),
        refuse("webhook_said", WebhookDelivery, "UPDATE", changed, "What a linked system was told is never changed."),
        refuse(
            "webhook_answered",
            WebhookDelivery,
            "UPDATE",
            """NEW.answer <> OLD.answer AND NOT EXISTS (SELECT 1 FROM notifications_acknowledgement given
                WHERE given.delivery_id = NEW.id AND given.outcome = NEW.answer AND given.result = 'taken')""",
            "A message is acknowledged by what its linked system has answered.",
        ),
        refuse(
            "acknowledgement_of_its_system",
            Acknowledgement,
            "INSERT",
            """NOT EXISTS (SELECT 1 FROM notifications_webhookdelivery sent WHERE sent.id = NEW.delivery_id
               AND sent.system_id = NEW.system_id AND sent.client_id = NEW.client_id)""",
            "A linked system answers what it was sent itself.",
        ),
    ]
