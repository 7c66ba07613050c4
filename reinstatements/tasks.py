"""What beat starts. The tables are the queues: a task takes nothing, and a lost one is not missed. May run twice."""

from celery import shared_task
from django_scopes import scope, scopes_disabled

from accounts.models import Client
from reinstatements.services import assigning, clock, confirming, eligibility, escalation, waiting


@shared_task
def share_work():
    """Take back claims that are over, hand over for those who are away, and give what waits to whoever has room."""
    assigning.hand_over_begun()
    for client_id in served():
        with scope(client=[client_id]):
            assigning.expire_claims(client_id)
            assigning.assign_waiting(client_id)


@shared_task
def wait_for_members():
    """Remind members who were asked for something, and let cases lapse where they stayed silent."""
    for client_id in served():
        with scope(client=[client_id]):
            waiting.lapse_due(client_id)
            waiting.remind_due(client_id)


@shared_task
def look_for_deciders():
    """Look whether every case that waits for a decision can be decided in time by somebody."""
    for client_id in served():
        with scope(client=[client_id]):
            eligibility.look_again(client_id)


def served():
    with scopes_disabled():
        return list(Client.objects.filter(is_active=True).values_list("pk", flat=True))


@shared_task
def count_anew():
    """Let the open cases of a client follow its new working time, five hundred of each client at a time."""
    for client_id in clock.clients_to_apply():
        with scope(client=[client_id]):
            clock.apply_settings(client_id)


@shared_task
def look_for_confirmations():
    """Tell people of linked systems that have not confirmed in time, a hundred cases of each client at a time."""
    with scopes_disabled():
        client_ids = confirming.clients_due()
    for client_id in client_ids:
        with scope(client=[client_id]):
            confirming.time_out()


@shared_task
def escalate():
    """Take the steps of the escalation ladders that have come, a hundred cases of each client at a time."""
    for client_id in escalation.clients_due():
        with scope(client=[client_id]):
            escalation.climb_due()
