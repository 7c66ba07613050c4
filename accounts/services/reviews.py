"""An account under review: for a time, with what it stops, and then back to where it stood."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import canonical, ledger, reasons, registries, review_guidelines, rules
from accounts.errors import Invalid, Moved, Refused
from accounts.models import Account, DueFailure, Origin, ReasonCode, Restriction, User
from accounts.models.settings import LONGEST_REVIEW_DAYS, settings_of
from accounts.services import endings, guidelines, overdue, retrying

ENDED = "review_ended"
AT_ONCE = 100
Status = Account.Status
BACK = {
    Status.ACTIVE: "end_review",
    Status.ON_HOLD: "end_review_held",
    Status.SUSPENDED: "end_review_suspended",
}


def put_under_review(account, *, actor, reason, ends_at=None, tell=None, note="", origin=None, occurred_at=None):
    """Put an account under review until ``ends_at``, else for as long as its client usually takes.

    ``tell`` is whether the member hears of it, now and when it ends; ``None`` is what is usual at the client. Where the
    law forbids a word of it, as of a suspicion of money laundering, nobody is told.

    Its service goes on, or stays stopped, as it was; what the client's settings name is stopped meanwhile. Raises
    ``Invalid`` for an end that does not lie ahead or lies more than a year away, and ``Refused`` for a suspension that
    would end by itself while it is looked into.
    """
    require_may(account, actor)
    reasons.require(account.client_id, ReasonCode.Use.REVIEW, reason)
    catch_up(account)
    with ledger.change(account, actor=actor, origin=origin, occurred_at=occurred_at) as work:
        account = work.account
        if Restriction.objects.of_account(account).filter(ends_at__isnull=False).exists():
            raise Refused(
                _("This suspension ends by itself. Take its end away first, then put the account under review.")
            )
        settings = settings_of(account.client)
        ends_at = ends_at or work.occurred_at + timedelta(days=settings.review_days)
        if not work.occurred_at < ends_at <= work.occurred_at + timedelta(days=LONGEST_REVIEW_DAYS):
            raise Invalid(_("A review ends after it begins, and within a year."), field="ends_at")
        data = {"ends_at": canonical.timestamp(ends_at), "blocks": sorted(settings.review_blocks)}
        asked = review_guidelines.applying(settings.review_guidelines, account.country or account.client.country)
        tell = settings.review_tells if tell is None else tell
        data |= ({"guidelines": asked} if asked else {}) | ({} if tell else {"told": False})
        entry = work.record(
            account.put_under_review, reason=reason, note=note, data=data, arguments={"ends_at": ends_at}
        )
        if tell:
            work.emit("account.under_review", entry)
    return entry


def end_review(account, *, actor, reason, note="", origin=None, occurred_at=None):
    """End a review before its time: the account stands as it stood before, and nothing else.

    Raises ``Refused`` while a guideline of the client is open that applies to the account.
    """
    require_may(account, actor)
    reasons.require(account.client_id, ReasonCode.Use.END_REVIEW, reason)
    catch_up(account)
    with ledger.change(account, actor=actor, origin=origin, occurred_at=occurred_at) as work:
        if work.account.status != Status.UNDER_REVIEW:
            raise Moved(_("This account is not under review any more."))
        if why_open := guidelines.why_open(work.account):
            raise Refused(why_open)
        return go_back(work, reason=reason, note=note)


def follow_guideline(account, *, actor, position, outcome, note=""):
    """Put down how a guideline was followed; the last word counts. Return the entry.

    Raises ``Invalid`` for one that is not asked for, and where it does not say why it does not apply; ``Moved`` where
    the review is over.
    """
    require_may(account, actor)
    catch_up(account)
    if outcome not in guidelines.Outcome.values:
        raise Invalid(_("Say whether it was done or does not apply."), field="outcome")
    if outcome == guidelines.Outcome.NOT_APPLICABLE and not note.strip():
        raise Invalid(_("Write why it does not apply."), field="note")
    with ledger.change(account, actor=actor) as work:
        account = work.account
        if account.status != Status.UNDER_REVIEW:
            raise Moved(_("This account is not under review any more."))
        began = guidelines.begun(account)
        asked = guidelines.of(account, began)
        if position >= len(asked):
            raise Invalid(_("This review asks for no such thing."))
        before = asked[position]
        if before.entry and before.outcome == outcome and not note.strip():
            raise Moved(_("This stands on the record already."))
        data = {"guideline": position, "words": before.words, "outcome": str(outcome)}
        return work.log(account, guidelines.ACTION, reason=began.reason, note=note, data=data, caused_by=began)


def go_back(work, *, reason, note=""):
    """Write that the review of a locked account is over, and what its money has done meanwhile."""
    account = work.account
    began = guidelines.begun(account)
    action = BACK[Status(account.standing_before)]
    data = guidelines.left_open(account, began)
    entry = work.record(getattr(account, action), reason=reason, note=note, data=data, caused_by=began)
    if began is None or guidelines.data_of(began).get("told", True):
        work.emit("account.review_ended", entry)
    if entry.to_status in Account.STOPPED and not Restriction.objects.of_account(account).exists():
        # What kept it out of service was paid while it was under review.
        registries.automatic["reinstate"](work, rule=overdue.PAID_RULE, reason="paid", occurred_at=work.occurred_at)
    elif entry.to_status == Status.ACTIVE and account.overdue_since:
        overdue.take_what_was_passed(work, action)
    return entry


def run_out(work):
    """End the review of a locked account as of its own end, in the name of the rule."""
    ends_at, system = work.account.review_ends_at, User.objects.system()
    with work.by_rule(ENDED, actor=system, occurred_at=ends_at, origin=Origin.RULE):
        return go_back(work, reason=ENDED)


def catch_up(account):
    """Write what has come by itself to an account and is not written yet: a review or a suspension that is over.

    In a transaction of its own; may run twice and on several machines, each is looked at again under its lock.
    """
    if account.status_now == account.status:
        return False
    if account.status != Status.UNDER_REVIEW:
        return endings.end_one(account.pk)
    with ledger.change(account, actor=User.objects.system(), origin=Origin.RULE) as work:
        if work.account.status != Status.UNDER_REVIEW or work.account.is_under_review:
            return False
        run_out(work)
    return True


def end_due(now=None, limit=AT_ONCE):
    """End up to ``limit`` reviews of the clients in scope that have run out; return how many."""
    due = Account.objects.filter(review_ends_at__lte=now or timezone.now()).order_by("review_ends_at")
    return retrying.each(DueFailure.Job.REVIEWS, due, lambda pk: catch_up(Account.objects.get(pk=pk)), limit=limit)


def require_may(account, actor):
    if not rules.can_change_service(account, actor):
        raise Refused(_("You do not work this client's accounts."))
