"""What an account's page and its timeline show of its signals, to those who look at them, and of merges."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import money, registries, rules
from accounts.models import Account, AccountMerge, DueFailure, EndingProposal, Signal
from accounts.models.settings import Blocked
from accounts.registries import AccountAction, TimelineLine
from accounts.services import blocking
from accounts.services import merges as service

SHOWN = 10
SHOWN_ABSORBED = 5
SHOWN_MONEY = 5


@registries.panels.register("signals")
def signals(account, user):
    rows = list(Signal.objects.for_user(user).filter(account=account)[:SHOWN])
    return ("accounts/signal_panel.html", {"signals": rows}) if rows else None


@registries.panels.register("payments")
def payments(account, user):
    """Show the newest of what was charged and paid; nothing where the client's system has told of neither."""
    charges = [
        {"number": row, "what": _("Charge"), "day": row.due_on, "minor": row.amount_minor}
        for row in account.charges.order_by("-due_on", "-id")[:SHOWN_MONEY]
    ]
    paid = [
        {"number": row, "what": row.get_kind_display(), "day": paid_on(row), "minor": -row.effect_minor}
        for row in account.payments.order_by("-paid_at", "-id")[:SHOWN_MONEY]
    ]
    rows = sorted([*paid, *charges], key=lambda row: row["day"], reverse=True)[:SHOWN_MONEY]
    for row in rows:
        row["amount"] = money.words(row["minor"], account.currency)
    return ("accounts/payment_panel.html", {"money": rows}) if rows else None


def paid_on(payment):
    return timezone.localtime(payment.paid_at).date()


@registries.panels.register("due")
def due(account, user):
    """Say what should have happened to the account by itself and could not be written."""
    rows = list(DueFailure.objects.filter(account=account))
    return ("accounts/due_panel.html", {"failures": rows}) if rows else None


@registries.panels.register("endings")
def endings(account, user):
    """Show what is proposed to end and waits for a second person."""
    rows = list(EndingProposal.objects.waiting().filter(account=account).select_related("account", "membership"))
    return ("accounts/ending_panel.html", {"endings": rows}) if rows else None


@registries.open_work.register("endings")
def open_endings(account):
    """Two people do not close what is absorbed by another account meanwhile."""
    rows = EndingProposal.objects.waiting().filter(account=account).select_related("account", "membership")
    return [str(row) for row in rows]


@registries.account_actions.register("contact")
def contact(account, user):
    url = reverse("account_contact", args=[account.pk])
    may_change = rules.can_work(account, user) and not account.erased_at
    may_change = may_change and not blocking.why_blocked(account, Blocked.CONTACT)
    label = _("Change contact data") if may_change else _("Contact data")
    return [AccountAction(label, url, "contact", position=60)]


@registries.account_actions.register("call")
def call(account, user):
    if not rules.can_work(account, user):
        return []
    return [AccountAction(_("Call"), reverse("account_call", args=[account.pk]), "phone", position=59)]


@registries.account_actions.register("assets")
def assets(account, user):
    url = reverse("account_assets", args=[account.pk])
    return [AccountAction(_("Numbers, logins, contracts"), url, "smartphone", position=61)]


@registries.account_actions.register("queries")
def queries(account, user):
    return [AccountAction(_("Queries"), reverse("account_queries", args=[account.pk]), "message-circle", position=61)]


@registries.timeline.register("signals")
def lines(account, user, limit, before=None):
    """Tell when a signal was raised; that it was confirmed or cleared is an entry."""
    if not rules.can_judge_signals(account, user):
        return []
    raised = Signal.objects.filter(account=account)
    if before:
        raised = raised.filter(raised_at__lt=before)
    return [
        TimelineLine(
            at=row.raised_at, icon="siren", title=_("Signal: %s") % row, who=_("Rule"), url=row.get_absolute_url()
        )
        for row in raised[:limit]
    ]


@registries.panels.register("merges")
def merges(account, user):
    """Show the proposal that waits, what the account was absorbed by, and the newest of those that it absorbed."""
    waiting = AccountMerge.objects.waiting()
    proposals = waiting.filter(absorbed=account) | waiting.filter(survivor=account)
    proposal = proposals.select_related("survivor", "absorbed").order_by("-proposed_at").first()
    into = service.survivor_of(account) if account.status == Account.Status.MERGED else None
    absorbed = list(service.absorbed_by(account)[: SHOWN_ABSORBED + 1])
    if not (proposal or into or absorbed):
        return None
    context = {
        "proposal": proposal,
        "into": into,
        "last": service.last_merge(account) if into else None,
        "absorbed": absorbed[:SHOWN_ABSORBED],
        "has_more": len(absorbed) > SHOWN_ABSORBED,
    }
    return "accounts/merge_panel.html", context


@registries.account_actions.register("record")
def record(account, user):
    """Offer the two readings of the account's record."""
    return [
        AccountAction(_("Adjustments"), reverse("account_adjustments", args=[account.pk]), "list", position=62),
        AccountAction(
            _("Steps to reactivation"), reverse("account_reactivations", args=[account.pk]), "list-checks", position=63
        ),
    ]


@registries.account_actions.register("merges")
def actions(account, user):
    if account.erased_at or account.status not in Account.MERGEABLE or not rules.can_work(account, user):
        return []
    return [AccountAction(_("Merge"), reverse("account_merge", args=[account.pk]), "git-merge", position=90)]
