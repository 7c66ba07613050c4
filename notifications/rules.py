"""Who may read what was sent to members and to linked systems. Whoever sees an account sees that it was written to."""

from accounts import grants
from accounts.rules import can_configure, can_settle_billing


def can_read_text(delivery, user):
    """The words of a message are for those who speak with members; others see that, when and how it was sent."""
    return grants.allows(user, delivery.client_id, "work") or grants.allows(user, delivery.client_id, "reveal")


def can_list(client_id, user):
    """The list of all messages belongs to those who watch over a client; twin: ``DeliveryQuerySet.listed_for``."""
    return grants.allows(user, client_id, "see_log")


def can_see_webhook(delivery, user):
    """Messages to linked systems are for who configures them and who watches; twin: ``WebhookQuerySet.listed_for``."""
    return can_configure(delivery, user) or can_list(delivery.client_id, user)


__all__ = ["can_configure", "can_list", "can_read_text", "can_see_webhook", "can_settle_billing"]
