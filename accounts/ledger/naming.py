"""What an entry calls things: an action, and the role in which somebody acts."""

from functools import cache

from accounts import grants
from accounts.models import Origin


def origin_of(actor, client_id):
    """Say in which role somebody acts when the caller does not know better."""
    if actor.is_system:
        return Origin.RULE
    held = grants.roles(actor, client_id)
    if grants.Role.CONTACT in held:
        return Origin.CLIENT_SYSTEM
    return Origin.SUPERVISOR if held & grants.DECIDING_ROLES else Origin.AGENT


def label_of(transition):
    return custom(transition).get("label", transition.__name__)


def action_of(transition):
    """Return what the entry calls it: several transitions that differ in their target only are one action."""
    return action_named(transition.__func__)


@cache
def action_named(function):
    return custom(function).get("action", function.__name__)


def custom(transition):
    return next(iter(transition._django_fsm.transitions.values())).custom
