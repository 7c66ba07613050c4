"""Where the apps meet without importing each other. Each app fills these from its own files.

``autodiscover`` in ``accounts.apps`` imports ``guards``, ``navigation``, ``homes``, ``panels``, ``search``,
``wording``, ``exports``, ``erasure``, ``verification`` and ``events`` of every app, as Django finds ``admin.py``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise


@dataclass(frozen=True)
class NavigationItem:
    """One place in the navigation; ``count`` is a number or a bounded one such as "50+".

    ``group`` is "work", "record" or "setup". The place one is on is found by its address, with the query if it has one.
    """

    label: str
    url: str
    icon: str
    count: int | str | None = None
    position: int = 50
    group: str = "work"


@dataclass(frozen=True)
class HomeSection:
    """One block of somebody's home page; the lowest position stands first.

    Its template has ``title`` and everything in ``context`` at hand, and writes the whole card.
    """

    title: str
    template: str
    context: dict = field(default_factory=dict)
    position: int = 50


@dataclass(frozen=True)
class TimelineLine:
    """Something that happened to an account; all of it is plain text, escaped by the template.

    ``detail`` is what the product says, ``words`` what a person wrote; ``status`` gives the icon its colour.
    """

    at: datetime
    icon: str
    title: str
    who: str = ""
    detail: str = ""
    url: str = ""
    status: str = ""
    words: str = ""


@dataclass(frozen=True)
class CaseMessage:
    """A message about a case, for its evidence: what was meant to be told, how, and what became of it.

    Times are ``None`` where it did not happen; ``address`` is masked, ``detail`` says why a message was not sent.
    """

    title: str
    channel: str
    language: str
    status: str
    detail: str
    address: str
    message_id: str
    decided_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True)
class SearchResult:
    """Something found by a search that is no account. One that is exact and alone is opened at once.

    ``client`` is the ``Client`` it belongs to; ``kind`` says what it is ("Case"), ``detail`` a little more, masked.
    """

    title: str
    url: str
    kind: str
    client: Any
    status: str = ""
    status_label: str = ""
    detail: str = ""
    is_exact: bool = False


@dataclass(frozen=True)
class AccountAction:
    """Something this person may do with an account now: a button on its page, the lowest position first."""

    label: str
    url: str
    icon: str = "arrow-right"
    is_primary: bool = False
    position: int = 50


@dataclass(frozen=True)
class Wording:
    """How an entry of the ledger is told. ``icon`` is a lucide name, ``status`` colours it where no status changed."""

    label: "StrOrPromise"
    icon: str = "dot"
    status: str = ""


@dataclass(frozen=True)
class StaffLine:
    """What the list of staff says of somebody beside their role at a client, and where it is changed."""

    words: str
    url: str


@dataclass(frozen=True)
class StaffEvent:
    """How people on the staff hear of an event of the outbox, whose ``payload`` names them by key as ``people``.

    ``words`` is function(payload, client, user) that returns subject and text, without anybody's personal data;
    ``is_over`` is function(payload) that tells that it is not worth telling any more.
    """

    words: Callable[[dict, Any, Any], tuple[str, str]]
    is_over: Callable[[dict], bool]


@dataclass(frozen=True)
class SystemAnswer:
    """What a linked system of a client answers to an event that it was sent.

    ``account`` and the keys of ``case`` and ``membership`` are those of the event, ``entry`` its entry's; ``system`` is
    the kind of the system, ``reference`` its own number of what it did, ``reason`` a code where it was ``refused``.
    """

    account: Any
    entry: Any
    system: str
    is_refused: bool
    reference: str
    reason: str = ""
    case: Any = None
    membership: Any = None


@dataclass(frozen=True)
class Asking:
    """How far a linked system has been asked about something: what a page shows of its messages, newest first.

    Times are ``None`` where it did not happen, ``url`` is "" for whoever may not see the message.
    """

    system: str
    status: str
    status_label: str
    detail: str
    since: datetime
    attempts: int
    taken_at: datetime | None
    next_attempt_at: datetime | None
    answer: str = ""
    answer_label: str = ""
    answered_at: datetime | None = None
    url: str = ""


@dataclass(frozen=True)
class Document:
    """What is taken away beside the lists; ``in_words`` is like that of an ``Export`` and tells what is on record."""

    label: "StrOrPromise"
    in_words: Callable[[list], Callable[[dict], list]]


@dataclass(frozen=True)
class Counted:
    """What is counted for the menu: ``select`` is function(user) that returns the rows that wait for somebody.

    It is for whoever has the ``capability`` anywhere. Of the user it reads grants, the keys of login and person, and
    ``standins.now(user)``, nothing else: it is put once, for everybody who holds the same roles.
    """

    select: Callable
    capability: str = "see"
    parts: Callable | None = None
    """function(user) that returns the same rows in several queries, each in the order of an index that has them; none
    is in two of them"""


class Registry(dict):
    """Named entries, each registered once, kept in the order of registration."""

    def register(self, name, entry=None):
        if entry is None:
            return lambda function: self.register(name, function)
        if name in self:
            raise ValueError(f"{name!r} is registered already")
        self[name] = entry
        return entry


guards = Registry()
"""name -> function that returns a list of ``ledger.guards.Guard``."""

navigation = Registry()
"""name -> function(request) that returns a list of ``NavigationItem`` for this person.

