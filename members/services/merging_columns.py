"""What the kept person takes over of the dropped one's own row and sealed values, and how it goes back.

Only what the kept person lacks is filled in. What somebody changed since stays changed when a merge is undone.
"""

from typing import Any

from members.feed_codes import MergeRefusal
from members.models import Member, MemberSecret
from members.services.feed_deciding import COLUMNS

# What a record is called by, and the choice of a calendar, which is one thing in four columns.
_OWN = frozenset(
    {
        *("id", "staff_no", "name", "pinyin", "search_terms", "user", "merged_into", "card_no"),
        *("birthday_calendar", "lunar_month", "lunar_day", "lunar_leap"),
    }
)
_SEALED = ("id_number", "bank_card")
Columns = dict[str, Any]


def refuse(keep: Member, drop: Member) -> MergeRefusal | None:
    """Two ID numbers are two people; two accounts that can sign in are settled first."""
    numbers = set(_secrets(keep, drop).values_list("id_number_hash", flat=True)) - {""}
    if len(numbers) > 1:
        return MergeRefusal.ID_DIFFERS
    if keep.user and drop.user and keep.user.is_active and drop.user.is_active:
        return MergeRefusal.BOTH_ACCOUNTS
    return None


def take_over(keep: Member, drop: Member) -> Columns:
    """Fill ``keep``; what both were before and what ``keep`` was left as, for ``give_back``."""
    names = [name for name in COLUMNS if name not in _OWN]
    filled = [name for name in names if _is_empty(keep, name) and not _is_empty(drop, name)]
    after = {name: getattr(drop, name) for name in filled}
    if drop.card_no and not keep.card_no:
        after["card_no"] = drop.card_no
    if drop.user_id and (keep.user is None or (drop.user and drop.user.is_active and not keep.user.is_active)):
        after["user_id"] = drop.user_id
    before = {name: getattr(keep, name) for name in after}
    swapped = {name: (after[name], before[name]) for name in ("card_no", "user_id") if name in after}
    _write(drop, {name: _nothing(name) for name in swapped})  # unique: it leaves one before the other has it
    _write(keep, after)
    _write(drop, {name: now for name, (_was, now) in swapped.items()})
    return {
        "keep": {name: [_plain(before[name]), _plain(value)] for name, value in after.items()},
        "drop": {name: [_plain(was), _plain(now)] for name, (was, now) in swapped.items()},
        "sealed": _take_over_sealed(keep, drop),
    }


def give_back(keep: Member, drop: Member, columns: Columns) -> None:
    """Both as they were, but for what somebody changed on ``keep`` since."""
    theirs = {name: pair for name, pair in columns["keep"].items() if _plain(getattr(keep, name)) == pair[1]}
    unique = [name for name in columns["drop"] if name in theirs]
    _write(drop, {name: _nothing(name) for name in unique})
    _write(keep, {name: _nothing(name) for name in unique})
    _write(keep, {name: _value(name, pair[0]) for name, pair in theirs.items()})
    _write(drop, {name: _value(name, columns["drop"][name][0]) for name in unique})
    _give_back_sealed(keep, drop, columns["sealed"])


def _take_over_sealed(keep: Member, drop: Member) -> Columns:
    """Sealed anew for the other row; ``drop`` keeps its own, but the ID number is found once only."""
    source = MemberSecret.objects.filter(member=drop).first()
    if source is None:
        return {}
    mine = MemberSecret.objects.filter(member=keep).first()
    is_new = mine is None
    mine = mine or MemberSecret(member=keep)
    taken = {name: f"{name}_hash" for name in _SEALED if getattr(source, name) and not getattr(mine, name)}
    if not taken:
        return {}
    told = {"new": is_new, "hashes": {name: getattr(source, column) for name, column in taken.items()}}
    if "id_number" in taken:
        MemberSecret.objects.filter(member=drop).update(id_number_hash="")
    for name in taken:
        column: Any = MemberSecret._meta.get_field(name)
        column.put(mine, column.take(source))
        for part in ("hash", "last4"):
            setattr(mine, f"{name}_{part}", getattr(source, f"{name}_{part}"))
    mine.save()
    return told


def _give_back_sealed(keep: Member, drop: Member, told: Columns) -> None:
    if not told:
        return
    mine = MemberSecret.objects.filter(member=keep).first()
    for name, digest in told["hashes"].items():
        if mine is not None and getattr(mine, f"{name}_hash") == digest:
            for column in (name, f"{name}_hash", f"{name}_last4"):
                setattr(mine, column, "")
    if mine is not None:
        is_blank = not mine.id_number and not mine.bank_card
        mine.delete() if told["new"] and is_blank else mine.save()
    digest = told["hashes"].get("id_number", "")
    if digest and not MemberSecret.objects.filter(id_number_hash=digest).exists():
        MemberSecret.objects.filter(member=drop).update(id_number_hash=digest)


def _secrets(*people: Member):
    return MemberSecret.objects.filter(member__in=people)


def _write(member: Member, values: Columns) -> None:
    if values:
        for name, value in values.items():
            setattr(member, name, value)
        member.save(update_fields=list(values))


def _is_empty(member: Member, name: str) -> bool:
    return getattr(member, COLUMNS[name].attname) in (None, "")


def _nothing(name: str) -> Any:
    return None if name == "user_id" else ""


def _value(name: str, told: Any) -> Any:
    if name == "user_id":
        return told
    return COLUMNS[name].to_python(told)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
