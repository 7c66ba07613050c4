"""Templates in the admin: saving makes a new version, and nothing is lost."""

import pytest
from django.urls import reverse
from django_scopes import scope

from notifications import services
from notifications.models import Template

# Thirteen messages in four languages.
TEXTS = 37 * 4
LIST = reverse("admin:notifications_template_changelist")


@pytest.fixture
def template(acme, globex):
    with scope(client=[acme.pk, globex.pk]):
        services.ensure_templates(acme)
        services.ensure_templates(globex)
        return Template.objects.get(client=acme, event="account.suspended", language="en")


def change(template):
    return reverse("admin:notifications_template_change", args=[template.pk])


def test_saving_makes_a_new_version_and_leaves_the_old_one(client, template, acme, administrator):
    client.force_login(administrator)

    answer = client.post(change(template), {"subject": "Stopped", "body": "{holder_name}: {reason} {action}"})

    assert answer.status_code == 302
    with scope(client=[acme.pk]):
        versions = Template.objects.filter(event="account.suspended", language="en").order_by("version")
        assert [(row.version, row.subject, row.created_by) for row in versions] == [
            (1, "Your {client_name} account is suspended", None),
            (2, "Stopped", administrator),
        ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{reason} {action} {balance}", "no placeholder of this name: balance"),
        ("{reason}", "cannot be left out: {action}"),
        ("{reason} {action} {", "Braces stand around the name"),
        ("{reason} {action} \x00", "Null characters"),
        ("{reason} {action} " + "x" * 10_000, "at most 10000 characters"),
    ],
)
def test_words_that_cannot_be_a_template_are_refused_in_place(client, template, acme, administrator, body, said):
    client.force_login(administrator)

    answer = client.post(change(template), {"subject": "Stopped", "body": body})

    assert answer.status_code == 200
    assert said in answer.content.decode()
    with scope(client=[acme.pk]):
        assert Template.objects.count() == TEXTS


def test_whoever_comes_with_an_older_version_is_told(client, template, acme, administrator):
    with scope(client=[acme.pk]):
        services.new_version(
            acme,
            actor=administrator,
            event=template.event,
            language="en",
            subject="Newer",
            body="{reason} {action}",
        )
    client.force_login(administrator)

    answer = client.post(change(template), {"subject": "Mine", "body": "{reason} {action}"})

    assert answer.status_code == 409
    assert "newer version" in answer.content.decode()


def test_the_list_holds_the_newest_versions_of_ones_own_clients(client, template, administrator):
    client.force_login(administrator)

    listed = client.get(LIST).context["cl"]

    assert {row.client.code for row in listed.result_list} == {"acme"}
    assert listed.result_count == TEXTS


@pytest.mark.parametrize("who", ["agent", "supervisor", "compliance", "auditor", "contact", "outsider"])
def test_nobody_else_finds_them(client, template, who, request):
    client.force_login(request.getfixturevalue(who))

    assert client.get(LIST).status_code == 404
    assert client.post(change(template), {"subject": "x", "body": "{reason} {action}"}).status_code == 404


def test_another_clients_template_is_not_there(client, template, globex, administrator):
    with scope(client=[globex.pk]):
        foreign = Template.objects.filter(client=globex).first()
    client.force_login(administrator)

    assert client.get(change(foreign)).status_code == 404
    assert client.get(reverse("admin:notifications_template_change", args=["nonsense"])).status_code == 404


def test_a_language_can_be_added_and_the_history_shows_who_wrote_what(client, acme, administrator):
    client.force_login(administrator)
    add = reverse("admin:notifications_template_add")
    words = {"client": acme.pk, "event": "account.closed", "language": "es", "subject": "Uno", "body": "{action}"}

    assert client.post(add, words).status_code == 302
    with scope(client=[acme.pk]):
        first = Template.objects.get()
    client.post(change(first), {"subject": "Dos", "body": "{action}"})
    with scope(client=[acme.pk]):
        newest = Template.objects.get(version=2)
    page = client.get(reverse("admin:notifications_template_history", args=[newest.pk])).content.decode()

    assert "<del><bdi>Uno</bdi></del>" in page
    assert "<ins><bdi>Dos</bdi></ins>" in page
    assert "administrator" in page


def test_nothing_can_be_deleted(client, template, administrator):
    client.force_login(administrator)

    answer = client.post(change(template).replace("/change/", "/delete/"), {"post": "yes"})

    assert answer.status_code == 404
