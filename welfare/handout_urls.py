from django.urls import path

from welfare.views import choices, handouts

app_name = "handouts"
urlpatterns = [
    path("", handouts.runs, name="runs"),
    path("choices/", choices.choices, name="choices"),
    path("choices/<int:pk>/", choices.choice, name="choice"),
    path("<int:pk>/", handouts.table, name="table"),
    path("<int:pk>/progress/", handouts.progress, name="progress"),
    path("<int:pk>/give/", handouts.give, name="give"),
    path("<int:pk>/scan/", handouts.scan, name="scan"),
    path("<int:pk>/scanned/", handouts.scanned, name="scanned"),
    path("<int:pk>/sheet/<int:branch>.pdf", handouts.sheet, name="sheet"),
    path("<int:pk>/people/<int:share>/", handouts.share, name="share"),
]
