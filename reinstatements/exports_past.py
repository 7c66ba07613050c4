"""The reports over requests of the past as files: whose work was checked by whom, and how long each step took."""

from dataclasses import dataclass
from functools import partial

from django.utils.translation import gettext_lazy as _

from accounts.exporting.columns import Column, Export, Number, Selection, Text, Time, Word
from accounts.exporting.selecting import clients_for, selection
from accounts.exports import CLIENT, logins, same
from accounts.filters import in_words
from reinstatements.filters_past import PastFilter, SeparationFilter, by_step_and_agent, steps


def own_work_words():
    return {True: _("yes"), False: _("no")}


def clients_of(user):
    return clients_for(user, "audit", "export")


def words_of(filters):
    return lambda clients: partial(
        in_words, filters, labels={}, clients={client.code: client.name for client in clients}
    )


SOURCE, REQUEST = Column("source", _("Source"), Text("source")), Column("request", _("Request"), Text("request"))
STEP, WHO = Column("step", _("Step"), Text("step")), Column("who", _("Who"), Text("agent"))


def select_separation(user, data):
    clients = clients_of(user)
    rows = steps(user).filter(client__in=[client.pk for client in clients])
    return selection(SeparationFilter(data, rows, clients=clients))


SEPARATION = Export(
    code="separation",
    label=_("Segregation of duties"),
    columns=(
        *(CLIENT, SOURCE, REQUEST, STEP, WHO),
        Column("login", _("Login"), Word(("user_id",), logins)),
        Column("role", _("Role"), Text("role")),
        Column("begun", _("Begun"), Time("started_at")),
        Column("ended", _("Ended"), Time("ended_at")),
        Column("check", _("Checks the work of others"), Word(("is_check",), same(own_work_words))),
        Column("own", _("Own work checked"), Word(("is_own_work",), same(own_work_words))),
    ),
    select=select_separation,
    in_words=words_of(SeparationFilter),
    page="past_separation",
)


@dataclass(frozen=True)
class Grouped(Selection):
    """Rows that each stand for many."""

    def count_to(self, limit):
        return len(self.rows.order_by()[:limit])


def select_times(user, data):
    clients = clients_of(user)
    rows = steps(user).filter(client__in=[client.pk for client in clients])
    found = selection(PastFilter(data, rows, clients=clients))
    return Grouped(by_step_and_agent(found.rows), found.clients, found.filters)


TIMES = Export(
    code="step_times",
    label=_("Times by step and agent"),
    columns=(
        *(CLIENT, SOURCE, STEP, WHO),
        Column("times", _("How often"), Number("times")),
        Column("seconds", _("Seconds in all"), Number("total")),
        Column("mean", _("Seconds on average"), Number("mean")),
        Column("longest", _("Seconds at most"), Number("longest")),
    ),
    select=select_times,
    in_words=words_of(PastFilter),
    page="past_times",
)
