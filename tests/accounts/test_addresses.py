"""An address that is kept follows the addresses in force."""

from django.test import override_settings
from django.urls import path, reverse, set_script_prefix

from accounts.addresses import address

urlpatterns = [path("elsewhere/", lambda request: None, name="home")]


def test_an_address_is_the_one_in_force():
    assert address("search") == reverse("search")

    with override_settings(ROOT_URLCONF=__name__):
        assert address("home") == "/elsewhere/"
    assert address("home") == "/"


def test_an_address_lies_below_where_the_product_is_served():
    set_script_prefix("/desk/")
    try:
        assert address("home") == "/desk/"
    finally:
        set_script_prefix("/")
    assert address("home") == "/"
