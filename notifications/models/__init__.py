from notifications.models.delivery import Delivery
from notifications.models.notice import StaffNotice
from notifications.models.template import Channel, Event, Template

__all__ = ["Channel", "Delivery", "Event", "StaffNotice", "Template"]
