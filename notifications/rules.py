"""Who may read what was sent to members. Whoever sees an account sees that it was written to."""

from accounts import grants


def can_read_text(delivery, user):
    """The words of a message are for those who speak with members; others see that, when and how it was sent."""
    return grants.allows(user, delivery.client_id, "work") or grants.allows(user, delivery.client_id, "reveal")


def can_list(client_id, user):
    """The list of all messages belongs to those who watch over a client; twin: ``DeliveryQuerySet.listed_for``."""
    return grants.allows(user, client_id, "see_log")
