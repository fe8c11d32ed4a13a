from django.urls import path

from welfare.views import branches, own

app_name = "welfare"
urlpatterns = [
    path("me/", own.my_benefits, name="my_benefits"),
    path("branch/", branches.branch_runs, name="branch_runs"),
    path("branch/<int:pk>/", branches.branch_run, name="branch_run"),
]
