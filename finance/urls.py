from django.urls import path

from finance.views import branches

app_name = "finance"
urlpatterns = [
    path("branch/", branches.branch_fund, name="branch_fund"),
    path("branch/<int:pk>/", branches.branch_line, name="branch_line"),
]
