"""The page that draws the status machines says what the code says."""

import pytest
from django.core.management import CommandError, call_command

from accounts.management.commands import statuses


@pytest.mark.requirement("R19")
def test_the_drawings_are_those_of_the_code():
    call_command("statuses", check=True)


def test_a_page_that_says_anything_else_is_found(tmp_path, monkeypatch):
    other = tmp_path / "statuses.md"
    other.write_text(statuses.document().replace("suspended --> active: Reinstate\n", "", 1))
    monkeypatch.setattr(statuses, "DOCUMENT", other)

    with pytest.raises(CommandError, match="statuses --write"):
        call_command("statuses", check=True)
    call_command("statuses", write=True)
    call_command("statuses", check=True)
