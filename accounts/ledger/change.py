"""One change of one account, or of one client's settings: all of it, with its entries, or none."""

from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import masking, personal, registries, sealing
from accounts.errors import Invalid, Moved, Refused
from accounts.ledger import entries, reading, sql
from accounts.ledger.naming import action_of, label_of, origin_of
from accounts.models import Account, Disclosure, OutboxEvent

HEAD = ("head_number", "head_hash")
EXACT = frozenset({"code", "file", "identifier"})
"""Words that are found again by what they are, letter by letter; all others are what people wrote."""


ACCOUNT = reading.Select(Account, "id = %s", lock=True)


@contextmanager
def change(chain, *, actor, origin=None, on_behalf=None, rule="", occurred_at=None, then=()):
    """Lock ``chain`` (an account, or a client for its settings) and yield the ``Change`` to it.

    Everything recorded is written when the block ends, in the order of recording: entries, rows, history, outbox. An
    exception leaves nothing behind. A new, unsaved account is its own beginning and is not locked. ``then`` are
    questions of ``reading`` that are asked in the same round trip, under an account's lock; ``found`` has the answers.
    """
    with transaction.atomic():
        found = []
        if isinstance(chain, Account) and not chain._state.adding:
            locked, *found = reading.fetch([ACCOUNT.of(chain.pk), *then])
            chain = one(Account, locked)
        elif not chain._state.adding:
            chain = type(chain).objects.select_for_update().get(pk=chain.pk)
        work = Change(chain, actor=actor, origin=origin, on_behalf=on_behalf, rule=rule, occurred_at=occurred_at)
        work.found = found
        yield work
        work.flush()


def one(model, rows):
    """Return the only row; raises ``DoesNotExist`` where none was found."""
    if not rows:
        raise model.DoesNotExist
    return rows[0]


