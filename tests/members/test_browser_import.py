"""A roster of 10,000 rows, 500 of them bad, in a real browser: preview, fix, upload again, commit, undo."""

import random
from datetime import date, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from playwright.sync_api import Page

from core.enums import Role
from core.identity import check_character
from core.spreadsheets.sheets import open_sheets
from members import tasks  # noqa: F401  # the handlers
from members.enums import ImportState
from members.models import Branch, ImportRun, Member
from members.services import import_runs, import_working
from tests.cast import MEMBER, PASSWORD, make_cast
from tests.draining import run_pending
from tests.members.importing import register
from tests.union_site.browser import PHONE, screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ROWS, BAD, SEED = 10_000, 500, 20261121
HEADER = ("工号", "姓名", "性别", "出生日期", "身份证号", "所属分工会", "入会时间", "手机号码", "银行卡号", "职称")
BRANCHES = ("甲院", "乙院")
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉梅"
# What is wrong with every twentieth row, by turns, and how it is put right.
FAULTS = ("id", "name", "branch", "date", "staff_no")


def people(known: str) -> list[list]:
    """``ROWS`` rows; the first is somebody whom the register knows, with another name and a new card."""
    chance = random.Random(SEED)
    rows = []
    for number in range(ROWS):
        born = date(1962, 1, 1) + timedelta(days=chance.randrange(14_000))
        first = f"{chance.randint(110_000, 659_999)}{born:%Y%m%d}{number % 1000:03}"
        id_number = first + check_character(first)
        name = chance.choice(_SURNAMES) + chance.choice(_GIVEN) + chance.choice(_GIVEN)
        sex = "男" if int(id_number[16]) % 2 else "女"
        row = [f"30{number:05}", name, sex, born.isoformat(), id_number, BRANCHES[number % 2], "2015-09-01"]
        rows.append([*row, f"139{number:08}", f"62299911{number:010}", "讲师"])
    rows[0][0] = known
    return rows


