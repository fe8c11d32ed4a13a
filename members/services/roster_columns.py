"""Where a roster keeps what: the header row below the titles, its wordings, and the rows that are no people."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import NamedTuple

from core.spreadsheets.sheets import Row

# Field -> its wordings without spaces, brackets and marks. Of several columns for one field the earlier wording
# counts, but not where a mistake would be silent: see ``ONE_COLUMN_ONLY``.
WORDINGS: dict[str, tuple[str, ...]] = {
    "staff_no": (
        *("工号", "职工号", "职工编号", "职工工号", "人员编号", "人员工号", "教工号", "教工编号", "教职工号"),
        *("教职工编号", "教职工工号", "教师工号", "员工号", "员工编号", "员工工号", "人事编号", "工作证号"),
    ),
    "name": ("姓名", "会员姓名", "职工姓名", "教工姓名", "教职工姓名", "教师姓名", "员工姓名", "人员姓名", "名字"),
    "sex": ("性别",),
    "ethnicity": ("民族", "族别"),
    "birth_on": ("出生日期", "出生年月日", "出生年月", "出生时间", "生日", "出生"),
    "id_number": (
        *("身份证号", "身份证号码", "身份证", "居民身份证号", "居民身份证号码", "公民身份号码", "公民身份证号码"),
        *("证件号码", "证件号", "身份证件号", "身份证件号码", "身份号码"),
    ),
    "political_status": ("政治面貌", "政治身份", "党派"),
    "education": ("最高学历", "学历", "文化程度", "学历层次"),
    "title": ("职称", "专业技术职称", "专业技术职务", "职称名称", "专业职称", "技术职称"),
    "department_name": (
        *("所在部门", "部门", "所属部门", "工作部门", "部门名称", "所在单位", "工作单位", "单位", "单位名称"),
        *("所属单位", "二级单位", "院系", "所在院系", "行政部门"),
    ),
    "branch": (
        *("所属分工会", "分工会", "所在分工会", "分工会名称", "所属工会", "所在工会", "工会名称", "工会组织"),
        *("所属工会组织", "部门工会", "所属部门工会", "二级工会", "所属二级工会", "基层工会", "分会", "所属分会"),
    ),
    "hired_on": (
        *("入校时间", "入校日期", "来校时间", "来校日期", "来校工作时间", "到校时间", "到校日期", "进校时间"),
        *("进校日期", "入职时间", "入职日期", "本校工作时间"),
    ),
    "joined_on": (
        *("入会时间", "入会日期", "加入工会时间", "加入工会日期", "入会年月", "加入时间", "加入日期"),
        *("工会入会时间", "工会入会日期", "会籍起始日期"),
    ),
    "phone": (
        *("手机号码", "手机", "手机号", "移动电话", "移动电话号码", "联系手机", "联系电话", "联系方式"),
        *("电话", "电话号码"),
    ),
    "email": ("电子邮箱", "邮箱", "电子邮件", "邮件", "邮箱地址", "电子邮箱地址", "e-mail", "email"),
    "bank_card": (
        *("银行卡号", "工资卡号", "银行卡", "工资卡", "银行账号", "银行帐号", "工资账号", "工资帐号", "卡号"),
        *("银行卡账号", "银行卡帐号", "工资卡账号", "工资卡帐号", "工会会员卡号"),
    ),
    "remark": ("备注", "备注说明", "说明", "附注"),
}
REQUIRED = ("staff_no", "name")
ONE_COLUMN_ONLY = frozenset(
    {"staff_no", "name", "branch", "id_number", "birth_on", "hired_on", "joined_on", "remark"}
)

Columns = dict[str, int]

FIELD_OF: Mapping[str, str] = {wording: field for field, wordings in WORDINGS.items() for wording in wordings}
_RANK = {wording: rank for wordings in WORDINGS.values() for rank, wording in enumerate(wordings)}
HEADER_WITHIN = 30  # rows
_BRACKETS = re.compile(r"\(.*?\)|\[.*?]|【.*?】|<.*?>")
_MARKS = re.compile(r"[\s*:。.、;#※★'\"\u200b-\u200f\u2060\ufeff]+")
_LIKE_A_NUMBER = re.compile(r"[A-Za-z]{0,3}[0-9]")
_PERSONAL = re.compile(r"1[3-9][0-9]{9}(\.0)?|[0-9]{17}[0-9Xx]")
_NO_PERSON = re.compile(r"(合计|小计|总计|共计|总人数|制表|填表|审核|审批|复核|经办|负责人|日期|注:|说明:|备注:)")


def wording(cell: object) -> str:
    """A header cell as ``WORDINGS`` spells it: narrow, without spaces, marks and what stands in brackets."""
    if not isinstance(cell, str):
        return ""
    return _MARKS.sub("", _BRACKETS.sub("", unicodedata.normalize("NFKC", cell))).lower()


class HeaderTrouble(Exception):
    """Why a sheet has no usable header; ``found`` is what stands there instead."""

    def __init__(self, what: str, found: str) -> None:
        super().__init__(what, found)
        self.what = what
        self.found = found


def read_as(mapping: Mapping[str, str]) -> Mapping[str, str]:
    """What each wording means where somebody has said so of some: field, or "" for a column to be left out."""
    return {**FIELD_OF, **mapping} if mapping else FIELD_OF


def columns_of(cells: Sequence[object], field_of: Mapping[str, str] = FIELD_OF) -> Columns:
    """Field -> column of a header row. Raises ``HeaderTrouble`` where two columns claim what must not be guessed."""
    columns: Columns = {}
    ranks: dict[str, int] = {}
    for place, cell in enumerate(cells):
        word = wording(cell)
        field = field_of.get(word)
        if not field:
            continue
        rank = _RANK.get(word, -1)  # a wording that only this file has was chosen by hand
        if field in columns and (field in ONE_COLUMN_ONLY or rank == ranks[field]):
            raise HeaderTrouble("column_twice", str(cell).strip())
        if field not in columns or rank < ranks[field]:
            columns[field], ranks[field] = place, rank
    return columns


def is_header(cells: Sequence[object], field_of: Mapping[str, str] = FIELD_OF) -> bool:
    """A row that names both the staff number and the name."""
    fields = {field_of.get(wording(cell)) for cell in cells}
    return fields.issuperset(REQUIRED)


def _on_two_rows(
    upper: Sequence[object], lower: Sequence[object], field_of: Mapping[str, str] = FIELD_OF
) -> list[object]:
    """A header written over two rows: the lower wording counts where it is one."""
    width = max(len(upper), len(lower))
    pairs = zip([*upper, *[""] * (width - len(upper))], [*lower, *[""] * (width - len(lower))], strict=True)
    return [low if wording(low) in field_of or wording(high) not in field_of else high for high, low in pairs]


def _is_second_line(cells: Sequence[object], field_of: Mapping[str, str]) -> bool:
    """The lower row of a two-row header: header wordings only, and at least one."""
    words = [wording(cell) for cell in cells if cell != ""]
    return bool(words) and all(word in field_of for word in words)


def is_plainly_a_person(cell: object) -> bool:
    """Quick look at the staff number's cell: a number, or text that begins like one and is no total row's."""
    return isinstance(cell, float | int) or (isinstance(cell, str) and bool(_LIKE_A_NUMBER.match(cell)))


def is_no_person(cells: Sequence[object], columns: Columns) -> bool:
    """A total or signature row (合计, 制表人), or one where nothing stands below any known header."""
    known = [cells[place] for place in columns.values() if place < len(cells)]
    if not any(str(cell).strip() for cell in known):
        return True
    staff_no, name = (cells[columns[field]] if columns[field] < len(cells) else "" for field in REQUIRED)
    if str(staff_no).strip() and not _marked(staff_no):
        return False
    if str(name).strip() and not _marked(name) and not str(name).strip()[0].isdigit():  # 合计 | 790人
        return False
    return _marked(next(cell for cell in cells if str(cell).strip()))


def _marked(cell: object) -> bool:
    if not isinstance(cell, str):
        return False
    return bool(_NO_PERSON.match(re.sub(r"\s+", "", unicodedata.normalize("NFKC", cell))))


class Header(NamedTuple):
    """Where a sheet keeps what: the columns, the header's cells, the rows below."""

    columns: Columns
    cells: Sequence[object]
    rows: Iterator[Row]


