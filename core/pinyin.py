"""Names by sound: the sort key, the search terms, and what a clerk types (张伟, zhangwei, zhangw, zw, 伟). Leaf.

A surname is stored under every reading in use (单: shan, dan, chan), the usual one first, because the clerk at the
counter types the one he knows. ü is v, as on a keyboard; lu and lyu find 吕 as well.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import islice, pairwise, product
from typing import NamedTuple

from core.surnames import COMPOUND_SURNAMES, GIVEN_READINGS, SURNAME_READINGS

SORT_KEY_LENGTH = 120
_LONGEST_QUERY = 40
_MOST_READINGS = 8  # of a given name: polyphones multiply
_NOT_IN_NAMES = re.compile(r"[\s·•‧・.'’-]+")
_UNITS = re.compile(r"[a-z]+|[^\x00-\x7f]")
_LATIN = re.compile(r"[\x00-\x7f]")
_RUNS = re.compile(r"[a-z]+|[^\W\da-z_]+")


class NameQuery(NamedTuple):
    """The search terms contain all of ``contains``, or (unless it is empty) the sort key starts with ``prefix``."""

    contains: tuple[str, ...]
    prefix: str


def sort_key(name: str) -> str:
    """The name's pinyin without tones or gaps, the surname in its usual reading: 单雄 -> shanxiong, 吕布 -> lvbu."""
    surname, given = _parts(name)
    usual = _surname_sounds(surname)[0][0] + "".join([_given_readings(unit)[0] for unit in given])
    return usual[:SORT_KEY_LENGTH]


def search_terms(name: str) -> list[str]:
    """What a name is found by, without repeats: each character, each two neighbours, the whole name; and for every
    reading of the surname the full pinyin and the initials, the surname alone, and the given name alone.
    """
    surname, given = _parts(name)
    units = surname + given
    terms = [*units, "".join(units)]
    terms += [first + second for first, second in pairwise(units)]
    sounds = _surname_sounds(surname)
    for reading, _initials in sounds:
        terms.append(reading)
    for tail, tail_initials in _given_sounds(given):
        terms.append(tail)
        for reading, initials in sounds:
            terms += (reading + tail, initials + tail_initials)
    return [term for term in dict.fromkeys(terms) if term]


def query_terms(text: str) -> list[NameQuery]:
    """What to look for when a clerk types ``text``; a person must fit every condition. Empty: nothing to look for.

    张伟 -> both neighbours; 伟 -> the character; zhangwei, zhangw, zw -> the term or the start of the sort key.
    """
    plain = _NOT_IN_NAMES.sub("", unicodedata.normalize("NFKC", text).lower().replace("ü", "v"))[:_LONGEST_QUERY]
    queries = []
    for run in _RUNS.findall(plain):
        if run.isascii():
            queries.append(NameQuery((run,), run))
        else:
            neighbours = tuple(first + second for first, second in pairwise(run))
            queries.append(NameQuery(neighbours or (run,), ""))
    return queries


def _parts(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Surname and given name as units: a Chinese character each, or a Latin word; spaces and dots are gaps."""
    plain = unicodedata.normalize("NFKC", name).lower()
    units = tuple(_UNITS.findall(plain) if _LATIN.search(plain) else _NOT_IN_NAMES.sub("", plain))
    at = 2 if len(units) > 2 and units[0] + units[1] in COMPOUND_SURNAMES else 1
    return units[:at], units[at:]


@lru_cache(maxsize=8192)
def _surname_sounds(surname: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """(pinyin, initials) of a surname, the usual reading first; at least one."""
    compound = COMPOUND_SURNAMES.get("".join(surname), ()) if len(surname) == 2 else ()
    each = product(*(SURNAME_READINGS.get(unit) or _readings(unit) for unit in surname))
    ways = [way for way in (compound, *each) if way or not surname]
    return tuple(dict.fromkeys(("".join(way), "".join(syllable[0] for syllable in way)) for way in ways))


def _given_sounds(given: tuple[str, ...]) -> list[tuple[str, str]]:
    """(pinyin, initials) of a given name in all its readings; one empty pair for none."""
    each = [_given_readings(unit) for unit in given]
    ways = islice(product(*each), _MOST_READINGS)
    return [("".join(way), "".join([syllable[0] for syllable in way])) for way in ways]


@lru_cache(maxsize=65536)
def _given_readings(unit: str) -> tuple[str, ...]:
    return _spelt(GIVEN_READINGS[unit]) if unit in GIVEN_READINGS else _readings(unit)


def _readings(unit: str) -> tuple[str, ...]:
    """The dictionary's first reading; a Latin word or a character that the dictionary lacks stands for itself."""
    if unit.isascii():
        return (unit,)
    from pypinyin import Style, pinyin  # here, not above: 55 MB of every process that never spells a name

    return _spelt((pinyin(unit, style=Style.NORMAL)[0][0],))


def _spelt(readings: tuple[str, ...]) -> tuple[str, ...]:
    """lv is also typed lu and lyu."""
    typed = [(reading, reading.replace("v", "u"), reading.replace("v", "yu")) for reading in readings]
    return tuple(dict.fromkeys(spelling for spellings in typed for spelling in spellings))
