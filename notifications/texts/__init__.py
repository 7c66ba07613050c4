"""The product's own texts for members, one file a language. A client's administrators change what is made of them."""

import tomllib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
LAST_RESORT = "en"
LANGUAGES = tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def read(language):
    """Return everything in this language: words for reasons and actions, and the default templates."""
    return tomllib.loads((FOLDER / f"{language}.toml").read_text())


def words(language):
    """Return the words of a language; English where the product does not speak it."""
    return read(language if language in LANGUAGES else LAST_RESORT)


def default_templates():
    """Return ``(event, language, subject, body)`` of every message that a new client begins with."""
    return [
        (event, language, text["subject"], text["body"].strip())
        for language in LANGUAGES
        for event, text in read(language)["templates"].items()
    ]
