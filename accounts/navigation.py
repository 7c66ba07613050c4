"""The places of this app, for those whose roles lead there."""

from django.contrib import admin
from django.utils.translation import gettext as _

from accounts import grants, registries, standins
from accounts.addresses import address
from accounts.context import files_ready
from accounts.models import AccountMerge, AccountSettings, ContactAttempt, CustomerQuery, EndingProposal, Signal
from accounts.registries import Counted, NavigationItem

registries.counted.register("merges", Counted(lambda user: AccountMerge.objects.for_user(user).waiting()))
registries.counted.register(
    "signals", Counted(lambda user: Signal.objects.for_user(user).waiting(), capability="judge_signals")
)
registries.counted.register(
    "queries", Counted(lambda user: CustomerQuery.objects.for_user(user).open(), capability="work")
)
registries.counted.register(
    "call_backs",
    Counted(lambda user: ContactAttempt.objects.for_user(user).due(standins.now(user)), capability="work"),
)
registries.counted.register("endings", Counted(lambda user: EndingProposal.objects.for_user(user).waiting()))
registries.counted.register(
    "ends_need_two", Counted(lambda user: AccountSettings.objects.for_user(user).filter(ends_need_two=True))
)


@registries.navigation.register("accounts")
def accounts(request):
    items = [NavigationItem(_("Home"), address("home"), "house", position=0)]
    if grants.has_anywhere(request.user, "see"):
        items.append(NavigationItem(_("Accounts"), address("account_list"), "users", position=60))
        items.append(NavigationItem(_("Memberships"), address("membership_list"), "layers", position=62))
        count = standins.numbers(request)["merges"] or None
        items.append(NavigationItem(_("Merges"), address("merge_list"), "git-merge", count, position=64))
    return items


@registries.navigation.register("signals")
def signals(request):
    if not grants.has_anywhere(request.user, "judge_signals"):
        return []
    count = standins.numbers(request)["signals"] or None
    return [NavigationItem(_("Signals"), address("signal_list"), "siren", count, position=50)]


@registries.navigation.register("queries")
def queries(request):
    if not grants.has_anywhere(request.user, "work"):
        return []
    count = standins.numbers(request)["queries"] or None
    return [NavigationItem(_("Open queries"), address("query_list"), "message-circle", count, position=52)]


@registries.navigation.register("calls")
def calls(request):
    if not grants.has_anywhere(request.user, "work"):
        return []
    count = standins.numbers(request)["call_backs"] or None
    return [
        NavigationItem(_("Call"), address("call"), "phone", position=53),
        NavigationItem(_("Call-backs"), address("call_back_list"), "phone-outgoing", count, position=54),
    ]


@registries.navigation.register("standing in")
def standing_in(request):
    if not grants.has_anywhere(request.user, "reveal"):
        return []
    return [NavigationItem(_("Standing in"), address("delegations"), "user-round-check", position=46)]


@registries.navigation.register("endings")
def endings(request):
    """Offer the list where a client wants two people, or something still waits from when it did."""
    if not grants.has_anywhere(request.user, "see"):
        return []
    numbers = standins.numbers(request)
    if not (numbers["endings"] or numbers["ends_need_two"]):
        return []
    count = numbers["endings"] or None
    return [NavigationItem(_("Closings"), address("ending_list"), "lock", count, position=66)]


@registries.navigation.register("record")
def record(request):
    items = []
    if grants.has_anywhere(request.user, "see_log"):
        items.append(NavigationItem(_("Status log"), address("log"), "scroll-text", position=70, group="record"))
        items.append(NavigationItem(_("Differences"), address("difference_list"), "scale", position=77, group="record"))
    if grants.has_anywhere(request.user, "see_access"):
        waiting = len(files_ready(request)) or None
        items.append(
            NavigationItem(_("Exports"), address("exports"), "file-down", waiting, position=78, group="record")
        )
        items.append(NavigationItem(_("Access"), address("access"), "eye", position=80, group="record"))
    return items


@registries.navigation.register("setup")
def setup(request):
    items = []
    if grants.has_anywhere(request.user, "grant"):
        items.append(NavigationItem(_("Staff and roles"), address("staff"), "user-cog", position=85, group="setup"))
    if grants.has_anywhere(request.user, "train"):
        url = address("training_list")
        items.append(NavigationItem(_("Training"), url, "graduation-cap", position=86, group="setup"))
    if grants.has_anywhere(request.user, "configure"):
        items.append(NavigationItem(_("Imports"), address("import_list"), "file-input", position=87, group="setup"))
        if not grants.has_anywhere(request.user, "see_log"):
            items.append(
                NavigationItem(_("Differences"), address("difference_list"), "scale", position=88, group="setup")
            )
    if grants.has_anywhere(request.user, "configure") and admin.site.has_permission(request):
        url = address("admin:index")
        items.append(NavigationItem(_("Configuration"), url, "settings", position=90, group="setup"))
    return items
