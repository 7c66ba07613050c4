"""What the desk looks at by itself when a case is opened: the status, what is owed, and the data on file.

The findings stand in the entry that opens the case, as codes and amounts; nobody's data is among them.
"""

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import money
from accounts.models import Restriction
from accounts.models.settings import Required
from accounts.services import lifecycle
from reinstatements.checks_catalogue import CATALOGUE


def look(account, membership, restrictions, codes):
    """Return ``{"status", "payment", "data"}``: what was found of each; ``codes`` are the checks of the case.

    Of the status: the kinds of restriction that no check of this policy settles, and whether a suspension ends by
    itself or the account of a membership is stopped too. Of the payment: what is owed, and since when it is overdue.
    Of the data: what is missing or wrong of all that the client requires.
    """
    settled = frozenset().union(*(CATALOGUE[code].lifts for code in codes))
    status = sorted({f"unsettled:{row.kind}" for row in restrictions if row.kind not in settled})
    status += ["ends_by_itself"] if any(row.ends_at for row in restrictions) else []
    status += ["account_stopped"] if membership and account.is_stopped else []
    since = account.overdue_since
    return {
        "status": status,
        "payment": {
            "owed_minor": account.balance_minor,
            "currency": account.currency,
            "overdue_since": since.isoformat() if since else None,
        },
        "data": [problem.about for problem in lifecycle.problems(account)],
    }


def told(found):
    """Return the findings of an entry in words: ``conditions``, and all of them in one ``line``."""
    conditions = [
        condition(_("Status"), [status_words(code) for code in found["status"]]),
        condition(_("Payment"), payment_words(found["payment"])),
        condition(_("Data on file"), data_words(found["data"])),
    ]
    left = [f"{each['title']}: {each['evidence']}" for each in conditions if each["status"] == "open"]
    if left:
        line = _("Checked automatically at intake. %s") % " ".join(left)
    else:
        line = _("Checked automatically at intake: status, payment and data on file were fine.")
    return {"conditions": conditions, "line": line}


def condition(title, complaints):
    return {
        "title": title,
        "status": "open" if complaints else "met",
        "status_label": _("To settle") if complaints else _("Fine"),
        "evidence": " ".join(complaints),
    }


def status_words(code):
    if code == "ends_by_itself":
        return _("The suspension ends by itself.")
    if code == "account_stopped":
        return _("The account itself is out of service; it comes back first.")
    kind = code.removeprefix("unsettled:")
    return _("No check of this policy settles the restriction “%s”.") % dict(Restriction.Kind.choices).get(kind, kind)


def payment_words(found):
    if not found["owed_minor"]:
        return []
    amount = money.words(found["owed_minor"], found["currency"])
    since = parse_date(found["overdue_since"] or "")
    if since is None:
        return [_("%s is open.") % amount]
    return [_("%(amount)s is open, overdue since %(day)s.") % {"amount": amount, "day": date_format(since, "j M Y")}]


def data_words(found):
    labels = dict(Required.choices)
    return [_("Missing or wrong: %s.") % ", ".join(str(labels.get(about, about)) for about in found)] if found else []
