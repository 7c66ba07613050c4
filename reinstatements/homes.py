"""What somebody's roles need first: what is late, what was sent back, what is theirs, what waits for their decision."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import grants, registries
from accounts.registries import HomeSection
from reinstatements import charting, lists, presentation, queues

LINES = 8
TILES = {
    "breached": (gettext_lazy("breached"), "bad"),
    "near": (gettext_lazy("due in 2 hours"), "warn"),
    "decide": (gettext_lazy("to decide"), "info"),
    "sent-back": (gettext_lazy("sent back"), "info"),
    "mine": (gettext_lazy("yours"), ""),
    "to-start": (gettext_lazy("to start"), ""),
    "stuck": (gettext_lazy("nobody decides"), "bad"),
    "open": (gettext_lazy("open"), ""),
}


@registries.homes.register("cases")
def cases(request):
    """Numbers first, then the lists: for a supervisor what to decide, for an agent what to mend and what is theirs."""
    if not grants.has_anywhere(request.user, "see"):
        return []
    offered = {queue.code: queue for queue in queues.offered(request.user)}
    first = next(code for code in ("decide", "mine", "open") if code in offered)
    numbers = queues.numbers(request)
    shown = [code for code in ("decide", "sent-back", "mine") if code in offered and (numbers[code] or code == first)]
    sections = [HomeSection(_("At a glance"), "reinstatements/home_tiles.html", {"tiles": tiles(request)}, position=0)]
    sections += [section(request, offered[code], code == first) for code in shown or [first]]
    return [*sections, figures(request)]


def figures(request):
    """Return the charts; whoever has no figures to see has the open cases by age."""
    found = charting.gathered(request.user, timezone.now())
    context = {"charts": found.shown, "rows": found.clients, "counted_at": found.counted_at}
    return HomeSection(_("Figures"), "reinstatements/home_figures.html", context, position=30)


def tiles(request):
    numbers = queues.numbers(request)
    found = []
    for queue in (queues.BREACHED, queues.NEAR, *queues.offered(request.user)):
        if queue.code in TILES:
            label, tone = TILES[queue.code]
            code = queue.code if queue.code in queues.QUEUES else "due"
            url = f"{reverse('queue')}?queue={code}"
            found.append({"label": label, "count": numbers[queue.code], "url": url, "icon": queue.icon, "tone": tone})
    return found


def section(request, queue, is_first):
    """Return the beginning of a queue as a block of the home page."""
    cases = lists.first(queue.cases, request.user, queue.order, queue.code)[:LINES]
    context = {
        "queue": queue,
        "rows": presentation.rows(cases),
        "count": queues.numbers(request)[queue.code],
        "url": f"{reverse('queue')}?queue={queue.code}",
        "is_first": is_first,
    }
    return HomeSection(str(queue.label), "reinstatements/home_cases.html", context, position=10)
