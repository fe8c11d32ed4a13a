from django.urls import path

from members.views import dues, people

app_name = "members"
urlpatterns = [
    path("me/", people.my_file, name="my_file"),
    path("", people.my_members, name="my_members"),
    path("<int:pk>/", people.member_detail, name="member_detail"),
    path("roll/<int:pk>.pdf", people.roll_pdf, name="roll_pdf"),
    path("me/dues/", dues.my_dues, name="my_dues"),
    path("me/dues/consent/", dues.consent, name="dues_consent"),
    path("dues/", dues.behind, name="dues_behind"),
]
