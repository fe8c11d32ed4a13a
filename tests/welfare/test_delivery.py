"""配送单: by branch and point, in all exactly the frozen list."""

from decimal import Decimal
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from core.enums import Role
from core.spreadsheets.sheets import open_sheets
from members.models import Branch
from tests.acts import acts
from tests.cast import OTHER_BRANCH_OFFICER
from tests.welfare.handouts import AT, EACH, Scene, make_run
from welfare.delivery import delivery_of
from welfare.enums import BenefitState, EntitlementState
from welfare.models import Package, PackageChoice, PackageOffer, Purchase, Supplier
from welfare.purchase_codes import CannotPurchase, PurchaseRefusal
from welfare.services.delivering import take_delivery

ON = AT.date()


def choose(scene: Scene, member, package: Package, point: str = "") -> None:
    PackageChoice.objects.create(entitlement=scene.row(member), package=package, point=point, at=AT)


@pytest.fixture
def scene(db) -> Scene:
    """Five of the branch and one of the other: rice twice at the east gate and once at home, oil twice, one has not
    chosen; somebody who was withdrawn had chosen rice."""
    scene = make_run(5)
    staff = scene.staff
    PackageOffer.objects.create(benefit=scene.benefit, closes_at=AT, points="东门", made_by=staff)
    rice = Package.objects.create(benefit=scene.benefit, name="米", spec="5 公斤", price=EACH)
    oil = Package.objects.create(benefit=scene.benefit, name="油", price=EACH)
    for member, package in zip(scene.people, (rice, rice, rice, oil, oil), strict=True):
        choose(scene, member, package, "" if member == scene.people[2] else "东门")
    scene.list(scene.cast.member_of(OTHER_BRANCH_OFFICER), branch=scene.cast.other_branch)
    gone = scene.cast.member_of(Role.TELLER)
    scene.list(gone, state=EntitlementState.WITHDRAWN)
    choose(scene, gone, rice, "东门")
    seller = Supplier.objects.create(name="本地粮油")
    figures = {"quantity": 2, "price": Decimal(9), "amount": Decimal(18), "bought_on": ON}
    given = {"benefit": scene.benefit, "supplier": seller, "made_by": staff, "made_at": AT, "what": "米"}
    Purchase.objects.create(**given, **figures, package=rice)
    return scene


def test_quantities_by_branch_and_point_are_those_counted_by_hand(scene):
    found = delivery_of(scene.benefit, on=ON)

    home, other = scene.cast.branch.short_name, scene.cast.other_branch.short_name
    assert [(line.branch, line.point, line.thing, line.suppliers, line.quantity) for line in found.lines] == [
        (home, "本分工会", "米 5 公斤", "本地粮油", 1),
        (home, "东门", "米 5 公斤", "本地粮油", 2),
        (home, "东门", "油", "", 2),
        (other, "本分工会", "（尚未选择）", "", 1),
    ]
    assert [(one.thing, one.quantity, one.bought, one.missing) for one in found.sums] == [
        ("米 5 公斤", 3, 2, 1),
        ("油", 2, 0, 2),
        ("（尚未选择）", 1, 0, 1),
    ]
    assert (found.people, found.undecided) == (6, 1)
    assert found.people == scene.benefit.entitlements.listed().count()
    assert found.lines[0].contacts == scene.officer.name


def test_a_run_without_packages_is_a_head_count_by_branch(db):
    scene = make_run(3)

    found = delivery_of(scene.benefit, on=ON)

    (line,) = found.lines
    assert (line.thing, line.quantity, found.people, found.undecided) == (scene.benefit.name, 3, 3, 0)


