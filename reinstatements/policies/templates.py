"""What a client of each industry begins with, as data: ``industries/*.toml``, laid over what is common to all."""

import tomllib
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "industries"


@lru_cache
def read(name) -> dict[str, Any]:
    path = FOLDER / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def default_rules(industry, kind="") -> dict[str, Any]:
    """Return the rules that a client of this industry begins with, for cases of this kind.

    What an industry says stands in the place of what is common; what it says of a kind stands in the place of both.
    ``checks_by_restriction`` is laid over kind by kind, so an industry names only the restrictions it treats otherwise.
    """
    rules: dict[str, Any] = {}
    for part in (read("common"), read(industry)):
        for layer in (part, part.get("kinds", {}).get(str(kind), {})):
            lay_over(rules, {key: value for key, value in layer.items() if key != "kinds"})
    return deepcopy(rules)


def lay_over(rules, layer):
    by_restriction = rules.get("checks_by_restriction", {}) | layer.get("checks_by_restriction", {})
    rules |= layer
    rules["checks_by_restriction"] = by_restriction
