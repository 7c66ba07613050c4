"""The figures of memberships, put into shapes and words, each with the table that says the same."""

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import charts
from accounts.charts import Shown
from accounts.services.membership_figures import Trials

KEPT, LOST = "completed", "declined"
"""Series are drawn as those of the charts of cases that mean the same: it went well, or it did not."""


def month_words(month):
    return date_format(month, "M Y")


def cancellations(months, named):
    """Show the cancellations of each month in all; the table has every reason."""
    labels = [month_words(month) for month in months]
    sums = [sum(numbers[place] for _reason, numbers in named) for place in range(len(months))]
    total = sum(sums)
    about = ngettext("%d cancellation in twelve months.", "%d cancellations in twelve months.", total) % total
    return Shown(
        code="cancellations",
        title=_("Cancellations by reason"),
        about=about,
        kind="bars",
        chart=charts.stacked(labels, [LOST], [[number] for number in sums]),
        legend=[(LOST, _("Cancelled"), total)],
        head=[_("Reason"), *labels, _("In all")],
        rows=[
            *([reason, *numbers, sum(numbers)] for reason, numbers in named),
            [_("In all"), *sums, total],
        ],
        is_empty=not total,
        nothing=_("No membership was cancelled in these twelve months."),
    )


def rate_words(trials):
    return "–" if trials.rate is None else f"{number_format(trials.rate, 1)} %"


def trials(months, found):
    labels = [month_words(month) for month in months]
    whole = Trials(sum(each.kept for each in found), sum(each.lost for each in found))
    about = ngettext(
        "%(kept)d of %(ended)d trial that ended became a paid membership: %(rate)s.",
        "%(kept)d of %(ended)d trials that ended became paid memberships: %(rate)s.",
        whole.ended,
    )
    return Shown(
        code="trials",
        title=_("Trials that became paid"),
        about=about % {"kept": whole.kept, "ended": whole.ended, "rate": rate_words(whole)},
        kind="bars",
        chart=charts.stacked(labels, [KEPT, LOST], [[each.kept, each.lost] for each in found]),
        legend=[(KEPT, _("Became paid"), whole.kept), (LOST, _("Ended without"), whole.lost)],
        head=[_("Month"), _("Became paid"), _("Ended without"), _("Ended in all"), _("Rate")],
        rows=[
            [label, each.kept, each.lost, each.ended, rate_words(each)]
            for label, each in zip([*labels, _("In all")], [*found, whole], strict=True)
        ],
        is_empty=not whole.ended,
        nothing=_("No trial ended in these twelve months."),
    )
