"""Merging accounts: one proposes, another person confirms exactly what was shown, and it can be undone for a while.

No row is re-pointed. The account that is absorbed becomes ``merged`` by an entry of its own chain, the survivor has an
entry that names it, and each holds number and hash of the other's. What is owed moves; so nothing is owed twice.
"""

from contextlib import contextmanager
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import ledger, rules
from accounts.errors import Invalid, Moved, Refused
from accounts.facts import digest
from accounts.merge_facts import changes, merge_facts, open_work
from accounts.models import Account, AccountMerge, MergeDecision, Restriction, StatusChange
from accounts.models.base import new_id
from accounts.services import absorbing, assets

Kind = AccountMerge.Kind
MERGED = Account.Status.MERGED


class FactsChanged(Moved):
    """The accounts are no longer as they were shown; ``changes`` says what differs, in words."""

    def __init__(self, shown, current):
        super().__init__(_("These accounts have changed since they were shown. Look at what is different."))
        self.changes = changes(shown, current)


@contextmanager
def both(survivor, absorbed, *, actor):
    """Lock two accounts, always the lower id first, and yield the ``Change`` of each, the survivor's first."""
    first, second = sorted((survivor, absorbed), key=lambda account: account.pk)
    with ledger.change(first, actor=actor) as one, ledger.change(second, actor=actor) as two:
        yield (one, two) if first is survivor else (two, one)


def propose(absorbed, survivor, *, actor, reason, seen, note=""):
    """Propose that ``survivor`` absorbs ``absorbed``, with the facts whose SHA-256 the page has shown as ``seen``.

    Raises ``Refused`` where it may not be, and says why, ``Moved`` where the facts are others now.
    """
    if absorbed.pk == survivor.pk:
        raise Invalid(_("An account is not merged into itself."), field="into")
    if absorbed.client_id != survivor.client_id:
        raise Refused(_("Accounts of two clients are never merged."))
    with both(survivor, absorbed, actor=actor) as (stays, goes):
        if not rules.can_work(goes.account, actor):
            raise Refused(_("You do not work this client's accounts."))
        refuse(obstacles(goes.account, stays.account))
        return put_down(goes, stays, Kind.MERGE, reason, note, seen)


def propose_undo(merge, *, actor, reason, note=""):
    """Ask that a merge be undone, within the client's window; another person confirms it, as with the merge itself."""
    with both(merge.survivor, merge.absorbed, actor=actor) as (stays, goes):
        if not rules.can_work(goes.account, actor) and not rules.can_decide_merge(goes.account, actor):
            raise Refused(_("You do not work this client's accounts."))
        refuse(obstacles_of_undoing(merge, goes.account, stays.account))
        if timezone.now() > undo_until(merge):
            raise Refused(_("The time in which this merge could be undone is over."))
        return put_down(goes, stays, Kind.UNDO, reason, note, seen=None, undoes=merge)


def put_down(goes, stays, kind, reason, note, seen, undoes=None):
    """Write a proposal, with the facts as they are under the locks, on the chain of the account that is absorbed."""
    refuse(waiting(goes.account, stays.account))
    facts = merge_facts(stays.account, goes.account)
    if seen is not None and seen != digest(facts):
        raise Moved(_("These accounts have changed since they were shown. Look at both again."))
    merge_id = new_id()
    entry = goes.log(
        goes.account,
        f"propose_{'unmerge' if kind == Kind.UNDO else 'merge'}",
        reason=reason,
        note=note,
        case_hash=digest(facts),
        data={"merge": str(merge_id), "survivor": str(stays.account.pk)},
    )
    made = AccountMerge(
        pk=merge_id,
        client_id=goes.client_id,
        kind=kind,
        survivor=stays.account,
        absorbed=goes.account,
        undoes=undoes,
        proposed_by=goes.actor,
        proposed_person_id=goes.actor.person_id,
        proposed_at=goes.now,
        reason=reason,
        facts=facts,
        facts_hash=digest(facts),
        entry=entry.uid,
    )
    goes.add(made)
    return made


def confirm(merge, *, actor, note=""):
    """Do what was proposed, if both accounts are exactly as they were shown; return the entry that did it.

    Raises ``Moved`` where somebody was first, ``FactsChanged`` where anything is different, ``Refused`` for who may not
    decide or has proposed it.
    """
    with both(merge.survivor, merge.absorbed, actor=actor) as (stays, goes):
        if not rules.can_decide_merge(goes.account, actor):
            raise Refused(_("Your role does not decide at this client."))
        still_waits(merge)
        if proposed(merge, actor):
            raise Refused(_("You proposed this. Another person confirms it."))
        if merge.is_undo:
            refuse(obstacles_of_undoing(merge.undoes, goes.account, stays.account))
        else:
            refuse(obstacles(goes.account, stays.account))
        facts = merge_facts(stays.account, goes.account)
        if digest(facts) != merge.facts_hash:
            raise FactsChanged(merge.facts, facts)
        do = absorbing.bring_back if merge.is_undo else absorbing.absorb
        return do(merge, goes, stays, note=note, decided=decision(merge, goes, MergeDecision.CONFIRMED, merge.reason))


