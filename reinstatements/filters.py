"""What the list of decisions is filtered by, like the status log."""

from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter

from accounts import grants
from accounts.filters import RecordFilter
from reinstatements.models import Approval


def approvals(user):
    """Return the decisions that ``user`` may read, newest first: those of the clients whose log they see."""
    return Approval.objects.filter(client__in=grants.client_ids(user, "see_log")).order_by("-decided_at", "-id")


class ApprovalFilter(RecordFilter):
    moment = "decided_at"
    who = "user"

    decision = ChoiceFilter(label=_("Decision"), empty_label=_("All"), choices=Approval.Decision.choices)

    def of_account(self, rows, name, number):
        return rows.filter(case__account__in=self.accounts(number))
