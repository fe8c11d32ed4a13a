"""Why a file is not taken, in the words that the person who sent it reads."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.files.codes import Unfit
from core.spreadsheets.codes import Unreadable
from core.spreadsheets.refusals import KINDS, cannot_read


class CannotTake(DomainError):
    """The file is not taken, nothing of it is kept. ``code`` is an ``Unfit`` or, for office files, ``Unreadable``."""


_WORDS = {
    Unfit.ACTIVE_CONTENT: _("PDF 内含脚本、附件或可执行的动作（%(what)s）。请用“打印为 PDF”重新生成后再传。"),
    Unfit.DAMAGED: _("文件已损坏或不完整，请重新拍照、扫描或另存后再传。"),
    Unfit.DYNAMIC_DATA: _("文件内有会取用外部数据或启动程序的域或公式，请删除后再传。"),
    Unfit.EMPTY: _("文件是空的。"),
    Unfit.ENCRYPTED: _("文件设了密码，请取消密码后再传。"),
    Unfit.INFECTED: _("文件含有病毒或恶意程序（%(what)s），没有上传。请杀毒后再传，并检查您的电脑。"),
    Unfit.NAME_DOES_NOT_FIT: _("文件名的后缀与内容不符：内容是%(kind)s，文件名应以 %(ending)s 结尾。"),
    Unfit.NOT_ALLOWED: _(
        "内容是%(kind)s，不能上传。可以上传照片（JPEG、PNG）、PDF、Excel（.xlsx）、Word（.docx）和 CSV。"
    ),
    Unfit.TOO_LARGE: _("文件大小 %(actual)s MB，上限 %(limit)s MB。"),
    Unfit.TOO_MANY_BYTES_TODAY: _("您今天上传的文件合计已接近上限 %(limit)s MB，请明天再传，或压缩后再传。"),
    Unfit.TOO_MANY_FILES_TODAY: _("您今天已上传 %(limit)s 个文件，请明天再传。"),
    Unfit.TOO_MANY_PAGES: _("PDF 超过 %(limit)s 页，请分成几个文件。"),
    Unfit.TOO_MANY_PIXELS: _("照片超过 %(limit)s 万像素，请缩小后再传。"),
    Unfit.TOO_MUCH_MEMORY: _("打开这个文件需要的内存超过 %(limit)s MB，请缩小后再传。"),
    Unfit.TOO_SLOW: _("这个文件太复杂，%(limit)s 秒内没有检查完，请拆分或简化后再传。"),
    Unfit.UNSCANNED: _("病毒扫描服务暂不可用，文件没有上传，请稍后再试。"),
}
_KINDS = KINDS | {
    "csv": _("CSV 表格"),
    "heic": _("HEIC 照片（苹果手机请在“设置 - 相机 - 格式”中选“兼容性最佳”，或把照片转成 JPEG）"),
    "jpeg": _("JPEG 照片"),
    "picture": _("其他格式的图片"),
    "png": _("PNG 图片"),
}


def cannot_take(code: str, filename: str, facts: dict[str, Any]) -> CannotTake:
    """The refusal to raise: which file, what is wrong, the limit."""
    if code not in set(Unfit):
        refused = cannot_read(Unreadable(code), filename, facts)
        return CannotTake(refused.code, refused.message)
    if "kind" in facts:
        facts = {**facts, "kind": _KINDS[facts["kind"]]}
    unfit = Unfit(code)
    return CannotTake(unfit, _("“%(file)s”：") % {"file": filename} + _WORDS[unfit] % facts)