def test_what_is_bought_and_nobody_has_chosen_is_told_beside_what_is_needed(scene):
    nuts = Package.objects.create(benefit=scene.benefit, name="坚果", price=EACH)
    bought = Purchase.objects.get()
    bought.pk, bought.package, bought.what = None, nuts, "坚果"
    bought.save(force_insert=True)

    found = delivery_of(scene.benefit, on=ON)

    assert [(one.thing, one.quantity, one.bought) for one in found.sums][2] == ("坚果", 0, 2)
    assert sum(one.quantity for one in found.sums) == found.people == 6
    content = take_delivery(benefit=scene.benefit, format="pdf", actor=scene.staff, at=AT)
    assert "坚果" not in "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def test_a_share_of_several_things_is_whole_where_all_of_them_are_there(db):
    """Three people: three bags of rice in two purchases, two boxes of nuts."""
    scene = make_run(3)
    seller = Supplier.objects.create(name="本地粮油")
    for what, quantity in (("米", 2), ("坚果", 2), ("米", 1)):
        figures = {"quantity": quantity, "price": Decimal(1), "amount": Decimal(quantity), "bought_on": ON}
        given = {"benefit": scene.benefit, "supplier": seller, "made_by": scene.staff, "made_at": AT, "what": what}
        Purchase.objects.create(**given, **figures)

    found = delivery_of(scene.benefit, on=ON)

    assert [(one.thing, one.suppliers, one.quantity, one.bought, one.missing) for one in found.sums] == [
        ("米、坚果", "本地粮油", 3, 2, 1)
    ]
    assert [line.thing for line in found.lines] == ["米、坚果"]


def test_a_delivery_of_many_people_is_as_many_queries_as_of_few(db):
    def queries(people: int) -> int:
        scene = make_run(people)
        with CaptureQueriesContext(
            connection,
        ) as found:
            delivery_of(scene.benefit, on=ON)
        return len(found)

    assert queries(3) == 4


def test_the_sheet_has_the_lines_and_their_sum_and_nobodys_name(scene):
    content = take_delivery(benefit=scene.benefit, format="xlsx", actor=scene.staff, at=AT)

    with open_sheets(BytesIO(content), filename="配送单.xlsx") as sheets:
        _title, note, heads, *rows = [list(cells) for _, cells in sheets[0].rows]
    assert heads[6] == "数量"
    assert [row[6] for row in rows] == [1, 2, 2, 1, 6, 3, 2, 1]
    assert "制表日期" in note[0]
    assert not {member.name for member in scene.people} & {cell for row in rows for cell in row}
    entry = acts().get(action__startswith="welfare.")
    assert (entry.action, entry.data) == (
        "welfare.benefit.delivery_printed",
        {"format": "xlsx", "people": 6, "lines": 4},
    )


def test_the_pdf_says_the_same(scene):
    content = take_delivery(benefit=scene.benefit, format="pdf", actor=scene.staff, at=AT)

    text = "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    for words in ("配送单", "东门", "本地粮油", "共 6 份", "供货商（签章）"):
        assert words in text


@pytest.mark.parametrize("state", [BenefitState.DRAFT, BenefitState.FROZEN, BenefitState.CANCELLED])
def test_nothing_is_delivered_of_a_list_that_is_not_approved(scene, state):
    scene.benefit.__class__.objects.filter(pk=scene.benefit.pk).update(state=state, said="停")
    scene.benefit = scene.benefit.__class__.objects.get(pk=scene.benefit.pk)

    with pytest.raises(CannotPurchase) as refused:
        take_delivery(benefit=scene.benefit, format="xlsx", actor=scene.staff, at=AT)

    assert refused.value.code is PurchaseRefusal.NOTHING_TO_DELIVER
    assert not acts().filter(action__startswith="welfare.").exists()


@pytest.mark.parametrize("role", [Role.CHAIR, Role.AUDITOR, Role.BRANCH_OFFICER, OTHER_BRANCH_OFFICER])
def test_only_union_staff_take_it_out(scene, role):
    with pytest.raises(PermissionDenied):
        take_delivery(benefit=scene.benefit, format="xlsx", actor=scene.user(role), at=AT)


def test_branches_stand_in_their_order(scene):
    Branch.objects.filter(pk=scene.cast.other_branch.pk).update(position=0)
    Branch.objects.filter(pk=scene.cast.branch.pk).update(position=1)

    lines = delivery_of(scene.benefit, on=ON).lines

    assert lines[0].branch == scene.cast.other_branch.short_name
