"""Files about memberships for tests, and the command that imports them."""

import json
from io import StringIO

from django.core.management import CommandError, call_command

HEADER = "account,reference,plan,cycle,starts_on,ends_on,is_trial,is_cancelled,auto_renew\n"


def lines_of(folder, *lines, header=HEADER, name="memberships.csv"):
    path = folder / name
    path.write_text(header + "".join(f"{line}\n" for line in lines))
    return path


def events_of(folder, *events, name="events.json"):
    """Write events as a billing system's list has them: ``(event id, type, occurred_at, data)``."""
    path = folder / name
    names = ("event_id", "event_type", "occurred_at", "data")
    path.write_text(json.dumps({"data": [dict(zip(names, event, strict=True)) for event in events]}))
    return path


def bring(path, **options):
    """Run the command for acme; return its first line, the lines it told of, and why it failed, if it did."""
    out, err = StringIO(), StringIO()
    error = ""
    try:
        call_command("import_memberships", str(path), client="acme", stdout=out, stderr=err, **options)
    except CommandError as failed:
        error = str(failed)
    return out.getvalue().splitlines(), err.getvalue().splitlines(), error
