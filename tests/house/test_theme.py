"""Light, dark or as the system has it: the choice works without script and leads nowhere else."""

import pytest


@pytest.mark.parametrize("chosen", ["light", "dark"])
def test_a_chosen_scheme_is_kept_and_the_page_comes_back_in_it(client, db, chosen):
    answer = client.post("/theme/", {"theme": chosen, "next": "/sign-in/"})

    assert (answer.status_code, answer.url) == (302, "/sign-in/")
    assert f'<meta name="color-scheme" content="{chosen}">' in client.get("/sign-in/").text


@pytest.mark.parametrize("chosen", ["auto", "", "neon", '"><script>', "dark\0"])
def test_anything_else_follows_the_system(client, db, chosen):
    client.cookies["theme"] = "dark"

    client.post("/theme/", {"theme": chosen})

    assert '<meta name="color-scheme" content="light dark">' in client.get("/sign-in/").text


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_it_never_leads_to_another_site(client, db, onward):
    assert client.post("/theme/", {"theme": "dark", "next": onward}).url == "/"


def test_it_is_not_changed_by_following_a_link(client, db):
    assert client.get("/theme/").status_code == 405
