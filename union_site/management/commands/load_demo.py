"""`./run` calls this on its first start."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from core import clock
from members.models import Member
from union_site import demo


class Command(BaseCommand):
    help = "Load the invented school's year and one account per role into an empty database."

    @transaction.atomic  # all of it or nothing, the sign-ins' file included: a killed start is simply done again
    def handle(self, *args, **options):
        if settings.MODE == "production":
            raise CommandError("生产环境不加载演示数据。")
        if Member.objects.exists():
            raise CommandError("数据库中已有会员，未加载演示数据。")
        accounts = demo.load(at=clock.now())
        settings.UNION_HOME.mkdir(parents=True, exist_ok=True)
        path = settings.UNION_HOME / "demo-accounts.txt"
        path.write_text(accounts, encoding="utf-8")
        path.chmod(0o600)
        self.stdout.write(accounts)
