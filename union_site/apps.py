from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class UnionSiteConfig(AppConfig):
    name = "union_site"
    verbose_name = "校工会"

    def ready(self) -> None:
        """Tasks belong to our Celery application in every process, not to a default one."""
        from union_site import celery  # noqa: F401


class UnionAdminConfig(AdminConfig):
    default_site = "union_site.admin_site.UnionAdminSite"
