"""Input that no page of ours sends: for every form and every filter (TRUST.md D1)."""

import random

from tests.trust.scene import Pairs

VALUES: tuple[str | bytes, ...] = (
    *("", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", b"\xff\xfe", b"\xc3\x28"),
    *("\u202eabc\u2066", "\u200b", "\ufeff", "１２３", "١٢٣", "²", "½", "٢٠٢٢-٠١-٠١"),
    *("NaN", "-0", "1e309", "Infinity", "-1", "0", "99999999999999999999", str(2**63), str(-(2**63) - 1)),
    *("9999-12-31", "10000-01-01", "0000-00-00", "0001-01-01", "2022-02-30", "2022-01-01T00:00", "99:99"),
    *("x" * 10_240, "张" * 3_000, "😀" * 100, "9" * 5_000, "[" * 5_000, "a\r\nSet-Cookie: a=b"),
    *("[]", "{}", "null", "true", '{"a": {"b": [1, {"c": null}]}}', "[[[[1]]]]", "NaN,NaN", '"\\u0000"', '"\\ud800"'),
    *(
        "../../etc/passwd",
        "%00",
        "%s%n %(x)s {0} {name.__class__}",
        "'\"><",
        "\\",
        "1_000",
        "0x10",
        "1,000",
        "__all__",
    ),
)
# Names that pages, lists and libraries read; a parameter of a new page belongs here.
PARAMETERS = (
    *("q", "after", "before", "last", "at", "page", "on", "next", "p", "o", "e", "all", "_popup", "_to_field"),
    *("branch", "state", "sex", "joined", "left", "active", "role", "scope", "days", "channel", "rule", "due"),
    *("_changelist_filters", "_facets", "id", "pk__in", "user__password__startswith", "app_label"),
)


def query(chance: random.Random, known: tuple[str, ...] = PARAMETERS) -> Pairs:
    """One to four parameters: hostile, twice, nested."""
    pairs: Pairs = []
    for name in chance.sample(known, k=min(chance.choice((1, 1, 2, 4)), len(known))):
        shape = chance.random()
        if shape < 0.1:
            name = chance.choice((f"{name}[]", f"{name}[a][b]", f"{name}__in", f"{name}.x"))
        pairs.append((name, chance.choice(VALUES)))
        if shape > 0.85:
            pairs.append((name, chance.choice(VALUES)))
    return pairs


def broken(valid: Pairs, chance: random.Random) -> Pairs:
    """A form that would be taken, with one to three fields hostile, gone, doubled or nested."""
    pairs = list(valid)
    for _ in range(chance.choice((1, 1, 2, 3))):
        if not pairs:
            return query(chance, ("x", "action", "intent_key"))
        place = chance.randrange(len(pairs))
        name, value = pairs[place]
        match chance.randrange(12):
            case 0:
                del pairs[place]
            case 1:
                pairs.append((name, chance.choice(VALUES)))
            case 2:
                pairs[place] = (f"{name}[a]", value)
            case _:
                pairs[place] = (name, chance.choice(VALUES))
    return pairs
