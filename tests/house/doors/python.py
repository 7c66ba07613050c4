"""Doors that Django and its libraries have."""

import json
import tempfile
from pathlib import Path

from django.core.management import call_command
from django.db.models import F

from accounts.models import AccessRecord, Account, Client, Disclosure, Membership, Restriction, StatusChange, SubjectKey
from reinstatements.models import Approval, Participation, Policy
from tests.house.doors import door
from tests.house.doors.forging import entry_of, write

UNKNOWN = "does not know this change"
STANDS = "stands in the way|duplicate key|no opening entry"


def forced(row, status):
    row.__dict__["status"] = status
    return row


def copy_of(case):
    """Return a case that is written for the first time, on an account that has none."""
    values = {field.attname: getattr(case, field.attname) for field in case._meta.concrete_fields}
    return type(case)(**{**values, "id": case.client_id, "code": "N2", "account_id": case.client_id})


def first_version(row):
    """Return what the revert button of simple-history's admin would save: the row as it was at first."""
    return row.history.order_by("history_id").first().instance


@door(UNKNOWN)
def save_with_a_forced_status(desk):
    forced(desk.suspended, "active").save()


@door(UNKNOWN)
def save_with_the_setter_of_the_library(desk):
    Account._meta.get_field("status").set_state(desk.suspended, "active")
    desk.suspended.save()


@door(UNKNOWN)
def transition_outside_of_the_ledger(desk):
    desk.suspended.close()
    desk.suspended.save()


@door(UNKNOWN)
def update(desk):
    Account.objects.filter(pk=desk.suspended.pk).update(status="active")


@door(UNKNOWN)
def update_to_an_older_entry(desk):
    Account.objects.filter(pk=desk.suspended.pk).update(status="active", status_number=1)


@door(UNKNOWN)
def update_to_an_entry_that_set_no_status(desk):
    Account.objects.filter(pk=desk.suspended.pk).update(status_number=F("head_number"))


@door(UNKNOWN)
def bulk_update(desk):
    Account.objects.bulk_update([forced(desk.suspended, "active")], ["status"])


@door("no opening entry")
def bulk_create(desk):
    Account.objects.bulk_create([forced(Account(client=desk.acme, number="N-1", country="DE"), "active")])


@door(f"{STANDS}|{UNKNOWN}")
def bulk_create_over_a_row(desk):
    Account.objects.bulk_create(
        [forced(desk.suspended, "active")], update_conflicts=True, unique_fields=["id"], update_fields=["status"]
    )


@door("no opening entry|case of a rule comes as it ends")
def case_out_of_nothing(desk):
    type(desk.case).objects.bulk_create([forced(copy_of(desk.case), "approved")])


@door("head of a chain is an entry")
def client_with_a_head_and_no_entries(desk):
    Client.objects.create(code="initech", head_number=5)


@door("head of a chain is an entry")
def account_with_a_head_that_is_no_entry(desk):
    account = forced(Account(client=desk.acme, number="N-2", country="DE", head_number=5, status_number=1), "active")
    opening = {"account_id": account.pk, "number": 1, "subject": ("account", account.pk), "origin": "import"}
    write(entry_of(desk.active, desk.agent, "", "active", **opening))
    account.save()


@door("no opening entry")
def create(desk):
    forced(Membership(client=desk.acme, account=desk.other, plan=desk.acme.plans.get()), "active").save()


@door(UNKNOWN)
def loaddata(desk):
    with tempfile.TemporaryDirectory() as folder:
        fixture = Path(folder) / "account.json"
        call_command("dumpdata", "accounts.account", pks=str(desk.suspended.pk), output=fixture)
        rows = json.loads(fixture.read_text())
        rows[0]["fields"]["status"] = "active"
        fixture.write_text(json.dumps(rows))
        call_command("loaddata", fixture, verbosity=0)


@door("does not know|head of a chain")
def revert_of_an_account(desk):
    first_version(desk.suspended).save(force_update=True)


@door("does not know")
def revert_of_a_case(desk):
    first_version(desk.case).save(force_update=True)


@door(STANDS)
def revert_that_inserts(desk):
    first_version(desk.case).save(force_insert=True)


@door("never deleted|foreign key")
def delete_of_an_account(desk):
    Account.objects.filter(pk=desk.other.pk)._raw_delete("default")


@door("never changed")
def update_of_entries(desk):
    StatusChange.objects.update(reason="other")


@door("never changed")
def save_of_an_entry(desk):
    desk.approved.action = "other"
    desk.approved.save()


@door("never deleted|foreign key")
def delete_of_entries(desk):
    StatusChange.objects.all()._raw_delete("default")


@door("never changed")
def update_of_words(desk):
    Disclosure.objects.update(field="other")


@door("never deleted")
def delete_of_words(desk):
    Disclosure.objects.all().delete()


@door("when its person is erased")
def delete_of_keys(desk):
    SubjectKey.objects.all().delete()


@door("never changed")
def update_of_access_records(desk):
    AccessRecord.objects.create(client=desk.acme, user=desk.agent, kind="opened", account=desk.suspended)
    AccessRecord.objects.update(kind="searched")


@door("never deleted")
def delete_of_access_records(desk):
    AccessRecord.objects.create(client=desk.acme, user=desk.agent, kind="opened", account=desk.suspended)
    AccessRecord.objects.all().delete()


@door("never deleted")
def delete_of_restrictions(desk):
    Restriction.objects.all().delete()


@door("lifted once, by an entry")
def lifting_without_an_entry(desk):
    Restriction.objects.filter(lifted_at=None).update(lifted_at=F("opened_at"), lifted_entry=desk.suspended.pk)


@door("lifted once, by an entry")
def restricting_anew_what_was_lifted(desk):
    Restriction.objects.exclude(lifted_at=None).update(lifted_at=None, lifted_entry=None)


@door("opened by an entry")
def restriction_without_an_entry(desk):
    Restriction.objects.create(
        client=desk.acme, account=desk.active, kind="policy", reason="x", opened_entry=desk.active.pk
    )


@door("never changed")
def update_of_approvals(desk):
    Approval.objects.update(decision="declined")


@door("never deleted")
def delete_of_approvals(desk):
    Approval.objects.all().delete()


@door("never changed")
def update_of_participations(desk):
    Participation.objects.filter(case=desk.case).update(person=desk.supervisor.person, user=desk.supervisor)


@door("never deleted")
def delete_of_participations(desk):
    Participation.objects.filter(case=desk.case).delete()


@door("make a new one")
def another_policy_for_a_case_that_is_open(desk):
    for policy in Policy.objects.all():
        policy.rules = policy.rules | {"levels": []}
        policy.save()
