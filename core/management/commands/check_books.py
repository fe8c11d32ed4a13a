"""`manage.py check_books`: what the books say about themselves. Hourly, and before every archive."""

import logging

from django.core.management.base import BaseCommand, CommandError

from core import audit, books

log = logging.getLogger(__name__)


class BooksWrong(CommandError):
    """Something does not hold: so many ``breaks`` of the audit's chain, so many ``differences`` of the books."""

    breaks = differences = 0

    @classmethod
    def of(cls, *, breaks: int, differences: int) -> "BooksWrong":
        wrong = cls(f"{breaks + differences} 处差异", returncode=1)
        wrong.breaks, wrong.differences = breaks, differences
        return wrong


class Command(BaseCommand):
    help = "核对账目与审计链；有差异时退出码为 1。"

    def add_arguments(self, parser):
        parser.add_argument("--anchor", default="", help="以前打印并另行保存的链头，如 120:ab12…：核对它仍在链上")

    def handle(self, *args, anchor="", **options):
        breaks = [f"审计记录 {found.position}：{found.problem}" for found in audit.verify_chain()]
        if anchor and not audit.holds(anchor):
            breaks.append(f"审计链头 {anchor} 已不在链上")
        differences = [str(difference) for difference in books.differences()]
        for wrong in breaks + differences:
            log.critical("check_books: %s", wrong)
            self.stderr.write(wrong)
        self.stdout.write(f"审计链头 {audit.anchor()}")
        if breaks or differences:
            raise BooksWrong.of(breaks=len(breaks), differences=len(differences))
        self.stdout.write("没有差异")