class Change:
    found: list[list] = []

    def __init__(self, chain, *, actor, origin=None, on_behalf=None, rule="", occurred_at=None, now=None):
        """Begin a change at ``now``, which many that are written together have in common."""
        self.chain = chain
        self.account = chain if isinstance(chain, Account) else None
        self.client_id = chain.client_id
        self.actor = actor
        self.origin = origin or origin_of(actor, self.client_id)
        self.on_behalf = on_behalf
        self.rule = rule
        self.now = now or timezone.now()
        self.occurred_at = occurred_at or self.now
        if self.occurred_at > self.now:
            raise Invalid(_("This lies in the future; only what has happened is put on record."), field="occurred_at")
        self.kept = {}
        """What services have read under the lock and keep up to date while the change goes on."""
        self._statements = []
        self._own_update = None
        self._loaded = {} if chain._state.adding else {chain.pk: sql.snapshot(chain)}
        self._key = None
        self._writes_for = None

    @contextmanager
    def by_rule(self, rule, *, actor, occurred_at=None, origin=None):
        """Record what happens in the block as decided by a named rule: by the login of rules, on nobody's behalf."""
        kept = self.actor, self.origin, self.on_behalf, self.rule, self.occurred_at
        self.actor, self.on_behalf, self.rule = actor, None, rule
        self.origin = origin or self.origin
        self.occurred_at = occurred_at or self.occurred_at
        try:
            yield self
        finally:
            self.actor, self.origin, self.on_behalf, self.rule, self.occurred_at = kept

    def lock(self, subject):
        """Return ``subject`` read again under its own lock; it must belong to the account that is locked already."""
        fresh = type(subject).objects.select_for_update().get(pk=subject.pk, account=self.account)
        return self.track(fresh)

    def track(self, row):
        """Take note of a row as it was read under its lock, so that ``save`` writes what has changed since."""
        self._loaded[row.pk] = sql.snapshot(row)
        return row

    def open(self, subject, status, *, reason, action="open", prepare=None, **entry):
        """Insert a new row in its first status, and the entry that says so; ``prepare`` sees the entry before."""
        written = self.log(subject, action, reason=reason, from_status="", to_status=status, **entry)
        if prepare:
            prepare(written)
        type(subject)._meta.get_field("status").set_state(subject, str(status))
        subject.status_number = written.number
        self.add(subject, history=action)
        self.track(subject)
        return written

    def record(self, transition, *, reason, arguments=None, **entry):
        """Run a transition of a locked subject: ask its rule, call it, write its entry, save the row.

        Raises ``Moved`` where the status does not allow it any more and ``Refused`` where a condition or rule says no.
        """
        subject, action, machine = transition.__self__, action_of(transition), transition._django_fsm
        before = subject.__dict__["status"]
        step = machine.get_transition(before)
        if step is None:
            raise Moved(
                _("This is %(status)s now, so it cannot be done any more: %(action)s.")
                % {"status": subject.get_status_display().lower(), "action": label_of(transition)}
            )
        if step.conditions and not all(condition(subject) for condition in step.conditions):
            raise Refused(_("What must be true first is not: %(action)s.") % {"action": label_of(transition)})
        if not step.permission(subject, self.actor):
            raise Refused(_("You may not do this here: %(action)s.") % {"action": label_of(transition)})
        # What the library does, but that it looks all of this up again, and asks signals that nobody listens to.
        transition.__wrapped__(subject, **(arguments or {}))
        machine.field.set_state(subject, step.target)
        if follow := registries.followers.get(subject.subject_type):
            follow(subject, before, self.occurred_at)
        if more := subject.also_told():
            entry["data"] = {**(entry.get("data") or {}), **more}
        written = self.log(subject, action, reason=reason, from_status=before, to_status=step.target, **entry)
        subject.status_number = written.number
        self.save(subject, action)
        return written

    def log(
        self,
        subject,
        action,
        *,
        reason,
        from_status=None,
        to_status=None,
        subject_type=None,
        note="",
        words=None,
        data=None,
        caused_by=None,
        case_hash="",
        before=None,
    ):
        """Write an entry. Without statuses it says that something happened and left the status as it is.

        ``before`` makes, from the entry, a row that must stand in the database before the entry does.
        ``note`` and ``words`` are personal: the entry holds their commitments, and they are sealed beside it. A card
        number in them is cut to its last digits, whichever door they came by.
        """
        if from_status is None or to_status is None:
            status = str(getattr(subject, "status", ""))
            from_status, to_status = (status if each is None else each for each in (from_status, to_status))
        if note:
            words = {**(words or {}), "note": note}
        words = words and {
            field: text if field in EXACT else masking.mask_card_numbers(text)[0] for field, text in words.items()
        }
        salts = {field: sealing.new_salt() for field in words} if words else {}
        written = self._hand().entry(
            account_id=self.account.id if self.account else None,
            number=self.chain.head_number + 1,
            prev=self.chain.head_hash,
            subject=(subject_type or subject.subject_type, subject.id),
            action=action,
            from_status=from_status,
            to_status=to_status,
            reason=reason,
            occurred_at=self.occurred_at,
            caused_by=("entry", caused_by.uid) if caused_by else None,
            case_hash=case_hash,
            data=data,
            commit=words and {field: sealing.commitment(salts[field], text) for field, text in words.items()},
        )
        self.chain.head_number, self.chain.head_hash = written.number, written.hash
        if subject is self.chain:
            self._write_own()
        if before:
            self._insert(before(written), is_early=True)
        self._insert(written)
        for field, text in (words or {}).items():
            context = f"disclosure.{field}:{written.uid}"
            self.add(
                Disclosure(
                    entry_id=written.uid,
                    account=self.account,
                    field=field,
                    salt=salts[field],
                    ciphertext=sealing.seal(self.key, text, context=context),
                )
            )
        return written

    @property
    def key(self):
        """The key of the one person whom this account belongs to."""
        if self._key is None:
            self._key = personal.key_of(self.account)
        if self._key is None:
            raise Refused(_("This member's personal data was erased; no words about them can be kept any more."))
        return self._key

    @key.setter
    def key(self, value):
        self._key = value

    def add(self, instance, history=None):
        """Insert a new row; ``history`` names the action for the history table of a row that has one."""
        self._insert(instance)
        instance._state.adding = False
        if history:
            self._keep_history(instance, "+", history)

    def add_rows(self, model, rows):
        """Insert rows of a model that has no history, given as values in the order of its columns but the key."""
        if rows:
            self._statements.append(sql.insert_rows(model, rows))

    def save(self, subject, action):
        """Write what has changed on a locked row, and its history row."""
        loaded = self._loaded[subject.pk]
        now = sql.snapshot(subject)
        # The head is written once, at the end: what stands in the row until then is what was read.
        head = HEAD if subject is self.chain else ()
        changed = [
            name
            for name, value in now.items()
            if value is not loaded[name] and value != loaded[name] and name not in head
        ]
        if not changed:
            return
        expected = {"id": subject.pk}
        if "status_number" in loaded:
            expected |= {"status": loaded["status"], "status_number": loaded["status_number"]}
        new = {name: now[name] for name in changed}
        if subject is self.chain:
            self._write_own()
            now |= {name: loaded[name] for name in head}
            self._own_update = new, expected | {"head_number": loaded["head_number"]}
        else:
            self._statements.append(sql.update(subject, new, expected))
        self._loaded[subject.pk] = now
        if sql.has_history(type(subject)):
            self._keep_history(subject, "~", action)

    def emit(self, name, entry, **payload):
        """Leave word in the outbox, in this transaction, that others must hear of ``entry``."""
        self.add(
            sql.made(
                OutboxEvent,
                client_id=self.client_id,
                account=self.account,
                name=name,
                entry=entry.uid,
                payload=payload,
                created_at=self.now,
            )
        )

    def _write_own(self, **head):
        """Let go of the update of the chain's own row, which waits for the head so that the row is written once."""
        if head and not self._own_update:
            before = self._loaded[self.chain.pk]["head_number"]
            self._own_update = {}, {"id": self.chain.pk, "head_number": before}
        if self._own_update:
            new, expected = self._own_update
            self._own_update = None
            if new | head:
                self._statements.append(sql.update(self.chain, new | head, expected))

    def finish(self):
        """Hand over the statements of everything recorded so far, the chain's own row with its new head last."""
        loaded = self._loaded.get(self.chain.pk)
        if loaded and self.chain.head_number != loaded["head_number"]:
            head = {name: getattr(self.chain, name) for name in HEAD}
            self._write_own(**head)
            loaded.update(head)
        self._write_own()
        statements, self._statements = self._statements, []
        return statements

    def put_into(self, piece):
        """Hand over the same to a ``Piece``, which writes it with that of other chains."""
        for statement in self.finish():
            piece.take(statement)

    @property
    def is_empty(self):
        return not self._statements

    def flush(self):
        """Send everything recorded so far to the database."""
        try:
            sql.run(self.finish())
        except sql.RowMoved as error:
            raise Moved(_("Somebody else changed this at the same moment. Look again before you decide.")) from error

    def _hand(self):
        """Return what writes the entries of whoever acts now."""
        who = self.actor, self.on_behalf, self.origin, self.rule
        if who != self._writes_for:
            on_behalf_id = self.on_behalf.pk if self.on_behalf else None
            self._writes_for = who
            self._writes = entries.hand(self.client_id, self.actor.id, on_behalf_id, self.origin, self.rule, self.now)
        return self._writes

    def _insert(self, instance, *, is_early=False):
        """Insert a row; ``is_early`` says that it must stand before the entries of the change do."""
        self._statements.append(sql.insert(instance)._replace(is_early=is_early))

    def _keep_history(self, instance, kind, reason):
        self._statements.append(sql.history(instance, kind, user_id=self.actor.pk, at=self.now, reason=reason))
