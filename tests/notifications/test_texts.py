"""The product's own texts: every message, every language, no gap, no word that belongs to the staff."""

import re
import tomllib

import pytest

from accounts import reasons
from accounts.models import Industry, Restriction
from notifications import rendering, texts
from notifications.models import Event

LANGUAGES = ("de", "en", "es", "fr")


def test_there_is_a_text_for_every_message_in_every_language():
    found = {(event, language) for event, language, _subject, _body in texts.default_templates()}

    assert found == {(event, language) for event in Event.values for language in LANGUAGES}


@pytest.mark.parametrize("industry", ["", *Industry.values])
def test_every_text_is_a_template_that_could_be_saved(industry):
    templates = texts.default_templates(industry)

    assert len(templates) == len(LANGUAGES) * len(Event)
    for event, _language, subject, body in templates:
        rendering.check(event, subject, body)


@pytest.mark.parametrize("industry", ["", *Industry.values])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_restriction_has_a_reason_and_an_action_in_every_language(language, industry):
    words = texts.words(language, industry)

    assert set(words["reason"]) == set(Restriction.Kind.values)
    assert set(words["action"]) == {
        *Restriction.Kind.values,
        *(
            event.rpartition(".")[2]
            for event in Event.values
            if event not in (Event.SUSPENDED, Event.ON_HOLD, Event.MEMBERSHIP_SUSPENDED)
        ),
    }
    assert all(words["reason"].values())
    assert all(words["action"].values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_to_decline_that_a_client_begins_with_has_words_for_the_member(language):
    begun_with = {code for industry in Industry for code, _label in reasons.defaults(industry)["decline"]}

    assert set(texts.words(language)["declined"]) == begun_with | {"other"}


def test_the_languages_differ():
    every = [texts.words(language) for language in LANGUAGES]

    for one in every:
        assert set(one) == set(every[0])
        assert sum(one["contact"] == other["contact"] for other in every) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "path", sorted(texts.FOLDER.glob("*/*.toml")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_an_industry_says_in_other_words_only_what_everybody_says(path, language):
    """A misspelt section or event would be left out without a word."""

    def keys(part, before=()):
        return {
            key
            for name, value in part.items()
            for key in (keys(value, (*before, name)) if isinstance(value, dict) else {(*before, name)})
        }

    assert path.parent.name in Industry.values
    assert path.stem in LANGUAGES
    assert keys(tomllib.loads(path.read_text())) <= keys(texts.words(language))


@pytest.mark.requirement("R44")
@pytest.mark.parametrize(
    ("language", "account", "policy"),
    [("en", "account", "policy"), ("de", "Konto", "Vertrag"), ("fr", "compte", "contrat"), ("es", "cuenta", "póliza")],
)
def test_an_insurer_writes_of_a_policy_and_never_of_an_account(language, account, policy):
    fields = r"\{[a-z_]+\}"
    for _event, _language, *words in [row for row in texts.default_templates("health") if row[1] == language]:
        for text in words:
            said = re.sub(fields, "", text)
            assert policy in said
            assert account not in said
    insurer = texts.words(language, "health")
    assert account not in re.sub(fields, "", insurer["contact"])
    for kind in insurer["reason"]:
        assert account not in insurer["reason"][kind] + insurer["action"][kind]
    assert all(account not in why for why in insurer["declined"].values())


def test_nobody_is_told_to_switch_a_bank_account_off_and_on_again():
    advice = {industry: texts.words("en", industry)["action"]["completed"] for industry in Industry.values}

    assert [industry for industry, words in advice.items() if "switch your device" in words] == ["telecom"]
    assert len(set(advice.values())) == len(advice)
