from notifications.models.alert import AlertSettings
from notifications.models.delivery import Delivery
from notifications.models.notice import StaffNotice
from notifications.models.template import Channel, Event, Template
from notifications.models.webhook import Acknowledgement, LinkedSecret, LinkedSystem, WebhookDelivery

__all__ = [
    "Acknowledgement",
    "AlertSettings",
    "Channel",
    "Delivery",
    "Event",
    "LinkedSecret",
    "LinkedSystem",
    "StaffNotice",
    "Template",
    "WebhookDelivery",
]
