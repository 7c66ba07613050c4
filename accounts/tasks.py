"""What beat starts. The tables are the queues: a task takes nothing, and a lost one is not missed. May run twice."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import Account, Client, DueFailure, ImportRun, Membership
from accounts.services import (
    background,
    endings,
    export_runs,
    import_runs,
    memberships,
    overdue,
    retrying,
    reviews,
    signals,
    training,
)

FOR_EACH_CLIENT = timedelta(seconds=10)
Job = DueFailure.Job


@shared_task
def climb_ladders():
    """Take the steps of the overdue ladders that are due, a hundred accounts of each client."""
    for_each_client(Job.LADDERS, Account, "next_step_at", overdue.apply_due)


@shared_task
def end_suspensions():
    """Put on record that suspensions have ended, a hundred of each client at a time."""
    for_each_client(Job.SUSPENSIONS, Account, "next_change_at", endings.end_due)


@shared_task
def end_reviews():
    """End the reviews that have run out, a hundred accounts of each client."""
    for_each_client(Job.REVIEWS, Account, "review_ends_at", reviews.end_due)


@shared_task
def change_memberships():
    """Put on record what time has brought to memberships: renewed, expired, converted, resumed. May run twice."""

    def write():
        memberships.apply_due_membership_changes(until=timezone.now() + FOR_EACH_CLIENT)

    for_each_client(Job.MEMBERSHIPS, Membership, "next_change_at", write)


@shared_task
def remind_members():
    """Tell members that their term renews or their trial ends, once for each period. May run twice."""
    with scopes_disabled():
        clients = list(Client.objects.filter(is_active=True))
    for client in clients:
        with scope(client=[client.pk]):
            retrying.once(Job.REMINDERS, client.pk, lambda client=client: memberships.remind_due(client))


@shared_task
def offer_to_return():
    """Offer members whose membership has expired to come back, once for each period. May run twice."""
    with scopes_disabled():
        clients = list(Client.objects.filter(is_active=True))
    for client in clients:
        with scope(client=[client.pk]):
            retrying.once(Job.OFFERS, client.pk, lambda client=client: memberships.offer_due(client))


@shared_task
def look_for_signals():
    """Let the rules look at what each client has recorded since the last time. May run twice and on several workers."""
    with scopes_disabled():
        clients = list(Client.objects.filter(is_active=True))
    for client in clients:
        with scope(client=[client.pk]):
            retrying.once(Job.SIGNALS, client.pk, lambda client=client: signals.look(client))


@shared_task
def warn_of_trainings():
    """Tell who it concerns that a training ends within a month, each once. May run twice and on several workers."""
    with scopes_disabled():
        clients = list(Client.objects.filter(is_active=True))
    for client in clients:
        with scope(client=[client.pk]):
            training.warn_due(client)


def for_each_client(job, model, column, do):
    """Do a job in the scope of each client that has something due in ``column``; one that fails holds up no other."""
    for client_id in clients_with(job, model, column):
        with scope(client=[client_id]):
            retrying.once(job, client_id, do)


def clients_with(job, model, column):
    """Return the ids of the clients that have a row where the time in ``column`` has come, or a failure to forget."""
    with scopes_disabled():
        due = model.objects.filter(**{f"{column}__lte": timezone.now()}, client__is_active=True)
        failed = DueFailure.objects.filter(job=job, client__is_active=True)
        found = {*due.order_by().values_list("client", flat=True).distinct(), *failed.values_list("client", flat=True)}
        return sorted(found)


# For long work there are workers of its own.


@shared_task
def run_imports():
    """Work on the import that waits longest, for half a minute at the most, on any number of workers."""
    background.work(ImportRun, import_runs.do, ended=import_runs.close)


@shared_task
def tidy_imports():
    """Close what is over and remove files that nobody needs any more."""
    import_runs.tidy()


@shared_task
def make_exports():
    """Make the file that was waited for longest. May run twice and on several workers."""
    export_runs.work_one()


@shared_task
def sweep_exports():
    """Remove files whose time is over, and what a worker left that was killed. May run twice."""
    export_runs.sweep()
