"""Two records of one person, with rows of every kind."""

from collections.abc import Iterator
from datetime import date

from django.db import connection

from core import clock
from core.enums import Role
from core.models import User
from core.sealed import keyed_hash
from members import merging
from members.enums import ActKind
from members.models import DuplicatePair, Member, MemberSecret, Membership, MembershipAct, MergeRecord, PayBasis
from members.services import merging as service
from notices.models import InboxMessage, NoticePreference, Reminder, ReminderRule
from tests.cast import PASSWORD, Cast
from tests.members.factories import make_member, make_membership

ID_NUMBER = "11010519491231002X"  # worked example of GB 11643
CARD = "6222021234567890123"
BORN = date(1949, 12, 31)


def twins(cast: Cast, **given) -> tuple[Member, Member]:
    """``keep`` on the roll of 甲院 since 2021; ``drop`` was there 2010-2020 and has all the rest."""
    keep = make_member(staff_no="K0001", name="欧阳小满", birth_on=BORN)
    drop = make_member(staff_no="D0001", name="欧阳小满", birth_on=BORN, phone="13800001234", **given)
    make_membership(member=keep, branch=cast.branch, from_on=date(2021, 1, 1))
    period = {"from_on": date(2010, 1, 1), "until_on": date(2020, 1, 1), "reason_out": "transferred_out"}
    make_membership(member=drop, branch=cast.other_branch, **period)
    return keep, drop


def fill(cast: Cast, keep: Member, drop: Member) -> None:
    """Rows of every relation at ``drop``; of some, ``keep`` has one that clashes."""
    drop.user = User.objects.create_user(drop.staff_no, PASSWORD, name=drop.name)
    drop.card_no, drop.title, drop.email = "000777", "讲师", "xiaoman@example.org"
    drop.save()
    secret = MemberSecret(member=drop)
    for name, value in (("id_number", ID_NUMBER), ("bank_card", CARD)):
        MemberSecret._meta.get_field(name).put(secret, value)
        setattr(secret, f"{name}_hash", keyed_hash(value))
        setattr(secret, f"{name}_last4", value[-4:])
    secret.save()
    at, staff = clock.now(), cast.users[Role.UNION_STAFF]
    MembershipAct.objects.create(
        kind=ActKind.JOINED, member=drop, on=date(2010, 1, 1), operator=staff, recorded_at=at
    )
    PayBasis.objects.create(member=drop, monthly=5000, from_on=date(2012, 1, 1), until_on=date(2013, 1, 1))
    rule = ReminderRule.objects.create(
        name="生日", code="twins", kind="birthday", audience="members", subject="s", body="b", channels=["inbox"]
    )
    for person, year in ((keep, 2025), (drop, 2025), (drop, 2024)):
        day = date(year, 12, 31)
        Reminder.objects.create(
            rule=rule, member=person, occasion_year=year, occasion_on=day, due_on=day, created_at=at
        )
    for person, channel in ((keep, "email"), (drop, "email"), (drop, "inbox")):
        NoticePreference.objects.create(member=person, channel=channel, created_at=at)
    InboxMessage.objects.create(member=drop, subject="s", body="b", created_at=at)


def merge(cast: Cast, keep: Member, drop: Member, **given) -> MergeRecord:
    values = {"actor": cast.users[Role.UNION_STAFF], "at": clock.now(), "reason": "同一人两份档案"} | given
    return service.merge(keep=keep, drop=drop, **values)


def make_pair(keep: Member, drop: Member) -> DuplicatePair:
    first, second = sorted((keep.pk, drop.pk))
    return DuplicatePair.objects.create(
        first_id=first, second_id=second, score=100, reasons=["name_birth"], found_at=clock.now()
    )


def digests() -> dict[str, set[tuple[str, str]]]:
    """Every row of every table that a merge may touch, as the database digests it."""
    models = {Member, *(one.model for one in merging.relations())} - {MergeRecord, DuplicatePair}
    return {model._meta.label: set(_rows(model._meta.db_table, str(model._meta.pk.column))) for model in models}


def _rows(table: str, key: str) -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT r."{key}"::text, core_row_digest(r) FROM "{table}" AS r')
        yield from cursor.fetchall()


def on_roll(member: Member, day: date) -> bool:
    return Membership.objects.on(day).filter(member=member).exists()
