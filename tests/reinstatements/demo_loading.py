"""How tests load the demo: once for all of a file that look at it."""

import csv
import gzip
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from django_scopes import scopes_disabled

from reinstatements.demo import brisevent, farolia, nordtel, tallyharbor

COMPANIES = (farolia, tallyharbor, brisevent)


def shipped_rows():
    with gzip.open(nordtel.FILE, "rt", newline="") as file:
        yield from csv.DictReader(file)


def load():
    out = StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue().splitlines()


@contextmanager
def for_all_of_a_file(blocker):
    """Let what is loaded in the block stand for all tests of a file, and roll it back; yields what patches the demo."""
    with blocker.unblock(), transaction.atomic(), scopes_disabled(), pytest.MonkeyPatch.context() as patch:
        yield patch
        transaction.set_rollback(True)
