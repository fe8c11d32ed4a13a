"""``erase_again``: after a restore, what had been erased since the backup is erased again."""

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from core import clock
from members.services import erasing


class Command(BaseCommand):
    help = "恢复备份后执行：按删除记录再次清除已删除的个人信息；可重复执行。"

    def handle(self, *args, **options) -> None:
        self.stdout.write(_("再次清除 %(n)d 人的信息。") % {"n": erasing.empty_again(at=clock.now())})
