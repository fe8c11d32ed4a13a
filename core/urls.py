from django.urls import path

from core import views

urlpatterns = [
    path("files/<uuid:pk>/", views.attachment, name="attachment"),
]
