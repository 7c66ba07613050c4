from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django_scopes import scopes_disabled

from accounts import sealing
from accounts.services import erasure, keys


class Command(BaseCommand):
    help = """Wrap every person's key under the first master key of SEALING_KEYS. Put the new key first, run this, then
    take the old one away. It may be stopped and run again."""

    @scopes_disabled()
    def handle(self, **options):
        try:
            wrapped = sum(keys.rotate())
        except sealing.UnknownMasterKey as error:
            raise CommandError(str(error)) from error
        transaction.on_commit(erasure.overwrite_journal)
        current = sealing.current_key_id()
        self.stdout.write(f"{wrapped} keys are wrapped anew under {current!r}.")
        others = {key_id: count for key_id, count in keys.in_use().items() if key_id != current}
        for key_id, count in others.items():
            needed = f"still need {key_id!r}" if key_id else "are damaged"
            self.stdout.write(f"{count} keys {needed}. verify_ledger names those that do not open.")
        if not others:
            self.stdout.write("No key needs another master key: the others can be taken out of SEALING_KEYS.")
