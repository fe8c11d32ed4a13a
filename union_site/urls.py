"""Every address of the system. A new one belongs in the permission matrix too (tests/matrix/)."""

from django.contrib import admin
from django.urls import include, path

from union_site import views

handler500 = "core.views.errors.failed"
urlpatterns = [
    path("", views.home, name="home"),
    path("health/", views.health, name="health"),
    path("accounts/", views.account, name="account"),
    path("accounts/", include("core.signin.urls")),
    path("admin/", admin.site.urls),
    path("", include("core.urls")),
    path("members/", include("members.urls")),
    path("finance/", include("finance.urls")),
    path("notices/", include("notices.urls")),
    path("welfare/handouts/", include("welfare.handout_urls")),
    path("welfare/", include("welfare.urls")),
]
