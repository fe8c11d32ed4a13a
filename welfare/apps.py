from django.apps import AppConfig


class WelfareConfig(AppConfig):
    name = "welfare"
    verbose_name = "福利慰问"
    default_auto_field = "django.db.models.BigAutoField"
