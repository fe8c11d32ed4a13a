from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.module_loading import autodiscover_modules


class UnionSiteConfig(AppConfig):
    name = "union_site"
    verbose_name = "校工会"

    def ready(self) -> None:
        """Tasks belong to our Celery application in every process; every app's drawers that register are read."""
        from union_site import celery  # noqa: F401

        autodiscover_modules("attachments", "tiles", "history", "reminders")


class UnionAdminConfig(AdminConfig):
    default_site = "union_site.admin_site.UnionAdminSite"
