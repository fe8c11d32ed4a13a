"""The festivals of a year: on which days greetings may fall, and which days are only worth a reminder."""

from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from lunar_python import Solar

from core.calendar.lunar import LunarDate, to_solar


class FestivalKind(TextChoices):
    """全国年节及纪念日放假办法 (rev. 2024-11-10) and 总工办发〔2017〕32号: gifts on statutory festivals only."""

    STATUTORY = "statutory", _("法定节日")
    EVE = "eve", _("除夕")
    REMINDER = "reminder", _("仅提醒")  # 妇女节 (half a day off for women) and 教师节 are no gift festivals


class Festival(NamedTuple):
    name: str
    on: date
    kind: str
    half_day: bool = False


# The seven of 总工办发〔2017〕32号, in the order of the year.
GIFT_FESTIVALS = ("元旦", "春节", "清明", "劳动节", "端午节", "中秋节", "国庆节")
_SOLAR = {"元旦": (1, 1), "妇女节": (3, 8), "劳动节": (5, 1), "教师节": (9, 10), "国庆节": (10, 1)}
_LUNAR = {"春节": (1, 1), "端午节": (5, 5), "中秋节": (8, 15)}
FESTIVALS = (*GIFT_FESTIVALS, "除夕", "妇女节", "教师节")


@lru_cache(maxsize=1024)
def festival_on(name: str, year: int) -> date:
    """The day of a festival in a solar year; 除夕 is the day before that year's 春节. ``ValueError`` if unknown."""
    if name in _SOLAR:
        return date(year, *_SOLAR[name])
    if name in _LUNAR:
        return to_solar(LunarDate(year, *_LUNAR[name]))
    if name == "除夕":
        return festival_on("春节", year) - timedelta(days=1)
    if name == "清明":
        return _clear_and_bright(year)
    raise ValueError(f"no festival {name!r}")


def festivals_of(year: int) -> list[Festival]:
    """All festivals of a solar year by day."""
    return sorted(
        (Festival(name, festival_on(name, year), _kind(name), name == "妇女节") for name in FESTIVALS),
        key=lambda festival: (festival.on, festival.name),
    )


def _kind(name: str) -> FestivalKind:
    if name == "除夕":
        return FestivalKind.EVE
    return FestivalKind.STATUTORY if name in GIFT_FESTIVALS else FestivalKind.REMINDER


def _clear_and_bright(year: int) -> date:
    """清明 is a solar term, 4 to 6 April."""
    return next(
        date(year, 4, day) for day in (4, 5, 6) if Solar.fromYmd(year, 4, day).getLunar().getJieQi() == "清明"
    )
