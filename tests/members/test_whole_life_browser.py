"""The whole life of one member on phones (390 px), from the application to the last entry, by everybody's pages."""

import json
from datetime import date

import pytest
from django.core.management import call_command

from core import clock
from core.enums import Role
from core.models import User
from core.presets import load_rules
from members import tasks
from members.enums import ActKind
from members.models import ConsentText, Member, MembershipAct
from members.services import consents
from notices import tasks as notices_tasks
from tests.cast import OTHER_BRANCH_OFFICER, PASSWORD, make_cast
from tests.core.files import picture
from tests.draining import run_pending
from tests.members.joining import ID_NUMBER, make_applicant
from tests.members.life_windows import (
    Phones,
    fetches,
    follows,
    never_reads,
    opens,
    phones,
    presses,
    reads,
    writes,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORKERS = (tasks, notices_tasks)  # what a worker has read
NAME = "欧阳小满"
TYPED = {
    **{"name": NAME, "sex": "female", "birth_on": "1949-12-31", "id_number": ID_NUMBER, "phone": "13812345678"},
    **{"department_name": "纺织学院", "ethnicity": "汉族", "education": "硕士研究生", "political_status": "群众"},
}
JOINED, MOVED, RETIRED, DIED = date(2026, 3, 5), date(2026, 5, 1), date(2026, 8, 31), date(2026, 10, 10)


class Life:
    """One person and the people whom the union's work makes of him: each with a phone of his own."""

    def __init__(self, phone_of: Phones) -> None:
        self.cast = make_cast()
        self.user = make_applicant()
        self.me = phone_of(self.user)
        self.officer = phone_of(self.cast.users[Role.BRANCH_OFFICER])
        self.other_officer = phone_of(self.cast.users[OTHER_BRANCH_OFFICER])
        self.staff = phone_of(self.cast.users[Role.UNION_STAFF])
        self.chair = phone_of(self.cast.users[Role.CHAIR])
        self.accountant = phone_of(self.cast.users[Role.ACCOUNTANT])
        self.sysadmin = phone_of(self.cast.users[Role.SYSTEM_ADMIN])

    @property
    def member(self) -> Member:
        return Member.objects.get(user=self.user)


@pytest.fixture
def life(chromium, live_server):
    load_rules()
    with phones(chromium, live_server.url) as phone_of:
        yield Life(phone_of)


def test_whole_life_of_one_member(life):
    applies_with_papers(life)
    is_reviewed_by_the_branch(life)
    is_admitted_on_a_minute(life)
    is_told_what_happens_to_the_data(life)
    finds_card_and_message(life)
    pays_dues_by_payroll(life)
    keeps_the_birthday_by_the_moon(life)
    has_the_file_corrected(life)
    holds_a_post_and_an_honour(life)
    moves_to_another_branch(life)
    tells_of_a_child(life)
    reads_who_looked_and_takes_the_data_along(life)
    retires_with_a_farewell(life)
    dies_and_the_record_stays(life)


def applies_with_papers(life: Life) -> None:
    me = life.me
    opens(me, "/")
    follows(me, "加入工会")
    me.page.set_input_files(
        "[name=papers]", {"name": "人事报到单.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    presses(me, "提交申请", **TYPED, branch=str(life.cast.branch.pk))
    reads(me, "待分工会审核", "人事报到单.jpg", "****002X")
    never_reads(me, ID_NUMBER, "13812345678")


def is_reviewed_by_the_branch(life: Life) -> None:
    opens(life.other_officer, "/members/applications/")
    never_reads(life.other_officer, NAME)
    opens(life.officer, "/")
    reads(life.officer, "1 项待办")
    follows(life.officer, "入会审核")
    follows(life.officer, NAME)
    paper = life.officer.page.get_by_role("link", name="人事报到单.jpg").get_attribute("href")
    assert fetches(life.officer, paper)
    assert not fetches(life.other_officer, paper)
    presses(life.officer, "审核同意", said="材料齐全")
    reads(life.officer, "转校工会审批")


def is_admitted_on_a_minute(life: Life) -> None:
    opens(life.staff, "/admin/members/joinapplication/")
    follows(life.staff, "提交会议审批")
    row = life.user.join_applications.get()
    minute = {"minute": "校工会委员会2026年第2次会议", "met_on": JOINED.isoformat(), "document": "工会〔2026〕2号"}
    presses(life.staff, "提交", applications=str(row.pk), **minute)
    opens(life.chair, "/admin/members/joinapplication/")
    follows(life.chair, "批准入会")
    presses(life.chair, "批准", applications=str(row.pk), checked=True)
    reads(life.chair, "已批准 1 人入会")
    run_pending()


def is_told_what_happens_to_the_data(life: Life) -> None:
    """A new notice stands before every page, until he has read it; then the page that he came for."""
    opens(life.staff, "/admin/members/consenttext/add/")
    notice = {"version": "2026-2", "text": "校工会这样处理您的个人信息。", "from_on": clock.today().isoformat()}
    presses(life.staff, "保存", kind="privacy", **notice)
    me = life.me
    opens(me, "/notices/")
    reads(me, "校工会这样处理您的个人信息。", "2026-2 版")
    presses(me, "已阅读")
    reads(me, "您的入会申请已获批准")
    for actor in (Role.BRANCH_OFFICER, OTHER_BRANCH_OFFICER):
        user = life.cast.users[actor]
        consents.give_consent(text=ConsentText.objects.get(kind="privacy"), actor=user, at=clock.now())


def finds_card_and_message(life: Life) -> None:
    me = life.me
    opens(me, "/notices/")
    follows(me, "您的入会申请已获批准")
    reads(me, "欢迎加入工会")
    opens(me, "/")
    reads(me, "在会")
    never_reads(me, "加入工会")
    follows(me, "会员证")
    presses(me, "生成会员码")
    reads(me, "000001", "在册会员", "甲院")
    assert me.page.locator("img.member-card__code").get_attribute("src").startswith("data:image/")
    assert fetches(me, "/members/me/card.pdf").startswith(b"%PDF")
    opens(life.officer, "/members/?q=ouyang")
    reads(life.officer, NAME)


def pays_dues_by_payroll(life: Life) -> None:
    opens(life.me, "/members/me/dues/")
    presses(life.me, "同意并签署")
    reads(life.me, "撤回授权")
    opens(life.staff, "/admin/members/paybasis/add/")
    presses(life.staff, "保存", staff_no=life.user.username, monthly="8000", from_on="2026-03", source="人事处工资表")
    opens(life.staff, "/admin/members/dueslist/add/")
    presses(life.staff, "保存", month="2026-04")
    opens(life.accountant, "/admin/members/dueslist/")
    follows(life.accountant, "2026年04月")
    follows(life.accountant, "登记代扣结果")
    presses(life.accountant, "登记", paid_on="2026-04-15")
    opens(life.me, "/members/me/dues/")
    reads(life.me, "4月", "40.00 元", "已缴 40.00 元")


def keeps_the_birthday_by_the_moon(life: Life) -> None:
    """正月二十 is 2027-02-25 (by the table of test_lunar_birthdays); he is told a week ahead."""
    me = life.me
    opens(me, "/notices/preferences/")
    follows(me, "公历12月31日")
    presses(me, "看看是哪几天", calendar="lunar", month="1", day="20")
    reads(me, "这样选择，今后三次生日")
    presses(me, "保存")
    reads(me, "农历正月二十")
    call_command("send_due", on=date(2026, 3, 1))
    call_command("send_due", on=date(2027, 2, 18))
    opens(me, "/notices/")
    follows(me, "您的生日快到了")
    reads(me, "2月25日是您的生日")


def has_the_file_corrected(life: Life) -> None:
    opens(life.me, "/members/me/change/")
    presses(life.me, "提交申请", title="副教授", reason="职称评审通过")
    reads(life.me, "待校工会审核")
    opens(life.officer, "/members/changes/")
    follows(life.officer, NAME)
    presses(life.officer, "保存意见", word="属实")
    opens(life.staff, "/admin/members/profilechange/?waits=me")
    follows(life.staff, NAME)
    follows(life.staff, "审核")
    reads(life.staff, "副教授")
    presses(life.staff, "确定", do="accept")
    run_pending()
    opens(life.me, "/members/me/")
    reads(life.me, "副教授", "更正登记")


def holds_a_post_and_an_honour(life: Life) -> None:
    opens(life.staff, "/admin/members/body/add/")
    presses(
        life.staff,
        "保存",
        kind="group",
        name="纺机教研室工会小组",
        branch=str(life.cast.branch.pk),
        from_on="2026-03-01",
    )
    follows(life.staff, "纺机教研室工会小组")
    follows(life.staff, "登记任职")
    presses(life.staff, "登记", member=life.user.username, position="leader", how="elected", from_on="2026-03-10")
    opens(life.me, "/members/me/honours/")
    honour = {"title": "优秀工会积极分子", "level": "school", "kind": "person", "year": "2026", "issuer": "校工会"}
    presses(life.me, "提交", **honour)
    opens(life.officer, "/members/honours/")
    follows(life.officer, "优秀工会积极分子")
    presses(life.officer, "确定", do="confirm")
    opens(life.me, "/members/me/")
    reads(life.me, "纺机教研室工会小组 组长", "优秀工会积极分子")


def moves_to_another_branch(life: Life) -> None:
    records(life, ActKind.BRANCH_CHANGE, MOVED, branch=str(life.cast.other_branch.pk), document="工会〔2026〕6号")
    opens(life.officer, "/members/?q=ouyang")
    never_reads(life.officer, NAME)
    assert not fetches(life.officer, f"/members/{life.member.pk}/")
    opens(life.other_officer, "/members/?q=ouyang")
    follows(life.other_officer, NAME)
    reads(life.other_officer, "分工会调整", "优秀工会积极分子")
    never_reads(life.other_officer, "002X", "13812345678")


def records(life: Life, kind: ActKind, on: date, **more: str) -> None:
    """Union staff, from the member's own page to the act."""
    opens(life.staff, "/admin/members/member/?q=ouyang")
    follows(life.staff, NAME)
    follows(life.staff, "办理会籍变动")
    presses(life.staff, "登记", kind=kind, on=on.isoformat(), **more)
    reads(life.staff, f"已登记：{NAME}，{kind.label}")


def tells_of_a_child(life: Life) -> None:
    opens(life.me, "/")
    follows(life.me, "我的家庭")
    never_reads(life.me, "登记一位家庭成员")
    presses(life.me, "同意并签署")
    presses(life.me, "登记", relation="child", name="欧阳小禾", birth_on="2018-06-01", guardian=True)
    reads(life.me, "欧阳小禾", "监护人已同意")
    assert not fetches(life.officer, "/admin/members/familymember/")


def reads_who_looked_and_takes_the_data_along(life: Life) -> None:
    opens(life.staff, f"/admin/members/member/{life.member.pk}/reveal/phone/")
    presses(life.staff, "查看原文", reason="核对慰问品快递")
    reads(life.staff, "13812345678")
    me = life.me
    opens(me, "/members/me/looks/")
    reads(me, "查看了完整信息（手机号码）", "核对慰问品快递", "工会干事")
    opens(me, "/members/me/data/")
    follows(me, "下载 JSON")
    writes(me, password=PASSWORD)
    with me.page.expect_download() as file:
        me.page.locator("main button[type=submit]").first.click()
    taken = json.loads(file.value.path().read_text(encoding="utf-8"))
    assert taken["member"]["工号"] == life.user.username
    told = json.dumps(taken, ensure_ascii=False)
    assert [one for one in ("13812345678", ID_NUMBER, "欧阳小禾", "优秀工会积极分子") if one not in told] == []
    opens(me, "/members/me/looks/?kind=export")
    reads(me, "下载了本人全部数据")


def retires_with_a_farewell(life: Life) -> None:
    opens(life.staff, "/admin/members/membershipact/retirement/")
    reads(life.staff, NAME)
    presses(
        life.staff,
        "办理退休",
        members=str(life.member.pk),
        on=RETIRED.isoformat(),
        document="人事〔2026〕9号",
        checked=True,
    )
    reads(life.staff, "已为 1 人办理退休")
    opens(life.staff, "/admin/members/membershipact/ceremonies/")
    presses(life.staff, "查询", kind="farewells", from_on="2026-01-01", until_on="2027-01-01")
    reads(life.staff, NAME, "2026-08-31")
    me = life.me
    opens(me, "/members/me/")
    reads(me, "退休", "2026 年", "卸任：纺机教研室工会小组 组长", "分工会调整", "优秀工会积极分子")
    opens(me, "/")
    never_reads(me, "加入工会")
    opens(me, "/members/me/card/")
    reads(me, "今天不在册")
    assert not fetches(me, "/members/me/card.pdf").startswith(b"%PDF")
    opens(me, "/members/join/")
    reads(me, "您的会籍处于保留状态")
    opens(life.other_officer, "/members/?q=ouyang")
    never_reads(life.other_officer, NAME)


def dies_and_the_record_stays(life: Life) -> None:
    records(life, ActKind.DIED, DIED)
    reads(life.staff, "账号")
    opens(life.sysadmin, "/admin/core/user/?q=N2001")
    follows(life.sysadmin, NAME)
    life.sysadmin.page.locator("form [name=is_active]").uncheck()
    presses(life.sysadmin, "保存")
    life.me.open("/members/me/")
    assert "/accounts/login/" in life.me.page.url
    opens(life.staff, "/admin/members/member/?q=ouyang&state=died")
    follows(life.staff, NAME)
    follows(life.staff, "工会经历")
    kinds = ("入会", "分工会调整", "退休", "去世", "优秀工会积极分子", "纺机教研室工会小组")
    reads(life.staff, *kinds)
    told = MembershipAct.objects.filter(member=life.member).order_by("pk").values_list("kind", flat=True)
    assert list(told) == ["joined", "branch_change", "retired", "died"]


def test_who_left_may_read_his_file_and_ask_to_come_back(life):
    applies_with_papers(life)
    is_reviewed_by_the_branch(life)
    is_admitted_on_a_minute(life)
    records(life, ActKind.LEFT, RETIRED, approved_by="校工会委员会第6次会议", basis="本人申请")

    opens(life.me, "/members/me/")
    reads(life.me, "退会")
    assert not fetches(life.officer, f"/members/{life.member.pk}/")
    opens(life.me, "/")
    follows(life.me, "加入工会")
    presses(life.me, "提交申请", **TYPED, branch=str(life.cast.branch.pk))
    reads(life.me, "待分工会审核")
    assert life.user.join_applications.count() == 2
    assert User.objects.get(pk=life.user.pk).is_active
