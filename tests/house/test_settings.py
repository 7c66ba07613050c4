"""What is wrong with the environment is said at the start, in one line."""

import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KEY = b64encode(bytes(32)).decode()
COMPLETE = {
    "SECRET_KEY": "x" * 60,
    "SEALING_KEYS": f"new:{KEY},old:{KEY}",
    "SEARCH_KEY": KEY,
    "BASE_URL": "https://desk.example",
}


def start(tmp_path, **environment):
    """Load the settings in a process of its own and return its last line."""
    given = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)} | environment
    code = "from config import settings; print(list(settings.SEALING_KEYS), settings.SESSION_COOKIE_SECURE)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=given, capture_output=True, text=True)
    return (done.stdout or done.stderr).strip().splitlines()[-1]


def test_a_complete_environment_starts_in_production(tmp_path):
    assert start(tmp_path, **COMPLETE) == "['new', 'old'] True"


@pytest.mark.parametrize("name", COMPLETE)
def test_a_missing_variable_is_named(tmp_path, name):
    assert f"Set {name} in the environment" in start(tmp_path, **COMPLETE | {name: ""})


@pytest.mark.parametrize(
    ("name", "value"),
    [("SEALING_KEYS", "new"), ("SEALING_KEYS", "new:AAAA"), ("SEARCH_KEY", "AAAA"), ("SEARCH_KEY", "not base64")],
)
def test_a_malformed_key_is_named_and_not_repeated(tmp_path, name, value):
    line = start(tmp_path, **COMPLETE | {name: value})

    assert name in line
    assert "AAAA" not in line


def test_the_demo_does_not_start_without_its_keys(tmp_path):
    assert "make demo" in start(tmp_path, DEMO="1")
