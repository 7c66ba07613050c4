from notifications.services.outbox import clients_with_events, relay
from notifications.services.sending import clients_with_mail, send_due
from notifications.services.templates import ensure_templates, new_version

__all__ = ["clients_with_events", "clients_with_mail", "ensure_templates", "new_version", "relay", "send_due"]
