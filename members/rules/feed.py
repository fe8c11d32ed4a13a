"""The daily file of HR against the register: judgements from facts, no database.

Membership is voluntary (Trade Union Law Art 3): who is on the list and not in the union is invited, never admitted.
"""

from members.feed_codes import FeedKind

# How HR words that somebody is no longer on the staff; anything else is on the staff.
_ENDINGS = {
    **dict.fromkeys(("退休", "离休", "离退休", "退职", "内退退休"), FeedKind.RETIRED),
    **dict.fromkeys(("去世", "死亡", "已故", "病故"), FeedKind.DIED),
    **dict.fromkeys(
        ("离职", "离校", "调出", "调离", "辞职", "辞退", "解聘", "解除", "终止", "自动离职", "开除", "合同终止"),
        FeedKind.LEFT,
    ),
}


def ending_of(status: str) -> FeedKind | None:
    """What a status column says: retired, died, left, or None for somebody on the staff."""
    return _ENDINGS.get(status.strip())


def warnings_of(
    *, ending: int, roll: int, people: int, people_before: int | None, most_ending: float, most_smaller: float
) -> list[dict]:
    """Why a file is held until somebody says that it is right.

    ``ending`` people of ``roll`` would lose their membership; more than ``most_ending`` per cent is held. So is a
    file with more than ``most_smaller`` per cent fewer people than the last one (``people_before``).
    """
    found: list[dict] = []
    if roll and ending * 100 > roll * most_ending:
        found.append({"code": "many_leave", "count": ending, "of": roll, "limit": most_ending})
    if people_before and (people_before - people) * 100 > people_before * most_smaller:
        found.append({"code": "smaller", "count": people, "of": people_before, "limit": most_smaller})
    return found
