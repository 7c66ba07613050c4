"""Histories for tests, and the command that imports them."""

from io import StringIO

from django.core.management import CommandError, call_command

HEADER = "account,seq,occurred_at,action,ends_at,reason\n"


def history_of(folder, *lines, header=HEADER, name="events.csv"):
    path = folder / name
    path.write_text(header + "".join(f"{line}\n" for line in lines))
    return path


def bring(path, **options):
    """Run the command for acme; return its first line, the lines it told of, and why it failed, if it did."""
    out, err = StringIO(), StringIO()
    error = ""
    try:
        call_command("import_events", str(path), client="acme", stdout=out, stderr=err, **options)
    except CommandError as failed:
        error = str(failed)
    return out.getvalue().splitlines(), err.getvalue().splitlines(), error
