"""Reasons that others gave, as codes of this client."""

from django.utils.text import slugify

from accounts.ledger import reading
from accounts.models import ReasonCode

Use = ReasonCode.Use
IMPORTED = "imported"
# Longer than this, or more of them, it is no list of codes; what stands there may be about a person.
LONGEST, MOST_WORDS, MOST_CODES = 40, 5, 200
USES = {"reinstate": Use.RESUME, "cancel": Use.CANCEL}
"""What a reason is for, by the action; STOP for every other."""


class Reasons:
    """Finds the code for a reason of a file, and makes one that staff are not offered where there is none.

    ``made`` are the codes that were made; ``unnamed`` counts events whose reason is kept as ``imported`` only.
    """

    def __init__(self, client, is_dry_run):
        self.client, self.is_dry_run = client, is_dry_run
        self.made, self.unnamed, self.known, self.keys = [], 0, {}, {}
        for _query, use, code in reading.parts(codes_of, client_ids=[client.pk]):
            self.known[use, key_of(code)] = code

    def code(self, action, words):
        """Return the code for what a file gives as the reason of an event."""
        key = self.keys.get(words)
        if key is None:
            key = self.keys[words] = key_of(words)
        if not key:
            return IMPORTED
        use = USES.get(action, Use.STOP)
        code = self.known.get((use, key))
        if code is None:
            code = self.known[use, key] = self.make(use, key, words)
        self.unnamed += code == IMPORTED
        return code

    def make(self, use, key, words):
        code = key.replace("-", "_")
        is_code = len(words) <= LONGEST and len(words.split()) <= MOST_WORDS and not any(map(str.isdigit, words))
        if not is_code or len(self.made) >= MOST_CODES:
            return IMPORTED
        if not self.is_dry_run:
            ReasonCode.objects.create(client=self.client, use=use, code=code, label=words, is_active=False)
        self.made.append(code)
        return code


def codes_of(client_ids):
    """Return the query of what these clients call their reasons."""
    rows = ReasonCode.objects.filter(client__in=client_ids, use__in=(Use.STOP, *USES.values()))
    return [rows.values_list("use", "code")]


def key_of(words):
    return slugify(words).replace("_", "-")
