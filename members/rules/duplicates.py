"""How alike two records must be to be one person's: weights from the policy, no database.

A staff number or an ID number decides; names collide constantly, so a name alone only suggests (ANCHORS M9).
"""

from collections.abc import Iterable, Mapping

from members.feed_codes import Likeness

_CERTAIN = frozenset({Likeness.STAFF_NO, Likeness.ID_NUMBER})
_STRONGER = {Likeness.NAME_BIRTH: {Likeness.PINYIN_BIRTH, Likeness.NAME}, Likeness.PINYIN_BIRTH: set[Likeness]()}


def score_of(found: Iterable[str], *, weights: Mapping[str, int], threshold: int) -> tuple[int, list[str]]:
    """Points and the likenesses that count, the weightiest first; points of at least ``threshold`` make a pair.

    What a stronger likeness says already is not counted again. A certain likeness reaches the threshold whatever
    it weighs; a name alone never does.
    """
    said = {Likeness(one) for one in found}
    for one in tuple(said):
        said -= _STRONGER.get(one, set())
    points = sum(max(0, int(weights.get(one, 0))) for one in said)
    if said & _CERTAIN:
        points = max(points, threshold)
    elif said <= {Likeness.NAME}:
        points = min(points, threshold - 1)
    ordered = sorted(said, key=lambda one: (one not in _CERTAIN, -int(weights.get(one, 0)), one))
    return min(points, 999), [str(one) for one in ordered]
