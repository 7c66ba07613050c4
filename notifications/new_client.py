"""The words of a client's messages on the first day. Its administrators change them as they like."""

from accounts import registries
from notifications import services


@registries.new_client.register("templates")
def give_templates(client):
    services.ensure_templates(client)
