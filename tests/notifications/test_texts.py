"""The product's own texts: every message, every language, no gap, no word that belongs to the staff."""

import pytest

from accounts import reasons
from accounts.models import Industry, Restriction
from notifications import rendering, texts
from notifications.models import Event

LANGUAGES = ("de", "en", "es", "fr")


def test_there_is_a_text_for_every_message_in_every_language():
    found = {(event, language) for event, language, _subject, _body in texts.default_templates()}

    assert found == {(event, language) for event in Event.values for language in LANGUAGES}


@pytest.mark.parametrize(("event", "language", "subject", "body"), texts.default_templates())
def test_every_text_is_a_template_that_could_be_saved(event, language, subject, body):
    rendering.check(event, subject, body)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_restriction_has_a_reason_and_an_action_in_every_language(language):
    words = texts.words(language)

    assert set(words["reason"]) == set(Restriction.Kind.values)
    assert set(words["action"]) == {*Restriction.Kind.values, "closed", "completed", "declined"}
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
