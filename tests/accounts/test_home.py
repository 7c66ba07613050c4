import pytest
from django.urls import reverse

from tests import factories


def home(client, user):
    client.force_login(user)
    return client.get(reverse("home"))


def places(response):
    return [item["label"] for group in response.context["navigation"] for item in group["items"]]


def current(response):
    return [item["label"] for group in response.context["navigation"] for item in group["items"] if item["current"]]


@pytest.mark.parametrize("name", ["agent", "supervisor", "compliance", "auditor", "contact", "administrator"])
def test_every_role_has_a_home(request, client, suspended, name):
    response = home(client, request.getfixturevalue(name))

    assert response.status_code == 200
    assert "You work for <bdi>Acme Mobile</bdi>" in " ".join(response.content.decode().split())


def test_somebody_without_a_role_reads_what_to_do(client, db):
    page = home(client, factories.make_user("newcomer")).content.decode()

    assert "You have no role at any client yet." in page
    assert "Ask an administrator" in page
    assert "No role yet" in page


def test_somebody_who_is_not_signed_in_is_asked_to(client, db):
    response = client.get(reverse("home"))

    assert (response.status_code, response.url) == (302, "/sign-in/?next=/")


@pytest.mark.parametrize("name", ["compliance", "auditor"])
def test_the_readers_of_the_record_see_its_latest_lines_and_exports(request, client, suspended, name):
    page = home(client, request.getfixturevalue(name)).content.decode()

    assert ["Latest in the status log" in page, "Latest exports" in page, "Non Payment" in page] == [True] * 3


def test_a_home_shows_nothing_of_another_client(client, suspended, globex):
    for role in ("compliance", "agent"):
        page = home(client, factories.make_user(f"other_{role}", (globex, role))).content.decode()
        assert [secret in page for secret in ("A-1001", "Acme", "Non Payment")] == [False] * 3


def test_the_administrator_is_led_to_staff_and_sees_no_accounts(client, administrator, suspended):
    response = home(client, administrator)

    page = response.content.decode()
    assert reverse("staff") in page
    assert ["A-1001" in page, "Accounts" in places(response)] == [False, False]


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("agent", {"Home", "Accounts"}),
        ("supervisor", {"Home", "Accounts", "Status log"}),
        ("compliance", {"Home", "Accounts", "Status log", "Exports", "Access"}),
        ("auditor", {"Home", "Accounts", "Status log", "Exports", "Access"}),
        ("contact", {"Home", "Accounts"}),
        ("administrator", {"Home", "Staff and roles"}),
    ],
)
def test_the_navigation_offers_what_the_role_may_open(request, client, acme, name, seen):
    user = request.getfixturevalue(name)
    response = home(client, user)

    ours = {"Home", "Accounts", "Status log", "Exports", "Access", "Staff and roles"}
    assert ours & set(places(response)) == seen
    for group in response.context["navigation"]:
        # The next case is another address each time.
        opened = [client.get(item["url"], follow=True) for item in group["items"]]
        assert [response.status_code for response in opened] == [200] * len(group["items"])


def test_the_place_one_is_on_is_marked(client, agent, suspended):
    client.force_login(agent)

    assert current(client.get(reverse("home"))) == ["Home"]
    assert current(client.get(suspended.get_absolute_url())) == ["Accounts"]


def test_a_name_cannot_write_into_the_page(client, acme):
    user = factories.make_user("mallory", (acme, "agent"), first_name="<script>alert(1)</script>")

    assert "<script>alert(1)" not in home(client, user).content.decode()


def test_every_place_of_the_setup_says_what_it_is_for(client, administrator):
    administrator.is_staff = True
    administrator.save(update_fields=["is_staff"])
    answer = home(client, administrator)

    setup = answer.text.split('aria-label="Set up"')[1].split("</section>")[0]
    tiles = [tile.split("</a>")[0] for tile in setup.split('class="card tile"')[1:]]
    assert {"Own statuses of memberships", "Message templates"} <= {
        name for tile in tiles for name in (tile.split("<strong>")[1].split("</strong>")[0],)
    }
    assert [tile for tile in tiles if '<div class="small muted">' not in tile] == []
