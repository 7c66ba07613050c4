"""What beat starts every two seconds. The tables are the queues: a task takes nothing, and a lost one is not missed."""

from celery import shared_task
from django_scopes import scope

from notifications import services
from notifications.services import billing, staff_notices, webhook_sending


@shared_task
def relay():
    """Turn what the outboxes hold into deliveries, a hundred events of each client at a time. May run twice."""
    for client_id in services.clients_with_events():
        with scope(client=[client_id]):
            services.relay()


@shared_task
def send_due():
    """Send what is due, a hundred messages of each client at a time. What was already sent is left alone."""
    for client_id in services.clients_with_mail():
        with scope(client=[client_id]):
            services.send_due()


@shared_task
def notify_staff():
    """Send the notices to staff that are due, a hundred of each client at a time, in their working hours."""
    for client_id in staff_notices.clients_with_notices():
        with scope(client=[client_id]):
            staff_notices.send_due()


@shared_task
def send_webhooks():
    """Send what is due to linked systems, a hundred messages of each client at a time."""
    for client_id in webhook_sending.clients_with_messages():
        with scope(client=[client_id]):
            webhook_sending.send_due()


@shared_task
def look_for_answers():
    """Tell supervisors of billing that was not acknowledged in time, a hundred times for each client."""
    for client_id in billing.clients_due():
        with scope(client=[client_id]):
            billing.look()
