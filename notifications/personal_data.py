"""Which columns of this app hold personal data. Templates have placeholders where people would stand."""

from django.utils.translation import gettext_lazy as _

from accounts import masking, personal
from notifications.models import (
    Acknowledgement,
    AlertSettings,
    Delivery,
    LinkedSecret,
    LinkedSystem,
    StaffNotice,
    Template,
    WebhookDelivery,
)

personal.declare(
    Delivery,
    sealed={
        "address": personal.Sealed(_("To send the message and to show where it went"), masking.mask_email),
        "subject": personal.Sealed(_("To show what the member was told")),
        "body": personal.Sealed(_("To show what the member was told")),
    },
    plain=["language", "time_zone", "message_id"],
)
personal.declare(Template, plain=["subject", "body"])
# Codes; the words are made when it is sent and name nobody.
personal.declare(StaffNotice, plain=["event_name", "payload"])
personal.declare(AlertSettings, plain=["unsaid", "staff"])
personal.declare(LinkedSystem, plain=["name", "url"])
# A key of 32 random bytes, wrapped by the keys of the environment.
personal.declare(LinkedSecret, plain=["wrapped"])
# Account numbers, keys, codes, amounts and times; the row's own events, and nobody's data.
personal.declare(WebhookDelivery, plain=["event_name", "body"])
personal.declare(Acknowledgement, plain=["message_id", "digest", "reference", "reason"])
