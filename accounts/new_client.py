"""The reasons that a client's staff choose from on the first day. Its administrators change them as they like."""

from accounts import reasons, registries
from accounts.models import AccountSettings, OverdueLadder, ReasonCode, SignalSettings
from accounts.models.settings import usual


@registries.new_client.register("reasons")
def give_reasons(client):
    held = set(ReasonCode.objects.filter(client=client).values_list("use", "code"))
    for use, codes in reasons.defaults(client.industry).items():
        for position, (code, label) in enumerate(codes):
            if (use, code) not in held:
                ReasonCode.objects.create(client=client, use=use, code=code, label=str(label), position=position)


@registries.new_client.register("overdue ladder")
def give_ladder(client):
    """Give a ladder to begin with: reminded after 30 days, held after 40, suspended after 50."""
    steps = [[30, "remind"], [40, "hold"], [50, "suspend"]]
    OverdueLadder.objects.get_or_create(client=client, defaults={"steps": steps})


@registries.new_client.register("account settings")
def give_settings(client):
    """Say what is usual in the industry: what an account needs, and what a review stops."""
    AccountSettings.objects.get_or_create(client=client, defaults=usual(client.industry))


@registries.new_client.register("signals")
def give_rules_for_signals(client):
    """Give the product's own numbers, and no working hours: until somebody says them, no hour is unusual."""
    SignalSettings.objects.get_or_create(client=client)
