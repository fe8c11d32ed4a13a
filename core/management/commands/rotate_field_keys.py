"""`manage.py rotate_field_keys`: seal everything under the first of FIELD_KEYS; then the old key may go.

Put the new key second and restart everything, so that all can read it; put it first and restart; run this.
"""

from django.core.management.base import BaseCommand, CommandError

from core import audit, clock
from core.sealed import CannotOpen, current_key_id
from core.sealed_columns import Column, all_columns
from core.services import rotation


class Command(BaseCommand):
    help = "用 FIELD_KEYS 的第一把密钥重新加密全部敏感信息。"

    def handle(self, *args, **options):
        counts = {}
        for column in all_columns():
            counts[str(column)] = self._rotate(column)
            self.stdout.write(f"{column}：{counts[str(column)]}")
        data = {"key": current_key_id(), **counts}
        audit.record(actor=None, action="core.field_key.rotated", data=data, at=clock.now())
        self.stdout.write(f"全部使用密钥 {current_key_id()}，旧密钥可以移除。")

    def _rotate(self, column: Column) -> int:
        try:
            count = rotation.rotate(column)
        except CannotOpen:
            count = 0
        except rotation.StillWritten:
            raise CommandError(f"{column}：仍有进程在使用旧密钥写入，请全部重启后再试") from None
        if broken := rotation.unreadable(column):
            rows = ", ".join(map(str, broken[:20]))
            raise CommandError(f"{column}：{len(broken)} 条记录打不开，缺少密钥或已损坏：{rows}")
        return count