def spoilt(rows: list[list]) -> tuple[list[list], dict[str, list]]:
    """The rows with ``BAD`` of them wrong; and the right ones, by the place where they stood."""
    found, right = [list(row) for row in rows], {}
    for turn, place in enumerate(range(19, ROWS, ROWS // BAD)):
        row = found[place]
        match FAULTS[turn % len(FAULTS)]:
            case "id":
                row[4] = row[4][:17] + ("0" if row[4][17] != "0" else "1")
            case "name":
                row[1] = "=SUM(A1)"
            case "branch":
                row[5] = "丙院"
            case "date":
                row[6] = "2015-02-30"
            case "staff_no":
                row[0] = found[place - 1][0]
        # A branch that nobody knows is put right in the preview, everything else in the file.
        right[f"花名册 第 {place + 2} 行"] = row if row[5] == "丙院" else rows[place]
    return found, right


def write(path: Path, rows: list[list], header=HEADER) -> Path:
    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("花名册")
        for number, row in enumerate([list(header), *rows]):
            for place, cell in enumerate(row):
                if cell != "":
                    sheet.write_string(number, place, cell)
    return path


def mended(downloaded: Path, right: dict[str, list], path: Path) -> Path:
    """The file of failed rows as a clerk puts it right: the wrong cells typed over, everything else left."""
    with open_sheets(downloaded, filename="failed.xlsx") as sheets:
        rows = [list(cells) for _number, cells in sheets[0].rows]
    head = next(number for number, row in enumerate(rows) if "工号" in row)
    place = rows[head].index("原始位置")
    return write(path, [[*right[row[place]], *row[len(HEADER) :]] for row in rows[head + 1 :]], rows[head])


def upload(page: Page, address: str, path: Path) -> ImportRun:
    """Upload, take the columns as they are known, and wait for the worker's preview."""
    page.goto(f"{address}/admin/members/importrun/upload/")
    page.set_input_files("input[name=file]", path)
    page.click("button:has-text('上传')")
    page.click("button:has-text('下一步：预览')")
    page.wait_for_url("**/change/")
    return settled(page)


def press(page: Page, link: str, button: str) -> ImportRun:
    """One step from the run's page: its link, then the button that confirms."""
    page.click(f"main a:has-text('{link}'), #content-main a:has-text('{link}')")
    page.click(f"button:has-text('{button}')")
    page.wait_for_url("**/change/")
    return settled(page)


def settled(page: Page) -> ImportRun:
    """What waits is worked off as relay and worker would; the page shows it by itself."""
    run_pending()
    page.wait_for_selector("progress", state="detached")
    pk = int(page.url.rstrip("/").split("/")[-2])
    return ImportRun.objects.get(pk=pk)


def test_ten_thousand_rows_are_previewed_mended_committed_and_undone(desk, tmp_path):
    cast = make_cast()
    known = cast.member_of(MEMBER).staff_no
    rows, right = spoilt(people(known))
    path = write(tmp_path / "花名册.xlsx", rows)
    before = register()
    page, staff = desk.page, cast.users[Role.UNION_STAFF]
    desk.sign_in(staff.username, PASSWORD)

    first = upload(page, desk.address, path)
    assert not import_runs.is_small(first)  # a worker's
    assert (first.state, first.counts["new"], first.counts["changed"]) == (ImportState.JUDGED, ROWS - BAD - 1, 1)
    assert first.counts["error"] == BAD
    assert register() == before  # a preview changes nothing
    page.click("a.house-figure:has-text('不导入')")
    assert "身份证号有误" in page.text_content("#content-main")
    with page.expect_download() as download:
        page.click("text=下载不导入的行")
    fixed = mended(download.value.path(), right, tmp_path / "改正.xlsx")
    first = press(page, "下一步：确认导入", "导入")
    assert (first.state, first.trouble) == (ImportState.COMMITTED, "")
    assert Member.objects.filter(staff_no__startswith="30").count() == ROWS - BAD - 1

    second = upload(page, desk.address, fixed)
    assert (second.counts["new"], second.counts["error"]) == (BAD * 4 // 5, BAD // 5)
    page.click("text=新建或指定分工会")
    other = Branch.objects.get(short_name="乙院")
    page.select_option("select", str(other.pk))
    page.click("button:has-text('确定')")
    page.wait_for_url("**/change/")
    second = settled(page)
    assert (second.counts["new"], second.counts["error"]) == (BAD, 0)
    second = press(page, "下一步：确认导入", "导入")
    assert Member.objects.filter(staff_no__startswith="30").count() == ROWS - 1

    assert desk.complaints == []
    page.click("text=撤销这次导入")
    page.click("button:has-text('撤销这次导入')")
    page.wait_for_url("**/change/")
    assert settled(page).state == ImportState.UNDONE
    desk.open(f"/admin/members/importrun/{first.pk}/change/")
    assert press(page, "撤销这次导入", "撤销这次导入").state == ImportState.UNDONE
    other.aliases.all().delete()  # made from the preview, for good
    assert register() == before
    assert desk.complaints == []


def rules_of(window) -> set[str]:
    return {barrier.partition(":")[0] for barrier in window.barriers()}


def test_pages_of_an_import_keep_nobody_out_and_need_no_script(chromium, live_server, desk, tmp_path):
    cast = make_cast()
    staff = cast.users[Role.UNION_STAFF]
    rows, _right = spoilt(people(cast.member_of(MEMBER).staff_no))
    path = write(tmp_path / "花名册.xlsx", rows[:120])
    with screen(chromium, live_server.url, PHONE, java_script_enabled=False) as phone:
        phone.sign_in(staff.username, PASSWORD)
        run = upload(phone.page, phone.address, path)
        assert press(phone.page, "下一步：确认导入", "导入").state == ImportState.COMMITTED
    desk.sign_in(staff.username, PASSWORD)
    desk.open("/admin/members/branch/")
    everywhere = rules_of(desk)  # what the admin's own frame breaks is not these pages' affair
    steps = ("columns", "branches", "commit", "discard", "undo", "change")
    for page in ("", "upload/", *(f"{run.pk}/{step}/" for step in steps)):
        desk.open(f"/admin/members/importrun/{page}")
        assert rules_of(desk) - everywhere == set(), page
        assert not desk.is_wider_than_the_window(), page
    assert desk.complaints == []
    assert import_working.work_off(run.pk) is None
