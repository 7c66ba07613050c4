"""Whether what proves a check speaks of somebody else: another client by its name, another account by its number."""

import re

from accounts import grants
from accounts.models import Account, Client

NUMBER = re.compile(r"(?=[\w-]*\d)[A-Za-z0-9][\w-]{4,39}")
MOST = 40


def others_named(account, actor, evidence):
    """Return ``["account", "client"]``, or what of it the words name, among the clients that ``actor`` works for.

    An agent who serves several clients mixes up two windows; of a client that they do not serve nothing is told.
    """
    text, clients = "\n".join(map(str, evidence.values())), grants.client_ids(actor, "see")
    numbers = {each for found in NUMBER.findall(text)[:MOST] for each in (found, found.upper())} - {account.number}
    others = Account.objects.filter(client__in=clients, number__in=numbers).exclude(pk=account.pk)
    names = Client.objects.filter(pk__in=clients).exclude(pk=account.client_id).values_list("name", flat=True)
    found = ["account"] if numbers and others.exists() else []
    is_named = any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in names) if text else False
    return [*found, "client"] if is_named else found
