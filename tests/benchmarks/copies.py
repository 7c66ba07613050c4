"""Many sound copies of one account and all that belongs to it, written past the guards by the owner of the tables.

Services make the original. A copy has ids, numbers, keys, sealed texts, hashes and heads of its own, and the verifier
finds nothing wrong with it; so data of any size is there in seconds, and is what the product would have written.
"""

import hashlib
import json
import re
from collections import defaultdict
from contextlib import contextmanager
from uuid import UUID

from django.apps import apps
from django.db import connection, connections, transaction
from django_scopes import scopes_disabled

from accounts import canonical, personal, sealing
from accounts.ledger import guards, sql
from accounts.models import Account, Disclosure, StatusChange, SubjectKey
from accounts.models.base import new_id
from reinstatements.models import Approval, ReinstatementRequest
from reinstatements.models.request import new_code

NAMED = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{64}")
AT_ONCE = 500


@contextmanager
def without_guards():
    """Let the owner of the tables write rows past the guards; all or none, and the guards stand again afterwards."""
    with transaction.atomic():
        guards.remove(connection)
        yield
        connection.check_constraints()
        guards.install(connection)


class Original:
    """Everything that the database holds of one account, as values of the columns of each table."""

    @scopes_disabled()
    def __init__(self, account):
        self.account = Account.objects.get(pk=account.pk)
        self.cases = list(ReinstatementRequest.objects.filter(account=account).values_list("pk", "code"))
        self.rows = {model: found for model in apps.get_models() if (found := self.read(model))}
        everything = [row for rows in self.rows.values() for row in rows]
        self.ids = {row[name] for row in everything for name in ("id", "uid") if isinstance(row.get(name), UUID)}
        key = personal.key_of(self.account)
        self.holder = {field: personal.reveal(self.account, field, key) for field in Account.sealed_fields}
        self.words = {
            (row["entry_id"], row["field"]): sealing.unseal(
                key, row["ciphertext"], context=f"disclosure.{row['field']}:{row['entry_id']}"
            )
            for row in self.rows.get(Disclosure, ())
        }

    def read(self, model):
        """Return this account's rows of a model, oldest first, each as ``{attname: value}`` without its own counter."""
        names = [field.attname for field in sql.insert_fields(model)]
        if model in (Account, sql.history_model(Account)):
            condition = {"id": self.account.pk}
        elif "account_id" in names or "account_id" in [field.attname for field in model._meta.concrete_fields]:
            condition = {"account_id": self.account.pk}
        elif "case_id" in names:
            condition = {"case_id__in": [pk for pk, _code in self.cases]}
        else:
            return []
        rows = model._base_manager.filter(**condition).order_by("number" if model is StatusChange else "pk")
        return [{name: plain(value) for name, value in row.items()} for row in rows.values(*names)]

    def copy(self, number):
        """Yield ``(model, row)`` of a copy with this account number."""
        ids = {old: new_id() for old in self.ids}
        named = {str(old): str(new) for old, new in ids.items()}
        hashes = {}
        named[self.account.number] = number
        named |= {code: new_code() for _pk, code in self.cases}
        account_id, key = ids[self.account.pk], sealing.new_subject_key()

        def renamed(value):
            if isinstance(value, dict | list):
                return json.loads(within(json.dumps(value)))
            if isinstance(value, str):
                return named.get(value) or within(value)
            found = {UUID: ids, bytes: hashes}.get(type(value))
            return found.get(value, value) if found else value

        def within(text):
            return NAMED.sub(lambda found: named.get(found[0], found[0]), text)

        for row in self.rows.get(Approval, ()):
            named[row["case_hash"]] = hashlib.sha256(canonical.encode(renamed(row["facts"]))).hexdigest()
        bodies = []
        for row in self.rows[StatusChange]:
            bodies.append(within(row["body"].decode()).encode())
            hashes[row["hash"]] = hashlib.sha256(bodies[-1]).digest()
            named[row["hash"].hex()] = hashes[row["hash"]].hex()
        for model, rows in self.rows.items():
            for index, row in enumerate(rows):
                made = {name: renamed(value) for name, value in row.items()}
                if model in (Account, sql.history_model(Account)):
                    for field, text in self.holder.items():
                        made[field] = sealing.seal(key, text, context=f"accounts.account.{field}:{account_id}")
                elif model is StatusChange:
                    made["body"] = bodies[index]
                elif model is SubjectKey:
                    made["wrapped"] = sealing.wrap(key, context=str(account_id))
                elif model is Disclosure:
                    context = f"disclosure.{row['field']}:{made['entry_id']}"
                    made["ciphertext"] = sealing.seal(key, self.words[row["entry_id"], row["field"]], context=context)
                yield model, made

    def write(self, numbers):
        """Write a copy for each account number."""
        numbers = list(numbers)
        for start in range(0, len(numbers), AT_ONCE):
            tables = defaultdict(list)
            for number in numbers[start : start + AT_ONCE]:
                for model, row in self.copy(number):
                    tables[model].append(row)
            for model, rows in tables.items():
                copy_in(model, rows)


def copy_in(model, rows):
    """Write rows, each ``{attname: value}``, with COPY."""
    fields = sql.insert_fields(model)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    database = connections[connection.alias]
    with connection.cursor() as cursor, cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row([field.get_db_prep_save(row[field.attname], connection=database) for field in fields])


def plain(value):
    return bytes(value) if isinstance(value, memoryview) else value
