from django.urls import path

from members.views import dues, joining, people

app_name = "members"
urlpatterns = [
    path("me/", people.my_file, name="my_file"),
    path("", people.my_members, name="my_members"),
    path("<int:pk>/", people.member_detail, name="member_detail"),
    path("roll/<int:pk>.pdf", people.roll_pdf, name="roll_pdf"),
    path("me/dues/", dues.my_dues, name="my_dues"),
    path("me/dues/consent/", dues.consent, name="dues_consent"),
    path("dues/", dues.behind, name="dues_behind"),
    path("join/", joining.join, name="join"),
    path("join/<int:pk>/withdraw/", joining.withdraw, name="join_withdraw"),
    path("join/<int:pk>/form.pdf", joining.form_pdf, name="join_pdf"),
    path("applications/", joining.applications, name="join_applications"),
    path("applications/<int:pk>/", joining.application, name="join_application"),
]
