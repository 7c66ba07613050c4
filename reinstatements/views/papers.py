"""What lies beside a case: its files, the other cases of its account, and what looks like the same request twice."""

from functools import cached_property

from reinstatements import standing_out
from reinstatements.checks_catalogue import CATALOGUE
from reinstatements.forms_desk import FileForm
from reinstatements.services import files


class Papers:
    def __init__(self, page):
        self.page, self.case = page, page.case

    @cached_property
    def files(self):
        """The files, with their names for whoever may read evidence."""
        rows = list(self.page.read.files)
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
        return standing_out.beside(self.page.read.related, self.page.account)