def find_header(rows: Iterator[Row], field_of: Mapping[str, str] = FIELD_OF) -> Header | None:
    """The header and the rows below it; None for a sheet without a single cell filled.

    ``rows`` is read on, not started again. Raises ``HeaderTrouble`` ("no_header", "column_missing", "column_twice").
    """
    best: list[str] | None = None
    above: Sequence[object] = ()
    for _number, cells in islice(rows, HEADER_WITHIN):
        whole = _on_two_rows(above, cells, field_of)
        if is_header(cells, field_of) or (_is_second_line(cells, field_of) and is_header(whole, field_of)):
            return _below(whole, rows, field_of)
        if names_a_person(cells):
            best = best or []  # a header further down would lose these people
            break
        above = cells
        texts = [str(cell).strip() for cell in cells if str(cell).strip()]
        if texts:
            best = max(best or [], [text for text in texts if wording(text) in field_of], key=len)
    if best is None:
        return None
    raise HeaderTrouble("column_missing" if len(best) >= 2 else "no_header", "、".join(best))


def names_a_person(cells: Sequence[object]) -> bool:
    """A row with a mobile or ID number is no header and stands above none."""
    return any(_PERSONAL.fullmatch(str(cell).strip()) for cell in cells)


def _below(header: Sequence[object], rows: Iterator[Row], field_of: Mapping[str, str]) -> Header:
    following = next(rows, None)
    if following is None:
        return Header(columns_of(header, field_of), header, rows)
    if _is_second_line(following[1], field_of) and not is_header(following[1], field_of):
        header = _on_two_rows(header, following[1], field_of)
        return Header(columns_of(header, field_of), header, rows)
    return Header(columns_of(header, field_of), header, chain([following], rows))
