from django.urls import path

from notices import views, views_announcements

app_name = "notices"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("<int:pk>/", views.inbox_message, name="inbox_message"),
    path("<int:pk>/read/", views.mark_read, name="mark_read"),
    path("read/", views.mark_all_read, name="mark_all_read"),
    path("preferences/", views.preferences, name="preferences"),
    path("preferences/birthday/", views.birthday, name="birthday"),
    path("news/", views_announcements.news, name="news"),
    path("news/<int:pk>/", views_announcements.announcement, name="announcement"),
    path("news/<int:pk>/confirm/", views_announcements.confirm, name="confirm"),
    path("news/<int:pk>/reading/", views_announcements.reading, name="reading"),
    path("public/", views_announcements.public_news, name="public_news"),
    path("public/<int:pk>/", views_announcements.public_announcement, name="public_announcement"),
]
