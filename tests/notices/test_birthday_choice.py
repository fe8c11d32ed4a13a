"""A member chooses by which calendar he keeps his birthday, and sees the next three days that makes."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from core.models import AuditEntry
from members.rules.birthdays import next_birthdays
from members.services.birthdays import CannotChooseBirthday, Refusal, choose_birthday
from tests.cast import MEMBER, OTHER_BRANCH_OFFICER, make_cast
from tests.notices.factories import AT

pytestmark = pytest.mark.django_db
BIRTHDAY = "/notices/preferences/birthday/"
LUNAR = {"calendar": "lunar", "month": 12, "day": 1, "leap": False}


@pytest.fixture
def cast():
    return make_cast()


def stored(member) -> tuple:
    member.refresh_from_db()
    return member.birthday_calendar, member.lunar_month, member.lunar_day, member.lunar_leap


def choose(cast, actor=MEMBER, **choice):
    return choose_birthday(actor=cast.users[actor], member=cast.member_of(MEMBER), at=AT, **(choice or LUNAR))


def test_choice_is_kept_and_noted_without_the_day(cast):
    choose(cast)

    entry = AuditEntry.objects.get()
    assert stored(cast.member_of(MEMBER)) == ("lunar", 12, 1, False)
    assert (entry.action, entry.data) == ("members.member.birthday_chosen", {"calendar": "lunar"})


def test_same_choice_again_notes_nothing(cast):
    choose(cast)

    choose(cast)

    assert AuditEntry.objects.count() == 1


def test_back_to_the_solar_calendar_forgets_the_lunar_day(cast):
    choose(cast)

    choose(cast, calendar="solar", month=12, day=1)

    assert stored(cast.member_of(MEMBER)) == ("solar", None, None, False)


@pytest.mark.parametrize(("month", "day"), [(13, 1), (0, 1), (1, 31), (1, 0), (None, 1), (1, None)])
def test_a_day_that_no_year_has_is_refused_and_changes_nothing(cast, month, day):
    with pytest.raises(CannotChooseBirthday) as refused:
        choose(cast, calendar="lunar", month=month, day=day)

    assert refused.value.code is Refusal.NO_SUCH_DAY
    assert stored(cast.member_of(MEMBER))[0] == "solar"
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("actor", [OTHER_BRANCH_OFFICER, "union_staff", "chair", "branch_officer"])
def test_nobody_chooses_for_another(cast, actor):
    with pytest.raises(PermissionDenied):
        choose(cast, actor=actor, **LUNAR)

    assert stored(cast.member_of(MEMBER))[0] == "solar"


def test_next_three_days_by_either_calendar():
    facts = {"birth_on": date(1992, 2, 29), "month": 12, "day": 1, "leap": False}

    lunar = next_birthdays(date(2024, 1, 12), calendar="lunar", **facts)
    solar = next_birthdays(date(2024, 3, 1), calendar="solar", **facts)

    assert lunar == [date(2025, 12, 31), date(2026, 1, 19), date(2027, 1, 8)]
    assert solar == [date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28)]


def test_looking_shows_the_days_and_keeps_nothing(cast, client):
    client.force_login(cast.users[MEMBER], "core.backends.StaffNumberBackend")

    page = client.post(BIRTHDAY, {"calendar": "lunar", "month": "12", "day": "1", "look": "1"}).content.decode()

    assert page.count("年1") >= 3
    assert "这样选择" in page
    assert stored(cast.member_of(MEMBER))[0] == "solar"


def test_page_saves_and_the_preferences_say_so(cast, client):
    client.force_login(cast.users[MEMBER], "core.backends.StaffNumberBackend")

    page = client.post(BIRTHDAY, {"calendar": "lunar", "month": "6", "day": "30", "leap": "on"}, follow=True)

    assert "农历闰六月三十" in page.content.decode()
    assert stored(cast.member_of(MEMBER)) == ("lunar", 6, 30, True)


@pytest.mark.parametrize("data", [{}, {"calendar": "lunar"}, {"calendar": "x"}, {"calendar": "lunar", "month": "x"}])
def test_half_a_choice_comes_back_with_the_reason(cast, client, data):
    client.force_login(cast.users[MEMBER], "core.backends.StaffNumberBackend")

    response = client.post(BIRTHDAY, data)

    assert response.status_code == 200
    assert "note--error" in response.content.decode() or "field__error" in response.content.decode()
    assert stored(cast.member_of(MEMBER))[0] == "solar"
