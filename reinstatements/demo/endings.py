"""The bank lets two people close and cancel: what somebody has proposed there waits for another one."""

from accounts.models import Account, AccountSettings, EndingProposal
from accounts.services import lifecycle, parting

WANT_TWO = {"lantern"}
CLOSING = "The customer has moved her money to another bank and sent the signed form."
LEAVING = "The cover is not needed any more; told at the counter."


def proposed(client):
    return EndingProposal.objects.filter(client=client)


def want_two(client, cast, days):
    """Switch it on, and propose one closing and one cancellation; return how many wait."""
    settings = AccountSettings.objects.get(client=client)
    settings.ends_need_two = True
    settings.save()
    how = {"actor": cast[days.worker], "initiator": "member"}
    quiet = Account.objects.filter(client=client, status="active", next_change_at=None, balance_minor=0)
    account, other = quiet.exclude(memberships=None).select_related("client").order_by("-number")[:2]
    seen = lifecycle.digest(lifecycle.consequences(account))
    parting.propose_close(account, reason="customer_request", seen=seen, note=CLOSING, **how)
    parting.propose_cancel(other.memberships.first(), reason="not_used", when="now", note=LEAVING, **how)
    return proposed(client).count()
