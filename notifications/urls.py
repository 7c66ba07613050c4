from django.urls import path

from notifications.views.acknowledge import linked_acknowledge
from notifications.views.alerts import alert_list, alert_settings, alert_settings_list
from notifications.views.linked import (
    linked_system,
    linked_system_change,
    linked_system_list,
    linked_system_new,
    linked_system_pause,
    linked_system_resume,
    linked_system_rotate,
    linked_system_test,
)
from notifications.views.messages import delivery, delivery_list
from notifications.views.webhooks import billing_list, billing_settle, webhook, webhook_list, webhook_send_again

urlpatterns = [
    path("messages/", delivery_list, name="delivery_list"),
    path("messages/<uuid:pk>/", delivery, name="delivery"),
    path("alerts/", alert_list, name="alert_list"),
    path("alerts/settings/", alert_settings_list, name="alert_settings_list"),
    path("alerts/settings/<slug:code>/", alert_settings, name="alert_settings"),
    path("linked/", linked_system_list, name="linked_system_list"),
    path("linked/new/", linked_system_new, name="linked_system_new"),
    path("linked/messages/", webhook_list, name="webhook_list"),
    path("linked/messages/<uuid:pk>/", webhook, name="webhook"),
    path("linked/messages/<uuid:pk>/send-again/", webhook_send_again, name="webhook_send_again"),
    path("linked/billing/", billing_list, name="billing_list"),
    path("linked/billing/<uuid:pk>/", billing_settle, name="billing_settle"),
    path("linked/<uuid:pk>/", linked_system, name="linked_system"),
    path("linked/<uuid:pk>/change/", linked_system_change, name="linked_system_change"),
    path("linked/<uuid:pk>/secret/", linked_system_rotate, name="linked_system_rotate"),
    path("linked/<uuid:pk>/pause/", linked_system_pause, name="linked_system_pause"),
    path("linked/<uuid:pk>/resume/", linked_system_resume, name="linked_system_resume"),
    path("linked/<uuid:pk>/test/", linked_system_test, name="linked_system_test"),
    path("linked/<uuid:pk>/acknowledge/", linked_acknowledge, name="linked_acknowledge"),
]
