from django.utils.translation import gettext as _

from accounts import grants, registries, standins
from accounts.addresses import address
from accounts.registries import Counted, NavigationItem
from notifications.models import WebhookDelivery

registries.counted.register(
    "billing",
    Counted(
        lambda user: WebhookDelivery.objects.filter(client__in=grants.client_ids(user, "assign")).unsettled(
            standins.now(user)
        ),
        capability="assign",
    ),
)


@registries.navigation.register("messages")
def items(request):
    if not grants.has_anywhere(request.user, "see_log"):
        return []
    return [NavigationItem(_("Messages"), address("delivery_list"), "mail", position=75, group="record")]


@registries.navigation.register("alerts")
def alerts(request):
    if grants.has_anywhere(request.user, "configure"):
        url = address("alert_settings_list")
        return [NavigationItem(_("Alerts"), url, "bell-ring", position=89, group="setup")]
    if grants.has_anywhere(request.user, "see_log"):
        return [NavigationItem(_("Alerts"), address("alert_list"), "bell-ring", position=76, group="record")]
    return []


@registries.navigation.register("linked systems")
def linked(request):
    found = []
    if grants.has_anywhere(request.user, "assign") and (count := standins.numbers(request)["billing"]):
        found.append(NavigationItem(_("Billing to settle"), address("billing_list"), "receipt", count, position=56))
    if grants.has_anywhere(request.user, "configure"):
        url = address("linked_system_list")
        found.append(NavigationItem(_("Linked systems"), url, "cable", position=88, group="setup"))
    elif grants.has_anywhere(request.user, "see_log"):
        url = address("webhook_list")
        found.append(NavigationItem(_("Linked systems"), url, "cable", position=76, group="record"))
    return found