def decline(merge, *, actor, reason, note=""):
    """Keep that a proposal is not followed, and why. Whoever proposed it takes it back like this."""
    with ledger.change(merge.absorbed, actor=actor) as work:
        if not rules.can_decide_merge(work.account, actor) and not proposed(merge, actor):
            raise Refused(_("Your role does not decide at this client."))
        still_waits(merge)
        return work.log(
            work.account,
            f"decline_{'unmerge' if merge.is_undo else 'merge'}",
            reason=reason,
            note=note,
            caused_by=StatusChange(uid=merge.entry),
            case_hash=merge.facts_hash,
            data={"merge": str(merge.pk)},
            before=decision(merge, work, MergeDecision.DECLINED, reason),
        )


def decision(merge, work, outcome, reason):
    """Return what makes the row of a decision from its entry."""
    return lambda entry: MergeDecision(
        client_id=work.client_id,
        merge=merge,
        decision=outcome,
        user=work.actor,
        person_id=work.actor.person_id,
        reason=reason,
        facts_hash=merge.facts_hash,
        entry=entry.uid,
        decided_at=work.now,
    )


def proposed(merge, user):
    return user.person_id == merge.proposed_person_id


def still_waits(merge):
    found = MergeDecision.objects.filter(merge=merge).select_related("user").first()
    if found:
        words = {"who": found.user, "decision": str(found.get_decision_display()).lower()}
        raise Moved(_("%(who)s decided this first: %(decision)s.") % words)


def refuse(found):
    if found:
        raise Refused(found[0])


def obstacles(absorbed, survivor):
    """Return, in words, everything that forbids this merge as the accounts stand."""
    found = [
        _("The personal data of %s was erased; nobody can say any more whose it was.") % account
        for account in (absorbed, survivor)
        if account.erased_at
    ]
    for account in (absorbed, survivor):
        if account.status == MERGED:
            words = {"number": account, "into": survivor_of(account)}
            found.append(_("%(number)s was merged before; what it was is %(into)s now.") % words)
    if absorbed.status not in (*Account.MERGEABLE, MERGED):
        found.append(_("%s is under review. That ends first.") % absorbed)
    if absorbed.currency != survivor.currency:
        found.append(_("The two are kept in different currencies, and what is owed is never converted."))
    if len(absorbed.assets) + len(survivor.assets) > assets.MOST:
        words = {"number": survivor, "most": assets.MOST}
        found.append(_("%(number)s would have more than %(most)s numbers, logins and contracts.") % words)
    if Restriction.objects.filter(account=absorbed, lifted_at=None, ends_at__isnull=False).exists():
        found.append(
            _("The suspension of %s ends at a set time. Take the end away first: a merge cannot wait for it.")
            % absorbed
        )
    cases = open_work(absorbed)
    if cases:
        found.append(_("%(cases)s on %(number)s is open. Decide it first.") % {"cases": cases[0], "number": absorbed})
    return found


def obstacles_of_undoing(merge, absorbed, survivor):
    found = []
    last = last_merge(absorbed)
    if absorbed.status != MERGED or last != merge:
        found.append(_("This merge was undone already."))
    if survivor.status == MERGED:
        words = {"number": survivor, "into": survivor_of(survivor)}
        found.append(_("%(number)s was itself merged into %(into)s since. Undo that first.") % words)
    if absorbed.erased_at:
        found.append(_("The personal data of %s was erased; nobody is left to bring back.") % absorbed)
    return found


def waiting(absorbed, survivor):
    """Return, in words, why another proposal stands in the way of one for these two: no circle is ever proposed."""
    open_ones = AccountMerge.objects.waiting()
    if open_ones.filter(absorbed=absorbed).exists():
        return [_("A proposal about %s waits for a decision already.") % absorbed]
    if open_ones.filter(absorbed=survivor).exists():
        return [_("%s is itself proposed to be absorbed. That is decided first.") % survivor]
    return []


def undo_until(merge):
    """Return until when it can be asked for that a confirmed merge be undone."""
    return merge.decided.decided_at + timedelta(days=merge.client.merge_undo_days)


def survivor_of(account):
    """Return the account that stands for this one now, through every merge since: itself where it was not merged."""
    while account.status == MERGED:
        account = last_merge(account).survivor
    return account


def survivors_of(accounts):
    """Return ``{account id: the account that stands for it}`` of merged ones, with a query for each merge in a row."""
    found, waiting = {}, {account.pk: account.pk for account in accounts if account.status == MERGED}
    while waiting:
        rows = AccountMerge.objects.standing().filter(absorbed__in=set(waiting.values())).select_related("survivor")
        into = {row.absorbed_id: row.survivor for row in rows.order_by("proposed_at", "id")}
        reached = {pk: into[at] for pk, at in waiting.items() if at in into}
        found |= reached
        waiting = {pk: survivor.pk for pk, survivor in reached.items() if survivor.status == MERGED}
    return found


def last_merge(account):
    """Return the merge by which an account was absorbed, ``None`` where it stands."""
    merges = account.merges_away.standing().select_related("survivor__client", "survivor__subject_key")
    return merges.order_by("-proposed_at", "-id").first()


def with_absorbed(account_ids):
    """Return these accounts' ids with those of every account that they stand for, however many merges back."""
    found, newest = set(account_ids), set(account_ids)
    while newest:
        rows = AccountMerge.objects.standing().filter(survivor__in=newest)
        newest = set(rows.values_list("absorbed", flat=True)) - found
        found |= newest
    return found


def absorbed_by(account):
    """Return the merges by which an account has absorbed others, newest first, with these."""
    merges = account.merges_into.standing().select_related("absorbed", "decided")
    return merges.order_by("-proposed_at", "-id")
