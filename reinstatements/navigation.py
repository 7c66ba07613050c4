"""The lists of cases that somebody's roles are for, with how much waits in each."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import grants, registries
from accounts.addresses import address
from accounts.registries import NavigationItem
from reinstatements import queues

# The queues that have a place of their own in the menu, with words that fit there.
PLACES = {
    "decide": gettext_lazy("To decide"),
    "mine": gettext_lazy("Mine"),
    "to-start": gettext_lazy("To start"),
    "due": gettext_lazy("Due or late"),
}


@registries.navigation.register("decisions")
def decisions(request):
    if not grants.has_anywhere(request.user, "see_log"):
        return []
    return [
        NavigationItem(_("Decisions"), address("decisions"), "gavel", position=72, group="record"),
        NavigationItem(_("Waivers"), address("waiver_list"), "circle-slash", position=74, group="record"),
    ]


@registries.navigation.register("requests of the past")
def past(request):
    if not grants.has_anywhere(request.user, "audit"):
        return []
    url = address("past_separation")
    return [NavigationItem(_("Duties"), url, "scan-eye", position=74, group="record")]


@registries.navigation.register("policies")
def policies(request):
    """Everybody may know the rules; those who write or check them have them among the setup."""
    if not grants.of(request.user):
        return []
    return [NavigationItem(_("Policies"), address("policy_list"), "scale", position=86, group="setup")]


@registries.navigation.register("team")
def team(request):
    found = []
    if grants.has_anywhere(request.user, "see_figures") and grants.has_anywhere(request.user, "see_log"):
        found.append(NavigationItem(_("Sent back"), address("sent_back"), "undo-2", position=73, group="record"))
    if any(grants.has_anywhere(request.user, can) for can in ("work", "approve")):
        found.append(NavigationItem(_("Next case"), address("next_case"), "play", position=9))
    if grants.has_anywhere(request.user, "work"):
        found.append(NavigationItem(_("Team"), address("team"), "users-round", position=45))
    return found


@registries.navigation.register("working time")
def working_time(request):
    items = []
    if grants.has_anywhere(request.user, "see_figures"):
        items.append(NavigationItem(_("Breaches"), address("breach_list"), "circle-alert", position=71, group="record"))
        url = address("decision_times")
        items.append(NavigationItem(_("Times to decision"), url, "timer", position=75, group="record"))
    elif grants.has_anywhere(request.user, "work"):
        url = f"{address('breach_list')}?held=me"
        items.append(NavigationItem(_("Your breaches"), url, "circle-alert", position=46))
    if grants.has_anywhere(request.user, "configure"):
        url = address("clock_list")
        items.append(NavigationItem(_("Working time"), url, "calendar-clock", position=88, group="setup"))
    return items


@registries.navigation.register("cases")
def cases(request):
    if not grants.has_anywhere(request.user, "see"):
        return []
    url, numbers = address("queue"), queues.numbers(request)
    items = [
        NavigationItem(
            str(PLACES[queue.code]),
            f"{url}?queue={queue.code}",
            queue.icon,
            count=numbers[queue.code] or None,
            position=position,
        )
        for position, queue in enumerate(queues.offered(request.user), start=10)
        if queue.code in PLACES
    ]
    return [*items, NavigationItem(_("Cases"), url, "files", position=40)]
