"""Names by sound: usual readings of surnames, and everything that a clerk may type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.pinyin import NameQuery, query_terms, search_terms, sort_key


def finds(typed: str, name: str) -> bool:
    """What the database does with the conditions of ``query_terms``."""
    terms, key = set(search_terms(name)), sort_key(name)
    queries = query_terms(typed)
    return bool(queries) and all(
        set(query.contains) <= terms or (query.prefix != "" and key.startswith(query.prefix)) for query in queries
    )


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("张伟", "zhangwei"),
        ("单雄", "shanxiong"),
        ("曾国源", "zengguoyuan"),
        ("仇英", "qiuying"),
        ("解缙", "xiejin"),
        ("区志强", "ouzhiqiang"),
        ("尉迟恭", "yuchigong"),
        ("欧阳兰梓", "ouyanglanzi"),
        ("长孙皓", "zhangsunhao"),
        ("万俟卨", "moqixie"),
        ("单于", "shanyu"),  # two characters: 单 is the surname
        ("查良", "zhaliang"),
        ("朴正", "piaozheng"),
        ("盖聂", "genie"),
        ("翟晟", "zhaisheng"),
        ("覃乐", "qinle"),
        ("吕布", "lvbu"),
        ("龚红燕 ", "gonghongyan"),
        ("任　磊", "renlei"),
        ("阿依古丽·买买提", "ayigulimaimaiti"),
        ("John Smith", "johnsmith"),
        ("", ""),
    ],
)
def test_sort_key_reads_a_surname_as_people_do(name, key):
    assert sort_key(name) == key


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("张伟", "张伟"),
        ("伟", "张伟"),
        ("zhangwei", "张伟"),
        ("Zhang Wei", "张伟"),
        ("ZW", "张伟"),
        ("zhangw", "张伟"),
        ("zhan", "张伟"),
        ("wei", "张伟"),
        ("张wei", "张伟"),
        ("伟明", "张伟明"),
        ("张　伟", "张 伟"),
        ("shanxiong", "单雄"),
        ("danxiong", "单雄"),
        ("sx", "单雄"),
        ("dx", "单雄"),
        ("cengguoyuan", "曾国源"),
        ("yuchigong", "尉迟恭"),
        ("weichigong", "尉迟恭"),
        ("yuele", "乐乐"),
        ("lele", "乐乐"),
        ("lvbu", "吕布"),
        ("lübu", "吕布"),
        ("lubu", "吕布"),
        ("买买提", "阿依古丽·买买提"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("smith", "John Smith"),
    ],
)
def test_what_a_clerk_types_finds_the_person(typed, name):
    assert finds(typed, name)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("张明", "张伟明"),
        ("伟张", "张伟"),
        ("wangwei", "方伟"),
        ("李", "张伟"),
        ("zhangwei1", "李娜"),
        ("？", "张伟"),
        ("", "张伟"),
    ],
)
def test_what_does_not_fit_finds_nobody(typed, name):
    assert not finds(typed, name)


def test_terms_hold_characters_neighbours_name_and_every_reading():
    assert set(search_terms("单雄飞")) == {
        *("单", "雄", "飞", "单雄", "雄飞", "单雄飞", "xiongfei"),
        *("shan", "shanxiongfei", "sxf", "dan", "danxiongfei", "dxf", "chan", "chanxiongfei", "cxf"),
    }


def test_query_of_chinese_text_asks_for_neighbours():
    assert query_terms("阿依古") == [NameQuery(("阿依", "依古"), "")]
    assert query_terms("zw") == [NameQuery(("zw",), "zw")]


def test_longest_name_fits_its_column():
    assert len(sort_key("庄" * 60)) == 120


@given(st.text(max_size=60))
def test_any_text_is_a_name_without_repeats_or_empty_terms(name):
    terms = search_terms(name)

    assert len(terms) == len(set(terms))
    assert all(terms)
    assert len(terms) < 300


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=5))
def test_every_chinese_name_is_found_by_itself_and_by_its_parts(name):
    assert all(finds(part, name) for part in [name, name[0], name[-1], name[:2], sort_key(name)])