It reads the roles, the counts of ``standins.numbers``, how many files are ready and whether the admin is open to them,
nothing else: what it returns is kept for everybody of whom the same is true (``context.places``).
"""

counted = Registry()
"""name -> ``Counted``: what waits for somebody, counted for all of them at once by ``standins.numbers``."""

homes = Registry()
"""name -> function(request) that returns a list of ``HomeSection`` for this person."""

panels = Registry()
"""name -> function(account, user) that returns ``(template, context)`` for the account's page, or None."""

membership_actions = Registry()
"""name -> function(membership, standing, user) that returns the ``AccountAction``s of a membership's page."""
account_actions = Registry()
"""name -> function(account, user) that returns a list of ``AccountAction``: the buttons of the account's page."""

passed_calls = Registry()
"""name -> function(call, user) that returns the ``AccountAction`` list of what a passed ``Call`` is good for: POSTs."""

clearing = Registry()
"""name -> function(account, kinds) that returns ``{kind of restriction: words}``: how it is cleared, and by whom."""

timeline = Registry()
"""name -> function(account, user, limit, before=None) that returns the newest ``TimelineLine`` rows of an app, newest
first, at most ``limit`` of them, and only those that happened before the time ``before``."""

case_messages = Registry()
"""name -> function(account, user, case_id, entries) that returns the ``CaseMessage`` rows that tell of a case or of one
of these entries (UUIDs), oldest first."""

search = Registry()
"""name -> function(user, query) that returns a list of ``SearchResult``, at most fifty, found by an index. The query is
one line of 1 to 200 characters without NUL."""

wording = Registry()
"""subject type of an entry -> {action: ``Wording``}."""

reason_labels = Registry()
"""name -> {reason code: label} of codes that the product writes itself, such as ``imported``."""

import_kinds = Registry()
"""name -> an ``imports.kinds.ImportKind``: what can be imported from a file."""

exports = Registry()
"""name -> an ``exports.Export``."""

documents = Registry()
"""name on record -> ``Document``."""

erasure = Registry()
"""name -> function(account) that removes this person's data from an app's own rows; it raises ``Refused`` where they
are still needed, before anything is gone. The account is locked."""

open_work = Registry()
"""name -> function(account) that returns the codes of what people are working on for an account, such as open cases: it
is not absorbed by another account before that is finished. The account is locked."""

verification = Registry()
"""name -> function(client_id or None) that yields a ``ledger.verify.Problem`` for each row of an app that the ledger
contradicts."""

audience = Registry()
"""event name -> function(event) that returns ``{placeholder: value}`` for the message; no personal data."""

staff_events = Registry()
"""event name -> ``StaffEvent``."""

answers = Registry()
"""event name -> function(``SystemAnswer``) that does what follows from a linked system's answer, and returns "taken",
or "changed" where what was asked for does not hold any more; it raises what services raise. May be called again."""

asked = Registry()
"""name -> function(client_id, user, case=None, membership=None) that returns the ``Asking`` rows about one of them."""

wrapped_keys = Registry()
"""name -> function() that returns the rows, of every client, with a key in ``wrapped`` for the ``context`` of each."""

followers = Registry()
"""subject type -> function(subject, status before, at) that sets on a row what follows from its new status, before the
row is saved: whichever door a change of status takes, it comes by here."""

automatic = Registry()
"""How accounts asks for what reinstatements decides by a named rule, inside a ``Change`` of a locked account.

``"may"``: function(work, *, rule) that tells whether the policy leaves such a return to the rule.
``"reinstate"``: function(work, *, rule, reason, occurred_at=None, system=None, standing=None, tell=True) that opens a
case, approves it by ``rule``, brings the account back, completes the case and returns the entry that reinstated.
``system`` is the login of rules; ``standing`` an ``accounts.services.standing.Standing`` where it is known already."""

paid = Registry()
"""name -> function(work, entry) that is called inside a ``Change`` of a locked account that owes nothing any more,
where that alone did not bring it back."""

staff_changed = Registry()
"""name -> function(client) that is called after a role at a client was granted or ended, in the client's scope."""

staff_lines = Registry()
"""name -> function(rows) that returns ``{key of the ClientRole: StaffLine}`` for the list of staff."""

new_client = Registry()
"""name -> function(client) that gives a client what it begins with: reasons, policies, templates. May run twice."""
