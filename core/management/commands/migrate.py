"""Django's migrate, run as the database's owner, then the application's role gets its rights."""

from django.conf import settings
from django.core.management import call_command
from django.core.management.commands import migrate

from core.database_roles import grant_to_application


class Command(migrate.Command):
    def handle(self, *args, **options):
        if options["database"] == "default" and "owner" in settings.DATABASES:
            options["database"] = "owner"
        super().handle(*args, **options)
        call_command("createcachetable", database=options["database"], verbosity=0)
        grant_to_application()
