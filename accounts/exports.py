"""The lists of this app that can be taken away: the status-change log, the access records, the accounts as of a day."""

from functools import partial
from zoneinfo import ZoneInfo

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import accesslog, adjustments, moments, personal, reasons, registries, statuslog, wording
from accounts.codes import readable
from accounts.errors import Invalid
from accounts.exporting.columns import Column, Export, Identifier, Number, Selection, Text, Time, Told, Word
from accounts.exporting.selecting import check, clients_for, form_in_words, selection
from accounts.filters import UNKNOWN, AccessFilter, LogFilter, in_words
from accounts.forms import NOW_ONLY, AccountFilterForm
from accounts.models import AccessRecord, Account, Client, Origin, SubjectKey, User
from accounts.models.account_rows import NumberKey


def client_names(client_ids):
    return dict(Client.objects.filter(pk__in=client_ids).values_list("pk", "name"))


def logins(client_ids):
    """Return ``{id: login}`` of everybody: logins are few, and their names are guarded once."""
    return dict(User.objects.values_list("pk", "username"))


def names(client_ids):
    return {user.pk: str(user) for user in User.objects.only("pk", "username", "first_name", "last_name")}


def reason_words(client_ids):
    """Return ``{(client id, code): word}`` of the clients' own reasons and of those that the product writes."""
    # The first that words a code is asked, as on the screen.
    product = {code: word for own in reversed(registries.reason_labels.values()) for code, word in own.items()}
    words = {(client_id, code): word for client_id in client_ids for code, word in product.items()}
    return words | reasons.labels_for(client_ids)


def action_words(client_ids):
    return {
        (subject, action): told.label
        for subject, wordings in registries.wording.items()
        for action, told in wordings.items()
    }


def same(words):
    """Return function(client_ids) for words that are the same at every client."""
    return lambda client_ids: words()


CLIENT = Column("client", _("Client"), Word(("client_id",), client_names))
ACCOUNT = Column("account", _("Account"), Text("account__number"))


def select_entries(narrow=None):
    """Return what selects the entries that a filter of the log finds, or those of them that ``narrow`` leaves."""

    def select(user, data):
        clients = clients_for(user, "see_log", "export")
        client_ids = [client.pk for client in clients]
        rows = statuslog.newest_first(user).filter(client__in=client_ids)
        labels = reasons.labels_for(client_ids)
        return selection(LogFilter(data, narrow(rows) if narrow else rows, clients=clients, labels=labels))

    return select


def log_in_words(clients):
    labels = reasons.labels_for([client.pk for client in clients])
    return partial(in_words, LogFilter, labels=labels, clients={client.code: client.name for client in clients})


STATUS_LOG = Export(
    code="status_log",
    label=_("Status log"),
    columns=(
        Column("recorded", _("Recorded"), Time("recorded_at")),
        CLIENT,
        ACCOUNT,
        Column("number", _("No."), Number("number")),
        Column("subject", _("Subject"), Word(("subject_type",), same(statuslog.subjects))),
        Column("action", _("Action"), Word(("subject_type", "action"), action_words, otherwise=readable)),
        Column("from", _("From"), Word(("subject_type", "from_status"), same(wording.status_labels))),
        Column("to", _("To"), Word(("subject_type", "to_status"), same(wording.status_labels))),
        Column("reason", _("Reason"), Word(("client_id", "reason"), reason_words, otherwise=readable)),
        Column("origin", _("Origin"), Word(("origin",), same(partial(dict, Origin.choices)))),
        Column("by", _("By"), Word(("actor_id",), logins)),
        Column("on_behalf", _("On behalf of"), Word(("on_behalf_id",), logins)),
        Column("rule", _("Rule"), Text("rule")),
        Column("entry", _("Entry"), Identifier("uid")),
    ),
    select=select_entries(),
    in_words=log_in_words,
    page="log",
)
registries.exports.register(STATUS_LOG.code, STATUS_LOG)


def adjusted(part):
    """Return what tells one part of every adjustment of an entry, in one order, a line each."""

    def telling(client_ids):
        return lambda *entry: "\n".join(getattr(each, part) for each in adjustments.of(*entry))

    return telling


ADJUSTED = ("subject_type", "from_status", "to_status", "body")
WHEN, WHAT = STATUS_LOG.columns[0], STATUS_LOG.columns[5]
WHY, WHO, FOR, ENTRY = (STATUS_LOG.columns[place] for place in (8, 10, 11, 13))
ADJUSTMENTS = Export(
    code="adjustments",
    label=_("Adjustments"),
    columns=(
        *(WHEN, CLIENT, ACCOUNT, WHAT),
        Column("field", _("Field"), Told(ADJUSTED, adjusted("field"))),
        Column("before", _("Before"), Told(ADJUSTED, adjusted("before"))),
        Column("after", _("After"), Told(ADJUSTED, adjusted("after"))),
        *(WHY, WHO, FOR, ENTRY),
    ),
    select=select_entries(adjustments.adjusting),
    in_words=log_in_words,
    page="log",
)
registries.exports.register(ADJUSTMENTS.code, ADJUSTMENTS)


