"""A roster of any size with the dirt of a real one: spaces, dates in eight spellings, floats, faulty rows."""

import random
from datetime import date, timedelta
from pathlib import Path

import xlsxwriter

from core.identity import check_character

HEADER = (
    *("序号", "工号", "姓名", "性别", "民族", "出生年月", "身份证号", "政治面貌", "最高学历", "职称", "所在部门"),
    *("所属分工会", "入校时间", "入会时间", "手机号码", "电子邮箱", "银行卡号", "备注"),
)
BRANCHES = [f"第{number}分工会" for number in range(1, 41)]
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文玉兰红建国志海波宁欣怡子涵梓萱浩宇轩博晓东"
_SPELLINGS = (
    lambda day: day.isoformat(),
    lambda day: f"{day:%Y/%m/%d}",
    lambda day: f"{day:%Y%m%d}",
    lambda day: f"{day.year}.{day.month}.{day.day}",
    lambda day: f"{day.year}年{day.month}月{day.day}日",
    lambda day: day,
)


def write_book(path: Path, *, rows: int, seed: int) -> None:
    """One sheet as the demo year's clerk keeps it; about 1.5 % of the rows are faulty."""
    dice = random.Random(seed)
    settings = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, {**settings, "default_date_format": "yyyy/mm/dd"}) as book:
        sheet = book.add_worksheet("花名册")
        sheet.write_string(0, 0, "某大学工会会员花名册")
        sheet.write_row(2, 0, HEADER)
        for number in range(rows):
            for place, cell in enumerate(_row(dice, number)):
                if isinstance(cell, date):
                    sheet.write_datetime(3 + number, place, cell)
                elif cell != "":
                    sheet.write(3 + number, place, cell)
        sheet.write_string(4 + rows, 0, f"合计：{rows}人")


def _row(dice: random.Random, number: int) -> list:
    born = date(1960, 1, 1) + timedelta(days=dice.randrange(14600))
    hired = born + timedelta(days=dice.randrange(8500, 12000))
    joined = hired + timedelta(days=dice.randrange(400))
    sequence = dice.randrange(1000)
    digits = f"99{number % 10000:04}{born:%Y%m%d}{sequence:03}"
    staff_no = f"{2000000 + number}"
    phone = 13000000000 + dice.randrange(6 * 10**9)
    branch = dice.choice(BRANCHES)
    row = [
        number + 1,
        staff_no,
        dice.choice(_SURNAMES)
        + dice.choice(["", "", "\u3000"])
        + dice.choice(_GIVEN)
        + dice.choice(["", dice.choice(_GIVEN)]),
        "男" if sequence % 2 else "女",
        "汉族",
        dice.choice(_SPELLINGS)(born),
        digits + check_character(digits),
        dice.choice(["中共党员", "群众", "共青团员"]),
        dice.choice(["本科", "硕士研究生", "博士研究生"]),
        dice.choice(["讲师", "副教授", "教授", ""]),
        branch.removesuffix("分工会"),
        dice.choice([branch, branch, branch.removesuffix("分工会"), f"{branch} "]),
        dice.choice(_SPELLINGS)(hired),
        dice.choice(_SPELLINGS)(joined),
        dice.choice([str(phone), float(phone), f"{phone // 10**8}-{phone // 10**4 % 10**4:04}-{phone % 10**4:04}"]),
        f"{staff_no}@example.edu.cn",
        f"6229 99{number:010} {dice.randrange(1000):03}",
        f"{joined.year + 10}年3月9日退休" if dice.random() < 0.03 else "",
    ]
    return _spoilt(dice, row) if dice.random() < 0.015 else row


def _spoilt(dice: random.Random, row: list) -> list:
    fault = dice.randrange(5)
    if fault == 0:
        row[6] = row[6][:-1] + ("1" if row[6][-1] != "1" else "2")
    elif fault == 1:
        row[2] = ""
    elif fault == 2:
        row[11] = "东区临时分工会"
    elif fault == 3:
        row[13] = "2012.2.30"
    else:
        row[1] = "2000000"
    return row
