"""`manage.py check_books`: what the books say about themselves. Hourly, and before every archive."""

import logging

from django.core.management.base import BaseCommand, CommandError

from core import audit, books

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "核对账目与审计链；有差异时退出码为 1。"

    def add_arguments(self, parser):
        parser.add_argument("--anchor", default="", help="以前打印并另行保存的链头，如 120:ab12…：核对它仍在链上")

    def handle(self, *args, anchor="", **options):
        differences = [f"审计记录 {found.position}：{found.problem}" for found in audit.verify_chain()]
        if anchor and not audit.holds(anchor):
            differences.append(f"审计链头 {anchor} 已不在链上")
        differences += map(str, books.differences())
        for difference in differences:
            log.critical("check_books: %s", difference)
            self.stderr.write(difference)
        self.stdout.write(f"审计链头 {audit.anchor()}")
        if differences:
            raise CommandError(f"{len(differences)} 处差异", returncode=1)
        self.stdout.write("没有差异")
