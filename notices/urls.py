from django.urls import path

from notices.views import announcements, inbox

app_name = "notices"
urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("<int:pk>/", inbox.inbox_message, name="inbox_message"),
    path("<int:pk>/read/", inbox.mark_read, name="mark_read"),
    path("read/", inbox.mark_all_read, name="mark_all_read"),
    path("preferences/", inbox.preferences, name="preferences"),
    path("preferences/birthday/", inbox.birthday, name="birthday"),
    path("news/", announcements.news, name="news"),
    path("news/<int:pk>/", announcements.announcement, name="announcement"),
    path("news/<int:pk>/confirm/", announcements.confirm, name="confirm"),
    path("news/<int:pk>/reading/", announcements.reading, name="reading"),
    path("public/", announcements.public_news, name="public_news"),
    path("public/<int:pk>/", announcements.public_announcement, name="public_announcement"),
]
