from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import grants, registries
from accounts.registries import NavigationItem


@registries.navigation.register("messages")
def items(request):
    if not grants.has_anywhere(request.user, "see_log"):
        return []
    return [NavigationItem(_("Messages"), reverse("delivery_list"), "mail", position=75, group="record")]
