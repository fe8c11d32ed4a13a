"""Django's migrate, run as the owner; then new tables get the audit's triggers and the application its rights."""

from django.conf import settings
from django.core.management import call_command
from django.core.management.commands import migrate

from core.database_roles import grant_to_application
from core.row_states import track_all


class Command(migrate.Command):
    def handle(self, *args, **options):
        if options["database"] == "default" and "owner" in settings.DATABASES:
            options["database"] = "owner"
        super().handle(*args, **options)
        call_command("createcachetable", database=options["database"], verbosity=0)
        track_all()
        grant_to_application()
