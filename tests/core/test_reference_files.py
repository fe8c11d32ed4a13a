"""Policy rows and calendar days as files: what went out comes back unchanged, one wrong row stores nothing."""

from datetime import date
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from core import clock, intents
from core.enums import Role
from core.models import AuditEntry, CalendarDay, PolicyRule
from core.resources import CalendarDayResource, PolicyRuleResource
from core.services.reference_files import CannotImport, Refusal, Taken, export_file, import_file
from tests.cast import make_cast

DAYS = "日期,上班,说明,依据,待确认\n"
RULES = "规则代码,范围,地区或单位,值,单位,基数,自,至（不含）,依据,把握程度,效力\n"


@pytest.fixture
def cast(db):
    return make_cast()


def _import(cast, kind, text: str, *, dry_run: bool = False, actor: str = Role.UNION_STAFF) -> Taken:
    user, at = cast.users[actor], clock.now()
    file = BytesIO(text.encode("utf-8-sig"))
    resource = kind(actor=user, at=at)
    return import_file(resource=resource, file=file, filename="表.csv", dry_run=dry_run, actor=user, at=at)


def test_days_are_taken_in_the_offices_spellings(cast):
    taken = _import(
        cast, CalendarDayResource, DAYS + "2034年10月1日,否,国庆节,国办发明电,否\n2034/10/8,是,调休,国办发明电,是\n"
    )

    assert taken == Taken(created=2, changed=0, unchanged=0)
    assert list(CalendarDay.objects.order_by("day").values_list("day", "is_workday", "name", "provisional")) == [
        (date(2034, 10, 1), False, "国庆节", False),
        (date(2034, 10, 8), True, "调休", True),
    ]
    actions = AuditEntry.objects.order_by("position").values_list("action", flat=True)
    assert list(actions) == ["core.calendarday.created"] * 2 + ["core.calendarday.imported"]


def test_trying_stores_nothing(cast):
    taken = _import(cast, CalendarDayResource, DAYS + "2034-10-01,否,国庆节,x,否\n", dry_run=True)

    assert taken.created == 1
    assert not CalendarDay.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("2034-02-30,否,x,x,否", "第 3 行"),
        ("2034-10-02,也许,x,x,否", "第 3 行：“也许”应为“是”或“否”"),
        (f"2034-10-02,否,{'长' * 200},x,否", "第 3 行"),
    ],
)
def test_one_wrong_row_refuses_the_file_and_says_which(cast, row, why):
    with pytest.raises(CannotImport) as refused:
        _import(cast, CalendarDayResource, DAYS + f"2034-10-01,否,国庆节,x,否\n{row}\n")

    assert refused.value.code is Refusal.ROWS_WRONG
    assert why in refused.value.message
    assert not CalendarDay.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_file_without_the_columns_is_refused(cast):
    with pytest.raises(CannotImport) as refused:
        _import(cast, CalendarDayResource, "日期,说明\n2034-10-01,x\n")

    assert refused.value.code is Refusal.NO_HEADER


def test_nobody_but_the_staff_takes_a_file_in(cast):
    with pytest.raises(PermissionDenied):
        _import(cast, CalendarDayResource, DAYS + "2034-10-01,否,国庆节,x,否\n", actor=Role.CHAIR)

    assert not CalendarDay.objects.exists()


def test_rules_keep_their_judgement(cast):
    """A rule in force keeps its value (tests/core/test_parameters.py): the service speaks, the file is refused."""
    row = "trust.seats,学校,,5,人,,2022-01-01,,第一届一次会议,建议值,提醒\n"
    _import(cast, PolicyRuleResource, RULES + row)

    with pytest.raises(CannotImport) as refused:
        _import(cast, PolicyRuleResource, RULES + row.replace(",5,", ",6,"))

    assert "第 2 行：已生效的规定不能改值" in refused.value.message
    assert PolicyRule.objects.get(key="trust.seats").value == 5


def test_what_went_out_comes_back_unchanged(cast):
    _import(
        cast,
        PolicyRuleResource,
        RULES
        + "trust.seats,学校,,5,人,,2022-01-01,,第一届一次会议,建议值,提醒\n"
        + 'trust.festivals,国家,,"[""元旦"",""春节""]",节日,,2018-01-01,2030-01-01,总工办发,转引,禁止\n',
    )
    staff, at = cast.users[Role.UNION_STAFF], clock.now()
    content = export_file(resource=PolicyRuleResource(actor=staff, at=at), title="政策参数", actor=staff, at=at)

    resource = PolicyRuleResource(actor=staff, at=at)
    taken = import_file(
        resource=resource, file=BytesIO(content), filename="规则.xlsx", dry_run=False, actor=staff, at=at
    )

    assert taken == Taken(created=0, changed=0, unchanged=PolicyRule.objects.count())


def test_the_page_tries_first_and_names_the_row(cast, client):
    client.force_login(cast.users[Role.UNION_STAFF], "core.backends.StaffNumberBackend")
    path = "/admin/core/calendarday/import/"
    key = client.get(path).content.decode().split(f'name="{intents.FIELD}" value="')[1].split('"')[0]

    wrong = SimpleUploadedFile("日.csv", (DAYS + "某天,否,x,x,否\n").encode("utf-8-sig"))
    refused = client.post(path, {"file": wrong, intents.FIELD: key}).content.decode()
    right = SimpleUploadedFile("日.csv", (DAYS + "2034-10-01,否,国庆节,x,否\n").encode("utf-8-sig"))
    taken = client.post(path, {"file": right, intents.FIELD: key}, follow=True).content.decode()

    assert "第 2 行" in refused
    assert "已导入：新增 1 行，修改 0 行，0 行不变。" in taken
    assert CalendarDay.objects.count() == 1
