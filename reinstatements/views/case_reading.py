"""All that the page of a case asks the database beside the case and its facts, named in one place and asked at once."""

from django.db.models import Q

from accounts import reasons
from accounts.ledger import reading
from accounts.models import StatusChange
from accounts.services import drafts, words
from reinstatements import standing_out
from reinstatements.models import Approval, Check, EvidenceFile, ReinstatementRequest
from reinstatements.services import clock
from reinstatements.services.cases import know

RELATED = 8


class CaseReading:
    """The rows that one person's page of one case shows, each a queryset that holds its rows."""

    def __init__(self, case, user):
        account = case.account
        self.checks = Check.objects.filter(case=case.evidence_of).select_related("done_by")
        self.approvals = case.approvals.select_related("user", "delegation__giver")
        self.took_part = case.participations.select_related("user")
        self.entries = entries(case).select_related("actor", "on_behalf").order_by("-number")
        self.words = words.beside(account, entries(case).values("uid"))
        self.reasons = reasons.of(case.client_id)
        self.drafts = drafts.of(user, account)
        self.files = EvidenceFile.objects.filter(case=case.evidence_of).listed()
        self.related = standing_out.related(case, user)[:RELATED]
        self.signals = standing_out.waiting_signals(case, user)
        self.clock = clock.last(case.client_id)
        self.appeal = ReinstatementRequest.objects.for_user(user).filter(appeals=case)
        # Of an appeal: the decision that it is against. Of any other case nothing is asked for.
        against = Approval.objects.filter(case=case.appeals_id) if case.appeals_id else Approval.objects.none()
        self.declined = against.filter(decision="declined").select_related("user", "delegation__giver")
        reading.evaluate(*vars(self).values())
        know(case, checks=list(self.checks), approvals=list(self.approvals), participations=list(self.took_part))


def entries(case):
    """Return what stopped service, the entries of the case itself, and what its decisions caused.

    An appeal goes on from the declined case, whose entries stand before its own.
    """
    caused = case.approvals.values("entry")
    own = [case.pk, case.appeals_id] if case.appeals_id else [case.pk]
    ours = Q(subject_id__in=own) | Q(uid=case.stopped_entry) | Q(caused_by__in=caused)
    return StatusChange.objects.filter(ours, account=case.account_id)
