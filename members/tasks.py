"""What a worker says for the register; the words stand nowhere else (core/telling.py)."""

from django.utils.translation import gettext as _

from core import telling


@telling.words("members.join_admitted")
def join_admitted(*, application: int) -> tuple[str, str]:
    return _("您的入会申请已获批准"), _("欢迎加入工会！会员证号和会籍可在“我的档案”中查看。")


@telling.words("members.join_returned")
def join_returned(*, application: int) -> tuple[str, str]:
    return _("您的入会申请需要补正"), _("申请已退回，请在“加入工会”中查看原因，补正后重新提交。")


@telling.words("members.join_rejected")
def join_rejected(*, application: int) -> tuple[str, str]:
    return _("您的入会申请未获批准"), _("原因请在“加入工会”中查看；如有疑问，请联系校工会办公室。")
