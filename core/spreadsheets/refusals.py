"""Why a file is refused, in the words that the person who sent it reads."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.spreadsheets.codes import Unreadable


class CannotRead(DomainError):
    """The file cannot be read, or must not be."""


KINDS = {
    "archive": _("压缩包"),
    "docx": _("Word 文档"),
    "html": _("网页（有的系统把网页存成 .xls 或 .xlsx）"),
    "not_a_file": _("设备或管道"),
    "ods": _("OpenDocument 表格（.ods）"),
    "ole": _("旧版 Office 文件"),
    "pdf": _("PDF"),
    "picture": _("图片"),
    "program": _("程序"),
    "text": _("纯文本"),
    "unknown": _("无法识别的内容"),
    "utf16": _("UTF-16 文本"),
    "xls": _("旧版 Excel（.xls）"),
    "xlsb": _("二进制 Excel（.xlsb）"),
    "xlsx": _("Excel 工作簿（.xlsx）"),
    "xml": _("XML 文本"),
}

_MESSAGES = {
    Unreadable.BAD_ENCODING: _("第 %(line)s 行既不是 UTF-8 也不是 GB18030 编码，请另存为 UTF-8 的 CSV。"),
    Unreadable.CELL_TOO_LONG: _("单元格 %(where)s 的内容超过 %(limit)s 个字符。"),
    Unreadable.DAMAGED: _("文件已损坏或不完整（%(where)s）。请用 Excel 或 WPS 打开，另存为 .xlsx 后再试。"),
    Unreadable.DOCTYPE: _("文件内的 %(where)s 含有 DTD 或实体定义，正常的表格没有这些内容。"),
    Unreadable.EMBEDDED_OBJECT: _("文件内嵌了其他文件或控件（%(where)s），请删除后再试。"),
    Unreadable.EMPTY: _("文件是空的。"),
    Unreadable.ENCRYPTED: _("文件设了打开密码，请取消密码后再试。"),
    Unreadable.EXPANDS_TOO_MUCH: _(
        "文件解压后过大（%(where)s：%(actual)s，上限 %(limit)s）。请删除多余的空行和格式后再试。"
    ),
    Unreadable.EXTERNAL_CONTENT: _(
        "文件引用了外部工作簿或数据（%(where)s）。请在“数据”-“编辑链接”中断开链接后再试。"
    ),
    Unreadable.MACROS: _("文件含有宏（%(where)s），请另存为不含宏的 .xlsx 后再试。"),
    Unreadable.NESTED_ARCHIVE: _("文件内还有压缩包（%(where)s）。"),
    Unreadable.NUL_BYTES: _("第 %(line)s 行含有空字符（NUL），这不是文本文件。"),
    Unreadable.TOO_LARGE: _("文件大小 %(actual)s MB，上限 %(limit)s MB。"),
    Unreadable.TOO_MANY_COLUMNS: _("单元格 %(where)s 超出了 %(limit)s 列的上限，请删除右侧多余的列。"),
    Unreadable.TOO_MANY_MEMBERS: _("文件内有 %(actual)s 个部件，上限 %(limit)s 个。"),
    Unreadable.TOO_MANY_ROWS: _("单元格 %(where)s 超出了 %(limit)s 行的上限，请分成几个文件。"),
    Unreadable.TOO_MANY_SHEETS: _("有 %(actual)s 张工作表，上限 %(limit)s 张。"),
    Unreadable.TOO_MUCH_MEMORY: _("读取需要的内存超过 %(limit)s MB。请删除多余的单元格，或分成几个文件。"),
    Unreadable.TOO_SLOW: _("读取超过 %(limit)s 秒。请分成几个文件。"),
    Unreadable.UNSAFE_MEMBER: _("文件内的部件 %(where)s 名称或类型不安全。"),
    Unreadable.WRONG_TYPE: _("内容是%(kind)s。只能读取 .xlsx 和 .csv，并且文件名要与内容一致。"),
}


def cannot_read(code: Unreadable, filename: str, facts: dict[str, Any]) -> CannotRead:
    """The refusal to raise: which file, what is wrong, where, the limit."""
    if "kind" in facts:
        facts = {**facts, "kind": KINDS[facts["kind"]]}
    return CannotRead(code, _("“%(file)s”：") % {"file": filename} + _MESSAGES[code] % facts)
