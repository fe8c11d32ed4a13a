"""``hr_feed [--folder DIR] [--on DATE]``: the daily files of HR are compared; a clerk confirms the lines."""

from datetime import date
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from core import clock
from members.feed_codes import FeedState
from members.services.feed_folder import take_folder


class Command(BaseCommand):
    help = "比对人事日报文件夹中的新文件，变化由干事逐行确认。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=Path, default=None, help="默认为环境变量 HR_FEED_DIR")
        parser.add_argument("--on", type=date.fromisoformat, metavar="YYYY-MM-DD", help="文件名没有日期时的日报日期")

    def handle(self, *args, folder: Path | None, on: date | None, **options) -> None:
        folder = folder or (Path(settings.HR_FEED_DIR) if settings.HR_FEED_DIR else None)
        if folder is None or not folder.is_dir():
            raise CommandError(_("没有这个文件夹：%(folder)s") % {"folder": folder or "HR_FEED_DIR"}, returncode=2)
        outcome = take_folder(folder=folder, on=on, at=clock.now())
        for run in outcome.runs:
            held = _("，人数异常，须先核实") if run.state == FeedState.HELD else ""
            facts = {"run": run.filename, "people": run.people, "lines": run.changes.count()}
            self.stdout.write(_("%(run)s：%(people)d 人，%(lines)d 处变化") % facts + held)
        for name in outcome.known:
            self.stdout.write(_("%(name)s：以前比对过") % {"name": name})
        for name in outcome.waiting:
            self.stdout.write(_("%(name)s：可能还没有写完，下次再取") % {"name": name})
        for name, why in outcome.refused:
            self.stderr.write(f"{name}：{why}")
        if outcome.refused:
            raise CommandError(_("有 %(count)d 个文件无法使用。") % {"count": len(outcome.refused)})
