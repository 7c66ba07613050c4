"""Templates: new versions by whoever configures the client, and never an old one changed."""

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.errors import Invalid, Refused
from notifications import services
from notifications.models import Template

pytestmark = pytest.mark.usefixtures("scoped")

TEXT = {
    "event": "account.suspended",
    "language": "en",
    "subject": "Suspended",
    "body": "Dear {holder_name},\r\n\r\n{reason}\r\n{action}\r\n",
}


def test_the_first_version_of_a_language_is_one_and_its_line_ends_are_plain(acme, administrator):
    template = services.new_version(acme, actor=administrator, **TEXT)

    assert (template.version, template.body) == (1, "Dear {holder_name},\n\n{reason}\n{action}")


def test_the_same_words_again_are_no_new_version(acme, administrator):
    first = services.new_version(acme, actor=administrator, **TEXT)

    assert services.new_version(acme, actor=administrator, **TEXT) == first
    assert Template.objects.count() == 1


def test_what_is_refused_leaves_no_version_and_no_entry(acme, administrator):
    acme.refresh_from_db()
    before = acme.head_number

    with pytest.raises(Invalid, match="no placeholder of this name: balance"):
        services.new_version(acme, actor=administrator, **{**TEXT, "body": "{reason} {action} {balance}"})

    acme.refresh_from_db()
    assert acme.head_number == before
    assert not Template.objects.exists()


@pytest.mark.parametrize("who", ["agent", "supervisor", "compliance", "auditor", "contact", "outsider"])
def test_only_whoever_configures_the_client_changes_its_words(acme, who, request):
    actor = request.getfixturevalue(who)

    with pytest.raises(Refused):
        services.new_version(acme, actor=actor, **TEXT)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE notifications_template SET body = 'x'",
        "DELETE FROM notifications_template",
        "INSERT OR REPLACE INTO notifications_template SELECT * FROM notifications_template",
    ],
)
def test_no_version_is_changed_or_removed_by_any_door(acme, administrator, statement):
    if "REPLACE" in statement and connection.vendor == "postgresql":
        statement = "SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE notifications_template CASCADE"
    services.new_version(acme, actor=administrator, **TEXT)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
