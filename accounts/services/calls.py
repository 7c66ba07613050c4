"""Proving on the telephone who speaks: what is asked, how often one may fail, and that it is on record."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import call_questions, ledger, personal, rules
from accounts.errors import Invalid, Moved, Refused
from accounts.models import Call, Payment, Representative, Signal
from accounts.models.settings import settings_of
from accounts.services import signals as raising
from accounts.signals import Finding
from accounts.zones import zone


@dataclass(frozen=True)
class Standing:
    """What is asked in the next call, ``turn`` calls after the first; nothing where the record knows too little."""

    turn: int
    asked: list
    failures: int
    attempts: int
    locked_until: datetime | None


def standing(account, now=None):
    """Return how the next call about an account stands."""
    now, settings = now or timezone.now(), settings_of(account.client)
    last = Call.objects.filter(account=account).first()
    turn = Call.objects.filter(account=account).count()
    return Standing(
        turn=turn,
        asked=call_questions.choose(settings.call_questions, known(account), settings.call_asked, turn),
        failures=last.failures if last and not last.locked_until else 0,
        attempts=settings.call_attempts,
        locked_until=last.locked_until if last and last.locked_until and last.locked_until > now else None,
    )


def known(account):
    """Return what is on file of an account's holder, to compare answers with and for nothing else."""
    key = personal.key_of(account)
    paid = Payment.objects.filter(account=account, kind=Payment.Kind.PAYMENT).first()
    opened = account.opened_on
    return call_questions.Known(
        **{name: personal.reveal(account, name, key) for name in ("email", "phone", "address")},
        country=account.country,
        currency=account.currency,
        since=f"{opened.year}-{opened.month:02d}" if opened else "",
        paid_minor=paid.amount_minor if paid else None,
        plans=tuple({row.snapshot["name"] for row in account.memberships.all() if row.snapshot}),
    )


@transaction.atomic
def judge(account, *, actor, answers, turn, representative=None):
    """Judge what a caller answered, ``{question: words}``; return the ``Call``, which says whether they passed.

    The answers are compared and forgotten. So many failures in a row lock the account for a time and raise a signal.
    Raises ``Refused`` while it is locked and for whoever does not work this client's accounts, ``Moved`` where somebody
    has asked meanwhile, and ``Invalid`` for other questions than those that are due, or a representative who is none.
    """
    if not rules.can_work(account, actor):
        raise Refused(_("You do not work this client's accounts."))
    with ledger.change(account, actor=actor) as work:
        account, now = work.account, work.now
        if account.erased_at:
            raise Invalid(_("The personal data of this account was erased; nobody can be known by it."))
        at = standing(account, now)
        if at.locked_until:
            until = date_format(at.locked_until.astimezone(zone(actor.time_zone)), "H:i")
            raise Refused(_("Too many calls have failed. Nobody is asked before %s.") % until)
        if turn != at.turn:
            raise Moved(_("Somebody else has taken a call about this account meanwhile. Look again."))
        if not at.asked or set(answers) != set(at.asked):
            raise Invalid(_("These are not the questions that are due."))
        if representative:
            refuse_unless_speaks(account, representative, now)
        passed = call_questions.are_right(answers, known(account))
        failures = 0 if passed else at.failures + 1
        call = Call(
            client_id=work.client_id,
            account=account,
            representative=representative,
            asked=[str(code) for code in at.asked],
            passed=passed,
            failures=failures,
            locked_until=locked_until(account, failures, now),
            called_at=now,
            by=actor,
        )
        speaker = {"representative": str(representative.pk)} if representative else {}
        entry = work.log(
            call,
            "pass" if passed else "fail",
            subject_type="call",
            from_status="",
            to_status="",
            reason="answers_right" if passed else "answers_wrong",
            data={"questions": call.asked, "failures": failures, "locks": bool(call.locked_until), **speaker},
        )
        call.entry = entry.uid
        work.add(call)
    if call.locked_until:
        raising.keep(account.client, [Finding(Signal.Rule.FAILED_CALLS, {"entries": [str(call.entry)]}, account.pk)])
    return call


def locked_until(account, failures, now):
    settings = settings_of(account.client)
    if failures < settings.call_attempts:
        return None
    return now + timezone.timedelta(minutes=settings.call_lock_minutes)


def refuse_unless_speaks(account, representative, now):
    today = now.astimezone(zone(account.client.time_zone)).date()
    if not Representative.objects.in_force(today).filter(pk=representative.pk, account=account).exists():
        raise Invalid(_("This person does not speak for the holder any more."), field="speaker")


def may_prove(call):
    """Tell whether who passed this call may ask for service back: the holder, or whoever may ask in their place."""
    return call.passed and (call.representative is None or call.representative.scope == Representative.Scope.REQUESTS)
