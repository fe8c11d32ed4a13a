"""By which calendar a member keeps his birthday: his own choice."""

from datetime import datetime
from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.calendar.lunar import InvalidLunarDate, lunar_birthday_in
from core.errors import DomainError
from core.models import User
from members.enums import BirthdayCalendar
from members.models import Member


class Refusal(StrEnum):
    NO_SUCH_DAY = "lunar_birthday_impossible"


class CannotChooseBirthday(DomainError):
    """There is no such birthday."""


@transaction.atomic
def choose_birthday(
    *,
    actor: User,
    member: Member,
    calendar: str,
    month: int | None = None,
    day: int | None = None,
    leap: bool = False,
    at: datetime,
) -> Member:
    """Keep the birthday by the solar calendar, or on that lunar day; the same choice again notes nothing.

    For the member himself only. Raises ``CannotChooseBirthday`` for a day that no lunar year has.
    """
    kept = Member.objects.select_for_update().get(pk=member.pk)
    if kept.user_id is None or kept.user_id != actor.pk:
        raise PermissionDenied
    is_lunar = calendar == BirthdayCalendar.LUNAR
    wanted = (calendar, month, day, leap) if is_lunar else (BirthdayCalendar.SOLAR, None, None, False)
    if wanted == (kept.birthday_calendar, kept.lunar_month, kept.lunar_day, kept.lunar_leap):
        return kept
    if is_lunar and not _exists(month, day):
        raise CannotChooseBirthday(Refusal.NO_SUCH_DAY, _("农历中没有这一天：月为 1 到 12，日为 1 到 30。"))
    kept.birthday_calendar, kept.lunar_month, kept.lunar_day, kept.lunar_leap = wanted
    kept.save(update_fields=["birthday_calendar", "lunar_month", "lunar_day", "lunar_leap"])
    audit.record(
        actor=actor,
        action="members.member.birthday_chosen",
        target=kept,
        subject=kept.pk,
        data={"calendar": str(wanted[0])},
        at=at,
    )
    return kept


def _exists(month: int | None, day: int | None) -> bool:
    try:
        lunar_birthday_in(2024, month or 0, day or 0)
    except InvalidLunarDate:
        return False
    return True