def steps_told(client_ids):
    """Return function(body) that tells the facts of a check, such as an amount or a day; evidence stays sealed."""
    return lambda body: adjustments.facts_of(body)


REACTIVATION = Export(
    code="reactivation",
    label=_("Steps to reactivation"),
    columns=(
        *(WHEN, CLIENT, ACCOUNT, WHAT, *STATUS_LOG.columns[6:8]),
        Column("facts", _("Result"), Told(("body",), steps_told)),
        *(WHY, WHO, FOR, ENTRY),
    ),
    select=select_entries(adjustments.reactivating),
    in_words=log_in_words,
    page="log",
)
registries.exports.register(REACTIVATION.code, REACTIVATION)


def select_access(user, data):
    clients = clients_for(user, "see_access", "export")
    rows = AccessRecord.objects.for_user(user).filter(client__in=[client.pk for client in clients])
    return selection(AccessFilter(data, rows.order_by("-created_at", "-id"), clients=clients))


def access_in_words(clients):
    return partial(in_words, AccessFilter, labels={}, clients={client.code: client.name for client in clients})


ACCESS = Export(
    code="access",
    label=_("Access records"),
    columns=(
        Column("when", _("When"), Time("created_at")),
        CLIENT,
        Column("who", _("Who"), Word(("user_id",), names)),
        Column("login", _("Login"), Word(("user_id",), logins)),
        Column("what", _("What"), Word(("kind",), same(partial(dict, AccessRecord.Kind.choices)))),
        ACCOUNT,
        Column("details", _("Details"), Told(accesslog.FIELDS, accesslog.seen_by)),
        Column("record", _("Record"), Identifier("id")),
        Column("belongs_to", _("Belongs to"), Identifier("related")),
    ),
    select=select_access,
    in_words=access_in_words,
    page="access",
)
registries.exports.register(ACCESS.code, ACCESS)


def select_as_of(user, data):
    clients = clients_for(user, "see", "export")
    form = AccountFilterForm(data, clients=clients)
    if any(data.get(name) for name in NOW_ONLY):
        raise Invalid(_("A list of the past is not narrowed by what is known of today only."))
    if not form.chosen:
        raise Http404
    check(form)
    moment = form.moment or moments.Moment(timezone.now(), ZoneInfo(form.zone_name))
    kept = {name: form.cleaned_data.get(name) for name in ("client", "status", "number")} | moment.address
    rows = Account.objects.for_user(user).filter(client__in=form.chosen)
    if kept["number"]:
        rows = rows.beginning_with(kept["number"])
        kept["number"] = kept["number"] if rows.exists() else UNKNOWN
    rows = rows.told_as_of(moment.at).filter(status_then__isnull=False).annotate(key=NumberKey("number"))
    if kept["status"]:
        rows = rows.filter(status_then=kept["status"])
    filters = {name: value for name, value in kept.items() if value}
    return Selection(rows.order_by("client__name", "key", "id"), form.chosen, filters)


def as_of_in_words(clients):
    return partial(form_in_words, AccountFilterForm(clients=clients))


def masked_names(client_ids):
    """Return function(values of HOLDER) that tells a holder's name, masked; whole names do not leave with a list."""

    def tell(pk, sealed, erased_at, wrapped):
        account = Account(pk=pk, holder_name=sealed, erased_at=erased_at)
        if wrapped is not None:
            account.subject_key = SubjectKey(account=account, wrapped=wrapped)
        return str(personal.holder(account).name)

    return tell


HOLDER = ("id", "holder_name", "erased_at", "subject_key__wrapped")
ACCOUNTS_AS_OF = Export(
    code="accounts_as_of",
    label=_("Accounts as of a day"),
    columns=(
        CLIENT,
        Column("account", _("Account"), Text("number")),
        Column("status", _("Status then"), Word(("status_then",), same(partial(dict, Account.Status.choices)))),
        Column("since", _("Since"), Time("since_then")),
        Column("entry", _("Proven by entry"), Identifier("entry_then")),
        Column("plan", _("Plan then"), Text("plan_then")),
        Column("holder", _("Holder"), Told(HOLDER, masked_names)),
    ),
    select=select_as_of,
    in_words=as_of_in_words,
    page="account_list",
)
registries.exports.register(ACCOUNTS_AS_OF.code, ACCOUNTS_AS_OF)
