from django.urls import path

from notifications import views

urlpatterns = [
    path("messages/", views.delivery_list, name="delivery_list"),
    path("messages/<uuid:pk>/", views.delivery, name="delivery"),
]
