"""How rosters word education, party and title, and which class a wording belongs to. Leaf: nothing but text.

The classes are the ones that statistics ask for (全总实名制, REGULATIONS.md 2); ranks of titles by the names of the
职称 series (人社部, from memory, M). An empty text is ``none``, anything that no rule knows ``other``.
"""

NONE, OTHER = "none", "other"
# Class -> words, in this order: the first class with a word that the text holds.
_EDUCATION = {
    "doctor": ("博士",),
    "master": ("硕士", "研究生"),
    "bachelor": ("本科", "学士", "大学"),
    "college": ("大专", "专科", "高职"),
}
_POLITICS = {
    "party": ("中共", "共产党", "党员"),
    "league": ("团员", "共青团"),
    "democratic": ("民革", "民盟", "民建", "民进", "农工", "致公", "九三", "台盟", "民主"),
    "none_party": ("群众", "无党派"),
}
_SENIOR = ("正高", "教授级", "研究员级")
_VICE = ("副教授", "副研究", "副主任", "副编审", "副译审", "副高", "高级")
_ENTRY = ("助教", "助理", "实习", "见习", "技术员", "会计员", "经济员", "医士", "护士", "护师", "医师")
_MIDDLE = (
    "讲师",
    "工程师",
    "实验师",
    "馆员",
    "助理研究员",
    "会计师",
    "经济师",
    "统计师",
    "审计师",
    "编辑",
    "主治",
    "主管",
)
_FULL = ("教授", "研究员", "研究馆员", "编审", "译审", "主任医师", "主任药师", "主任护师")


def education_of(text: str) -> str:
    """``doctor`` ``master`` ``bachelor`` ``college`` ``other`` ``none``; 博士研究生 is a doctor, 研究生 a master."""
    return _first(text, _EDUCATION)


def politics_of(text: str) -> str:
    """``party`` (预备党员 too) ``league`` ``democratic`` ``none_party`` ``other`` ``none``."""
    text = text.strip()
    if any(word in text for word in _POLITICS["democratic"]):  # 民建会员 is no 党员
        return "democratic"
    return "none_party" if "非党员" in text else _first(text, _POLITICS)


def rank_of(text: str) -> str:
    """``full`` 正高 ``vice`` 副高 ``middle`` 中级 ``entry`` 初级 ``other`` ``none``."""
    text = text.strip()
    if not text:
        return NONE
    if any(word in text for word in _SENIOR):
        return "full"
    if any(word in text for word in _VICE):
        return "vice"
    if "助理研究员" in text or "主治" in text or "主管" in text:
        return "middle"
    if any(word in text for word in _FULL) and "实习" not in text:
        return "full"
    if any(word in text for word in _ENTRY):
        return "entry"
    return "middle" if any(word in text for word in _MIDDLE) else OTHER


def _first(text: str, classes: dict[str, tuple[str, ...]]) -> str:
    if not text.strip():
        return NONE
    return next((name for name, words in classes.items() if any(word in text for word in words)), OTHER)
