"""发放签领表: who is on it, its sum in figures and words, who may print it."""

from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from pypdf import PdfReader

from core.enums import Role
from tests.acts import acts
from tests.welfare.handouts import AT, EACH, make_run
from welfare.enums import BenefitState, EntitlementState
from welfare.models.packages import Package, PackageChoice
from welfare.services import sheets


def printed(scene, *, actor=None, branch=None) -> list[str]:
    """The pages' text."""
    pdf = sheets.print_sheet(
        benefit=scene.benefit, branch=branch or scene.cast.branch, actor=actor or scene.officer, at=AT
    )
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def test_the_lines_are_who_is_in_the_run_by_name(db):
    scene = make_run(2)
    gone = scene.cast.member_of(Role.TELLER)
    scene.list(gone, state=EntitlementState.WITHDRAWN)
    scene.give(scene.people[1], proxy="李四", relation="同事")

    facts = sheets.sheet_of(scene.benefit, scene.cast.branch, on=AT.date())

    assert [(line.number, line.name, line.amount, line.proxy) for line in facts["lines"]] == [
        (1, scene.people[0].name, EACH, ""),
        (2, scene.people[1].name, EACH, "李四"),
    ]
    assert (facts["total"], facts["words"]) == (2 * EACH, "捌佰元整")


def test_who_chose_a_package_signs_for_it(db):
    scene = make_run(2)
    package = Package.objects.create(benefit=scene.benefit, name="粮油套餐", spec="米 5 公斤", price=EACH)
    PackageChoice.objects.create(entitlement=scene.row(scene.people[0]), package=package, at=AT)

    facts = sheets.sheet_of(scene.benefit, scene.cast.branch, on=AT.date())

    assert [line.thing for line in facts["lines"]] == ["粮油套餐 米 5 公斤", scene.benefit.name]


def test_every_page_has_the_head_and_the_last_the_sum_and_the_signatures(db):
    scene = make_run(60)

    pages = printed(scene)

    assert len(pages) >= 3
    for number, page in enumerate(pages, start=1):
        assert "领取人签字" in page
        assert f"第 {number} 页 共 {len(pages)} 页" in page
    assert "24,000.00" in pages[-1]
    assert "人民币贰万肆仟元整" in pages[-1]
    assert "经手人" in pages[-1]
    entry = acts().get(action="welfare.benefit.sheet_printed")
    assert entry.data == {"branch": scene.cast.branch.pk, "people": 60}


def test_a_long_list_is_bound_of_parts_with_their_sums(db, monkeypatch):
    monkeypatch.setattr(sheets, "PART", 25)
    scene = make_run(60)

    pages = printed(scene)

    text = "".join(pages)
    assert [text.count(f"第 {part} 部分，共 3 部分") > 0 for part in (1, 2, 3, 4)] == [True, True, True, False]
    assert (text.count("本部分小计"), text.count("合计")) == (3, 1)
    assert "10,000.00" in text
    assert all(f"第 {number} 页 共 {len(pages)} 页" in page for number, page in enumerate(pages, start=1))
    assert "24,000.00" in pages[-1]


@pytest.mark.parametrize(
    ("actor", "state"),
    [
        (Role.CHAIR, BenefitState.HANDING_OUT),
        ("other_branch_officer", BenefitState.HANDING_OUT),
        (Role.UNION_STAFF, BenefitState.FROZEN),
    ],
)
def test_who_may_not_print_it_gets_nothing(db, actor, state):
    scene = make_run(1, state=state)

    with pytest.raises(PermissionDenied):
        printed(scene, actor=scene.user(actor))

    assert not acts().filter(action="welfare.benefit.sheet_printed").exists()
