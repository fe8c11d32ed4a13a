from django.urls import path

from members.views import chart, dues, families, homes, honours, joining, people

app_name = "members"
urlpatterns = [
    path("me/", people.my_file, name="my_file"),
    path("", people.my_members, name="my_members"),
    path("<int:pk>/", people.member_detail, name="member_detail"),
    path("roll/<int:pk>.pdf", people.roll_pdf, name="roll_pdf"),
    path("me/dues/", dues.my_dues, name="my_dues"),
    path("me/dues/consent/", dues.consent, name="dues_consent"),
    path("dues/", dues.behind, name="dues_behind"),
    path("me/family/", families.my_family, name="my_family"),
    path("me/family/consent/", families.consent, name="family_consent"),
    path("me/family/<int:pk>/remove/", families.remove, name="family_remove"),
    path("me/honours/", honours.my_honours, name="my_honours"),
    path("me/honours/<int:pk>/", honours.my_honour, name="my_honour"),
    path("honours/", honours.to_check, name="honours_to_check"),
    path("honours/<int:pk>/", honours.check, name="honour_check"),
    path("homes/", homes.my_homes, name="homes"),
    path("homes/start/<int:pk>/", homes.start, name="home_start"),
    path("homes/<int:pk>/", homes.sheet, name="home"),
    path("homes/<int:pk>/sheet.pdf", homes.sheet_pdf, name="home_pdf"),
    path("chart/", chart.chart, name="chart"),
    path("chart.pdf", chart.chart_pdf, name="chart_pdf"),
    path("join/", joining.join, name="join"),
    path("join/<int:pk>/withdraw/", joining.withdraw, name="join_withdraw"),
    path("join/<int:pk>/form.pdf", joining.form_pdf, name="join_pdf"),
    path("applications/", joining.applications, name="join_applications"),
    path("applications/<int:pk>/", joining.application, name="join_application"),
]
