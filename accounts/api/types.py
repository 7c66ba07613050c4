"""What programs may send and what they are told: text without NUL, whole numbers with bounds, answers by shape."""

from typing import Annotated

from ninja import Schema
from pydantic import AfterValidator, Field, StringConstraints

from accounts.fields import LONGEST_TEXT


def storable(text: str) -> str:
    """Return the text, if a database can keep it: PostgreSQL takes no NUL, UTF-8 no half of a pair."""
    if "\0" in text:
        raise ValueError("The text has a NUL in it.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("The text has half of a surrogate pair in it.") from None
    return text


Text = Annotated[str, AfterValidator(storable)]
Words = Annotated[Text, StringConstraints(max_length=LONGEST_TEXT)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,60}$")]
Number = Annotated[Text, StringConstraints(min_length=1, max_length=60)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Token = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[A-Za-z0-9_:.=-]*$")]
Limit = Annotated[int, Field(ge=1, le=1000)]


class Problem(Schema):
    """``message`` says what happened and what to do; ``fields`` what is wrong with which, where that is known."""

    message: str
    fields: dict[str, list[str]] = {}


REFUSALS = dict.fromkeys((400, 401, 403, 404, 409, 429), Problem)


def answers(model, status=200):
    """Return what an operation may answer: ``model``, or a ``Problem``."""
    return {status: model} | REFUSALS
