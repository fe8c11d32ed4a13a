"""``load_reference``: policy presets and the calendar. Run it after every upgrade; it never changes what is there."""

from django.core.management.base import BaseCommand

from core.presets import load_calendar, load_rules


class Command(BaseCommand):
    help = "载入参考数据：各省政策参数预设、节假日与调休。可重复运行，不改动已有记录。"

    def handle(self, *args, **options) -> None:
        days, rules = load_calendar(), load_rules()
        if options["verbosity"]:
            self.stdout.write(f"节假日与调休：新增 {days} 天；政策参数：新增 {rules} 条。")
