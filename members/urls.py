from django.urls import path

from members import views

app_name = "members"
urlpatterns = [
    path("me/", views.my_file, name="my_file"),
    path("", views.my_members, name="my_members"),
    path("<int:pk>/", views.member_detail, name="member_detail"),
    path("roll/<int:pk>.pdf", views.roll_pdf, name="roll_pdf"),
]
