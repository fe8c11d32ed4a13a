"""D6: every pattern of ours takes time in proportion to its text. Shown by its nature, not by a stopwatch: a repeat
without end holds no other repeat without end that could give back what it took."""

import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import pytest

HOUSE = ("core", "members", "notices", "union_site")
BOUND = 200  # repeats of at most as many steps are a constant, not a growth


def modules() -> Iterator[str]:
    for package in HOUSE:
        for found in walk_packages(import_module(package).__path__, f"{package}."):
            if ".migrations" not in found.name and ".launch" not in found.name and "wsgi" not in found.name:
                yield found.name


def patterns() -> Iterator[tuple[str, str]]:
    """(where, pattern) of every pattern that a module keeps, alone or in a tuple, list or dictionary."""
    for name in modules():
        for attribute, value in vars(import_module(name)).items():
            values = (
                value if isinstance(value, list | tuple) else value.values() if isinstance(value, dict) else [value]
            )
            for one in values:
                if isinstance(one, re.Pattern) and isinstance(one.pattern, str):
                    yield f"{name}.{attribute}", one.pattern


def grows_twice(pattern: str) -> bool:
    return _endless_in_endless(re._parser.parse(pattern), inside=False)  # type: ignore[attr-defined]


def _endless_in_endless(parsed, *, inside: bool) -> bool:
    for code, given in parsed:
        kind = str(code)
        if kind in ("MAX_REPEAT", "MIN_REPEAT"):
            endless = given[1] > BOUND
            if endless and inside:
                return True
            if _endless_in_endless(given[2], inside=inside or endless):
                return True
        elif kind == "POSSESSIVE_REPEAT":  # never tried again with less
            if _endless_in_endless(given[2], inside=inside):
                return True
        elif any(_endless_in_endless(part, inside=inside) for part in _parts(given)):
            return True
    return False


def _parts(given) -> list:
    """Patterns within a group, a branch or a look-around."""
    if isinstance(given, re._parser.SubPattern):  # type: ignore[attr-defined]
        return [given]
    if isinstance(given, list | tuple):
        return [part for one in given for part in _parts(one)]
    return []


def test_every_pattern_of_ours_is_seen():
    assert len(set(patterns())) > 15


@pytest.mark.parametrize(("where", "pattern"), sorted(set(patterns())))
def test_pattern_grows_with_its_text_only_once(where, pattern):
    assert not grows_twice(pattern), where


@pytest.mark.parametrize("evil", [r"(a+)+$", r"(?:\d+\s*)*x", r"^(?:[a-z]|[a-z0-9]+)*$"])
def test_control_a_pattern_that_explodes_is_seen(evil):
    assert grows_twice(evil)
