"""The product's own texts for members, one file a language. A client's administrators change what is made of them.

A folder with the name of an industry says in other words what is not right there: an insurer has a policy, no device.
"""

import tomllib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
LAST_RESORT = "en"
LANGUAGES = tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def read(language, industry=""):
    """Return everything in this language: words for reasons and actions, and the default templates."""
    common = tomllib.loads((FOLDER / f"{language}.toml").read_text())
    own = FOLDER / industry / f"{language}.toml"
    return laid_over(common, tomllib.loads(own.read_text())) if industry and own.exists() else common


def laid_over(common, own):
    """Return ``common`` with what ``own`` says instead, section by section."""
    return {
        name: laid_over(value, own.get(name, {})) if isinstance(value, dict) else own.get(name, value)
        for name, value in common.items()
    }


def words(language, industry=""):
    """Return the words of a language; English where the product does not speak it."""
    return read(language if language in LANGUAGES else LAST_RESORT, industry)


def default_templates(industry=""):
    """Return ``(event, language, subject, body)`` of every message that a new client of this industry begins with."""
    return [
        (event, language, text["subject"], text["body"].strip())
        for language in LANGUAGES
        for event, text in read(language, industry)["templates"].items()
    ]


def give(apps, events):
    """Give every client that is served the words of these messages that a new one of its industry begins with.

    For migrations: ``apps`` are theirs. What a client has already stays; may run twice.
    """
    Client, Template = apps.get_model("accounts", "Client"), apps.get_model("notifications", "Template")
    for client in Client.objects.all():
        for event, language, subject, body in default_templates(client.industry):
            if event in events:
                Template.objects.get_or_create(
                    client=client,
                    event=event,
                    channel="email",
                    language=language,
                    version=1,
                    defaults={"subject": subject, "body": body},
                )
