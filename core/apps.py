from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "基础"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from core import audit_export, checks  # noqa: F401
        from core.signin import second_factor  # noqa: F401  (listens to allauth)

        # What each app says of its files, its lists, its books and what it ships.
        autodiscover_modules("attachments", "exports", "books", "reference")
