"""``send_due [--on DATE]``: make and deliver what is due, here and now. Idempotent; several may run at once."""

from datetime import date

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import clock
from core.errors import DomainError
from notices.services.delivery import deliver_due
from notices.services.digests import deliver_all_digests, make_digests
from notices.services.due import make_due
from notices.services.group_posts import deliver_posts


class Command(BaseCommand):
    help = "生成并发送到期的提醒；重复运行或同时运行不会重发。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=date.fromisoformat, help="按哪一天（YYYY-MM-DD）计算，默认今天")

    def handle(self, *args, **options) -> None:
        at = clock.now()
        on = options["on"] or clock.local_date(at)
        try:
            made = make_due(on=on, at=at)
        except DomainError as refused:  # a day beyond the lunar calendar
            raise CommandError(refused.message) from refused
        except OverflowError as refused:
            raise CommandError("日期超出可计算的范围。") from refused
        tally = deliver_due(on=on)
        make_digests(on=on, at=at)
        tally += deliver_all_digests(on=on)
        tally += deliver_posts(on=on)
        self.stdout.write(
            f"{on}：新提醒 {made.reminders} 条，补发期限已过 {made.too_late} 条；"
            f"送达 {tally.sent} 条，失败 {tally.failed} 条，不发送 {tally.skipped} 条，等待 {tally.waiting} 条。"
        )
        if tally.waiting:
            self.stderr.write("邮件服务器连接不上，或群机器人连接不上：消息已留存，将由下一次运行发送。")
