"""What people keep for themselves, and what they have begun for many rows at once."""

from django_scopes import scope, scopes_disabled

from accounts.models import BulkChange, ExportRun, SavedView
from reinstatements.models import CaseBulk, QueueDefinition


def saved_view(client, owner, name="Held", is_shared=False):
    with scope(client=client.pk):
        return SavedView.objects.create(
            client=client, owner=owner, name=name, query="status=on_hold", is_shared=is_shared
        )


def queue_definition(client, owner, name="My queue", roles=()):
    with scope(client=client.pk):
        return QueueDefinition.objects.create(
            client=client,
            owner=owner,
            name=name,
            query=f"queue=open&client={client.code}",
            roles=list(roles),
            is_shared=bool(roles),
        )


def bulk_change(account, user):
    with scope(client=account.client_id):
        return BulkChange.objects.create(
            client=account.client, user=user, deed="hold", reason="non_payment", accounts=[str(account.pk)]
        )


def case_bulk(case, user):
    with scope(client=case.client_id):
        return CaseBulk.objects.create(client=case.client, user=user, deed="assign", cases=[str(case.pk)])


def ask_export(client, user, export="status_log"):
    """Put the whole log of a client down to be made in the background."""
    fields = {"export": export, "form": "csv", "time_zone": "UTC", "language": "en", "filters": {"client": client.code}}
    with scopes_disabled():
        return ExportRun.objects.create(client=client, user=user, **fields)
