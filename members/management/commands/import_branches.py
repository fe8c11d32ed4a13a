"""``import_branches FILE [--json]``: the union's branches and their aliases from csv or xlsx."""

import json
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.commands import actor_of
from core.errors import DomainError
from members.services.branch_list import import_branches

_SUMMARY = gettext_lazy("接受 %(accepted)d 个分工会：新增 %(created)d，更新 %(changed)d，未变 %(unchanged)d。")


class Command(BaseCommand):
    help = "导入分工会名单（名称、别名）。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--actor", metavar="STAFF_NO", help="操作人工号；不填记为系统")
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, *args, file: Path, actor: str | None, **options) -> None:
        if not file.is_file():
            raise CommandError(_("没有这个文件：%(file)s") % {"file": file}, returncode=2)
        person = actor_of(actor)
        try:
            report = import_branches(path=file, actor=person, at=clock.now())
        except DomainError as refused:
            raise CommandError(refused.message) from refused
        except PermissionDenied as refused:
            raise CommandError(_("该账号无权导入分工会。")) from refused
        figures = report.as_json()
        self.stdout.write(json.dumps(figures, ensure_ascii=False) if options["json"] else _SUMMARY % figures)
