"""Cases and decisions as files: what the queue, or the list of decisions, shows under its filter."""

from functools import partial

from django.db.models import F
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from accounts import registries
from accounts.codes import readable
from accounts.exporting.columns import Column, Export, Identifier, Number, Selection, Text, Time, Word
from accounts.exporting.selecting import check, clients_for, form_in_words, selection
from accounts.exports import CLIENT, logins, reason_words, same
from accounts.filters import UNKNOWN, in_words
from accounts.grants import Role
from accounts.models import Account, Membership
from reinstatements import queues
from reinstatements.exports_clock import BREACHES
from reinstatements.exports_past import SEPARATION, TIMES
from reinstatements.filters import ApprovalFilter, approvals
from reinstatements.forms import QueueForm
from reinstatements.models import Approval, ReinstatementRequest
from reinstatements.models.request import Kind
from reinstatements.sla import Priority


def select_cases(user, data):
    """Return the cases of the queue in ``data``, the first that is offered where it names none."""
    clients = clients_for(user, "see", "export")
    offered = queues.offered(user)
    queue = queues.QUEUES.get(data.get("queue") or (offered[0].code if offered else ""))
    if queue is None or queue not in offered:
        raise Http404
    form = QueueForm(data, clients=clients)
    check(form)
    at = [client.pk for client in clients]
    rows = form.narrow(queue.cases(user).filter(client__in=at), user).order_by(*form.order(queue.order))
    kept = {name: value for name, value in form.cleaned_data.items() if value and name != "columns"}
    if "q" in kept and not rows.exists():
        kept["q"] = UNKNOWN
    return Selection(rows, form.chosen(), {"queue": queue.code} | kept)


def cases_in_words(clients):
    form = QueueForm({}, clients=clients)

    def tell(kept):
        queue = queues.QUEUES.get(kept.get("queue"))
        return [(_("Queue"), queue.label if queue else kept.get("queue", "")), *form_in_words(form, kept)]

    return tell


def stopped_words():
    """A case about a membership has a status of one."""
    return dict(Membership.Status.choices) | dict(Account.Status.choices)


CASES = Export(
    code="cases",
    label=_("Cases"),
    columns=(
        Column("case", _("Case"), Text("code")),
        CLIENT,
        Column("account", _("Account"), Text("account__number")),
        Column("kind", _("Kind"), Word(("kind",), same(partial(dict, Kind.choices)))),
        Column("status", _("Status"), Word(("status",), same(partial(dict, ReinstatementRequest.Status.choices)))),
        Column("stopped", _("Status before"), Word(("stopped_status",), same(stopped_words))),
        Column("why", _("Why it stopped"), Word(("client_id", "stopped_reason"), reason_words, otherwise=readable)),
        Column(
            "resume", _("Why it should resume"), Word(("client_id", "resume_reason"), reason_words, otherwise=readable)
        ),
        Column("asked_by", _("Asked by"), Word(("maker_id",), logins)),
        Column("worked_by", _("Worked by"), Word(("worker_id",), logins)),
        Column("due_role", _("Waits for"), Word(("level_role",), same(partial(dict, Role.choices)))),
        Column("sent_back", _("Times sent back"), Number("sent_back_count")),
        Column("opened", _("Opened"), Time("opened_at")),
        Column("priority", _("Priority"), Word(("priority",), same(partial(dict, Priority.choices)))),
        Column("due", _("Due"), Time("due_at")),
        Column("step_due", _("Step due"), Time("step_due_at")),
        Column("submitted", _("Submitted"), Time("submitted_at")),
        Column("started", _("Started"), Time("claimed_at")),
        Column("sent", _("Sent for approval"), Time("sent_for_approval_at")),
        Column("decided", _("Decided"), Time("decided_at")),
        Column("completed", _("Completed"), Time("completed_at")),
        Column("appeal_of", _("Appeal against"), Text("appeals__code")),
        Column("appealed_by", _("Appealed by"), Text("appealed_by__code")),
        Column("appeal_until", _("May be appealed until"), Time("appeal_until")),
    ),
    select=select_cases,
    in_words=cases_in_words,
    page="queue",
)
registries.exports.register(CASES.code, CASES)
for each in (BREACHES, SEPARATION, TIMES):
    registries.exports.register(each.code, each)


def select_approvals(user, data):
    clients = clients_for(user, "see_log", "export")
    rows = approvals(user).filter(client__in=[client.pk for client in clients]).annotate(step=F("level") + 1)
    return selection(ApprovalFilter(data, rows, clients=clients))


def approvals_in_words(clients):
    names = {client.code: client.name for client in clients}
    return partial(in_words, ApprovalFilter, labels={}, clients=names)


APPROVALS = Export(
    code="decisions",
    label=_("Decisions"),
    columns=(
        Column("decided", _("Decided"), Time("decided_at")),
        CLIENT,
        Column("case", _("Case"), Text("case__code")),
        Column("account", _("Account"), Text("case__account__number")),
        Column("decision", _("Decision"), Word(("decision",), same(partial(dict, Approval.Decision.choices)))),
        Column("level", _("Level"), Number("step")),
        Column("role", _("Role"), Word(("role",), same(partial(dict, Role.choices)))),
        Column("by", _("By"), Word(("user_id",), logins)),
        Column("on_behalf", _("On behalf of"), Word(("delegation__giver_id",), logins)),
        Column("rule", _("Rule"), Text("rule")),
        Column("reason", _("Reason"), Word(("client_id", "reason"), reason_words, otherwise=readable)),
        Column("seconds_open", _("Seconds the case was open"), Number("seconds_open")),
        Column("evidence_opened", _("Files opened"), Number("evidence_opened")),
        Column("facts", _("SHA-256 of the facts"), Text("case_hash")),
        Column("entry", _("Entry"), Identifier("entry")),
    ),
    select=select_approvals,
    in_words=approvals_in_words,
    page="decisions",
)
registries.exports.register(APPROVALS.code, APPROVALS)


def evidence_in_words(clients):
    return lambda kept: [(_("Case"), kept["case"])]


EVIDENCE = "case_evidence"
registries.documents.register(EVIDENCE, registries.Document(_("Evidence of a case"), evidence_in_words))
