"""Nothing in the demo reaches anybody real, and what is invented stays the same."""

from collections import Counter
from datetime import UTC, datetime
from io import StringIO

import phonenumbers
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from reinstatements.demo import holders, lantern, names, nordtel, people, stops
from tests.reinstatements.demo_loading import COMPANIES, shipped_rows

# What regulators keep for films, and nobody is given: E.164 without the +.
FICTIONAL = (
    *("493023125", "496990009", "494066969", "492214710", "498999998"),
    *("4420794600", "4420794601", "4420794602", "4420794603", "4420794604"),
    *("4420794605", "4420794606", "4420794607", "4420794608", "4420794609"),
    *("441614960", "447700900", "33199", "33639984", "3346571", "121255501", "141555501", "131255501"),
    *("141655501", "151455501", "6125550", "6137010", "3532091"),
)


def test_nobody_real_can_be_reached():
    members = [(number, lantern.MEMBERS) for number in lantern.NUMBERS + lantern.WITH_PAST]
    members += [(number, demo.MEMBERS) for demo in COMPANIES for number in demo.COMPANY.numbers]
    invented = [holders.invent(row["customerID"]) for row in shipped_rows()]
    for holder, columns in [*invented, *(holders.one_of(*each) for each in members)]:
        assert not holder["email"] or holder["email"].endswith("@example.com")
        if holder["phone"]:
            number = phonenumbers.parse(holder["phone"], columns["country"])
            assert phonenumbers.is_possible_number(number)
            assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:].startswith(FICTIONAL)


def test_what_is_invented_is_the_same_each_time():
    assert holders.invent("7590-VHVEG") == holders.invent("7590-VHVEG")
    assert holders.invent("7590-VHVEG") != holders.invent("5575-GNVDE")
    stopped = [stop for row in shipped_rows() if row["Churn"] == "No" and (stop := stops.stop_of(row["customerID"]))]
    kinds = Counter(stop.kind for stop in stopped)
    assert len(stopped) == 204
    assert 0.5 < kinds["payment"] / len(stopped) < 0.7
    assert set(kinds) == set(stops.KINDS)


def test_names_are_written_in_many_scripts_and_mailed_in_plain_letters():
    drawn = {holders.invent(row["customerID"])[0]["holder_name"] for row in shipped_rows()}
    for sign in "äßŁŞñéØþоκلל明आさễ":
        assert any(sign.casefold() in name.casefold() for name in drawn), sign
    assert names.letters("Großmann-Śliwiński") == "grossmann-sliwinski"


def test_who_signs_in_is_told_with_the_password():
    out = StringIO()
    call_command("load_demo", logins=True, stdout=out)

    assert people.PASSWORD in out.getvalue()
    assert [line.split()[0] for line in out.getvalue().splitlines()[2:]] == [row[0] for row in people.STAFF]


def test_it_is_not_loaded_in_production(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="not loaded in production"):
        call_command("load_demo")


def test_the_file_speaks_of_a_day_that_has_been():
    assert datetime.combine(nordtel.AS_OF, datetime.min.time(), UTC) < timezone.now()


def test_every_story_of_a_client_has_an_account_and_words_of_its_own():
    for demo in COMPANIES:
        company = demo.COMPANY
        assert len(company.told) == len(company.stories)
        assert max(map(company.numbers.index, company.told)) < len(company.numbers) - company.closed - company.pending
        reasons_told = {story.reason for story in company.stories}
        assert reasons_told <= set(company.causes)
        assert reasons_told <= set(company.words.resume)
