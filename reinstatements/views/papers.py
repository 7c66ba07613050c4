"""What lies beside a case: its files, the other cases of its account, and what looks like the same request twice."""

from functools import cached_property

from django.db.models import Q

from accounts import digests, personal
from accounts.models import SearchDigest
from reinstatements.checks_catalogue import CATALOGUE
from reinstatements.forms_desk import FileForm
from reinstatements.models import EvidenceFile, ReinstatementRequest
from reinstatements.services import files

RELATED = 8


class Papers:
    def __init__(self, page):
        self.page, self.case = page, page.case

    @cached_property
    def files(self):
        """The files, with their names for whoever may read evidence."""
        rows = list(EvidenceFile.objects.filter(case=self.case).listed())
        names = files.names(rows, self.page.account) if self.page.may_read else {}
        return [
            {
                "file": row,
                "name": names.get(row.pk, ""),
                "proves": CATALOGUE[row.check_code].label if row.check_code in CATALOGUE else "",
            }
            for row in rows
        ]

    @property
    def can_add(self):
        work = self.page.work_desk
        return (
            work.works and not work.is_held and self.case.status in files.WORKED_ON and not self.case.account.erased_at
        )

    @cached_property
    def form(self):
        return self.page.bound.get("file") or FileForm(auto_id="file_%s", checks=self.page.checks)

    @cached_property
    def related(self):
        """Other cases of the account, and open ones of accounts with the same mail address or telephone number."""
        account = self.page.account
        same = Q(account=account)
        twins = self.twins()
        if twins:
            found = SearchDigest.objects.filter(client=account.client_id, digest__in=twins).values("account")
            same |= Q(account__in=found, status__in=ReinstatementRequest.OPEN)
        cases = ReinstatementRequest.objects.for_user(self.page.user).filter(same, client=account.client_id)
        rows = cases.exclude(pk=self.case.pk).select_related("account").order_by("-opened_at", "-id")[:RELATED]
        return [{"case": row, "is_twin": row.account_id != account.pk} for row in rows]

    def twins(self):
        key = personal.key_of(self.page.account)
        if key is None:
            return []
        account = self.page.account
        email, phone = (personal.reveal(account, field, key) for field in ("email", "phone"))
        return list(digests.contact_digests(account.client_id, email, phone, account.country).values())
