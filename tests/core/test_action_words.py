"""Every audit code in our source has Chinese words in the administrator's list."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from core.admin.records import words_of

ROOMS = ("core", "members", "notices", "finance", "welfare", "union_site")
# "action=..." and assignments to action, literal or with a variable verb, which stands for adding and changing.
CODE = re.compile(r'action\s*=\s*f?"((?:core|members|notices|finance|welfare)\.[\w.{}]+)"')


def codes() -> list[str]:
    found = set()
    for room in ROOMS:
        for path in Path(settings.BASE_DIR, room).rglob("*.py"):
            found.update(CODE.findall(path.read_text(encoding="utf-8")))
    return sorted(
        code.replace("{verb}", verb) for code in found for verb in ("created", "changed") if "{meta" not in code
    )


def test_codes_are_found():
    assert "core.user.signed_in" in codes()
    assert "members.branch.created" in codes()
    assert len(set(codes())) >= 15


@pytest.mark.parametrize(
    "code",
    sorted(
        {
            *codes(),
            "members.membersecret.id_number_revealed",
            "members.membersecret.bank_card_revealed",
            "members.member.phone_revealed",
            *(f"finance.entry.{verb}" for verb in ("budget_set", "budget_revised", "reserved", "freed", "expired")),
            *(f"finance.entry.{verb}" for verb in ("spent", "refunded", "received", "reversed", "allotted")),
            *(f"welfare.benefit.{verb}" for verb in ("drafted", "changed", "frozen", "recorded", "approved")),
            *(f"welfare.benefit.{verb}" for verb in ("started", "settled", "cancelled")),
            *("welfare.benefit.sheet_printed", "welfare.benefit.delivery_printed"),
            *("welfare.purchase.recorded", "welfare.purchase.cancelled"),
            *("welfare.packageoffer.assigned", "welfare.packagechoice.made"),
            *(
                f"welfare.{noun}.{verb}"
                for noun in ("package", "packageoffer", "supplier")
                for verb in ("created", "changed")
            ),
            *(f"welfare.handout.{verb}" for verb in ("noted", "note_reversed")),
            *(f"welfare.benefitexception.{verb}" for verb in ("asked", "approved", "rejected")),
        }
    ),
)
def test_code_is_said_in_chinese(code):
    assert not re.search("[a-z_]", words_of(code)), words_of(code)
