"""Packages: chosen until the deadline, never oversold, and whoever did not choose has the default."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from core import books
from core.enums import Role
from core.models import User
from members.models import Member
from tests.acts import acts
from tests.owner import owner_does
from tests.together import together
from tests.trust.sizes import size
from tests.welfare.handouts import AT, EACH, Scene, make_run
from welfare.enums import BenefitState, EntitlementState, ExceptionKind
from welfare.models import Benefit, Entitlement, Package, PackageChoice, PackageOffer
from welfare.package_codes import CannotChoose, PackageRefusal
from welfare.services import choosing, exceptions, packages

CLOSES = AT + timedelta(days=3)
CLIENTS, WISHES, LAST = 32, size(500, 2_000), size(50, 200)


def offered(scene: Scene, points: str = "") -> PackageOffer:
    values = {"benefit": scene.benefit, "closes_at": CLOSES, "points": points}
    return packages.keep_offer(offer=None, values=values, actor=scene.staff, at=AT)


def package(
    scene: Scene, name: str = "粽子", *, stock: int | None = None, is_default: bool = False, **more
) -> Package:
    values = {"benefit": scene.benefit, "name": name, "spec": "", "price": EACH} | more
    values |= {"stock": stock, "is_default": is_default}
    return packages.keep_package(package=None, values=values, actor=scene.staff, at=AT)


def choose(scene: Scene, member: Member, wanted: Package, *, at=AT, actor: User | None = None, point: str = ""):
    user = actor or member.user
    return choosing.choose(share=scene.row(member), package=wanted, point=point, actor=user, at=at)


@pytest.fixture
def scene(db) -> Scene:
    """A member of the cast is listed beside one who has no account."""
    made = make_run(1)
    for actor in (Role.TELLER, "member"):
        made.list(made.cast.member_of(actor))
    return made


def wrong_packages() -> list:
    """What the hourly check of the books says of packages."""
    return [difference for difference in books.differences() if "套餐" in difference.label]


def taken() -> dict[str, int]:
    return dict(Package.objects.values_list("name", "taken"))


def refused(call, code: PackageRefusal) -> None:
    before = taken(), PackageChoice.objects.count(), acts().count()

    with pytest.raises(CannotChoose) as refusal:
        call()

    assert refusal.value.code is code
    assert (taken(), PackageChoice.objects.count(), acts().count()) == before


def test_a_choice_is_changed_until_the_deadline_and_the_stock_goes_back(scene):
    offered(scene, "南门\n北门")
    rice, oil = package(scene, "米", stock=1), package(scene, "油", stock=1)
    one = scene.cast.member_of("member")

    choose(scene, one, rice, point="南门")
    choose(scene, one, rice, point="北门")
    assert taken() == {"米": 1, "油": 0}
    choose(scene, one, oil, point="北门", at=CLOSES - timedelta(seconds=1))

    assert taken() == {"米": 0, "油": 1}
    chosen = PackageChoice.objects.get()
    assert (chosen.package, chosen.point, chosen.by_default) == (oil, "北门", False)
    assert acts().filter(action="welfare.packagechoice.made", subject=one.pk).count() == 3


def test_sold_out_leaves_what_he_had(scene):
    offered(scene)
    rice, oil = package(scene, "米", stock=1), package(scene, "油", stock=1)
    one, other = scene.cast.member_of("member"), scene.cast.member_of(Role.TELLER)
    choose(scene, one, rice)
    choose(scene, other, oil)

    refused(lambda: choose(scene, one, oil), PackageRefusal.SOLD_OUT)

    assert scene.row(one).choice.package == rice


def test_what_is_against_a_rule_is_refused(scene):
    one = scene.cast.member_of("member")
    rice = package(scene, "米")
    refused(lambda: choose(scene, one, rice), PackageRefusal.NOT_OFFERED)
    offered(scene, "南门")

    refused(lambda: choose(scene, one, rice, point="西门"), PackageRefusal.POINT)
    refused(lambda: choose(scene, one, rice), PackageRefusal.POINT)
    refused(lambda: choose(scene, one, rice, point="南门", at=CLOSES), PackageRefusal.CLOSED)
    scene.give(one)
    refused(lambda: choose(scene, one, rice, point="南门"), PackageRefusal.NOT_DUE)


def test_nobody_chooses_for_another(scene):
    offered(scene)
    rice = package(scene, "米")

    with pytest.raises(PermissionDenied):
        choose(scene, scene.cast.member_of("member"), rice, actor=scene.officer)

    assert not PackageChoice.objects.exists()


def test_a_merged_records_share_is_chosen_by_the_living_one(scene):
    offered(scene)
    rice = package(scene, "米")
    keep = scene.cast.member_of("member")
    Member.objects.filter(pk=scene.people[0].pk).update(merged_into=keep)

    choose(scene, scene.people[0], rice, actor=keep.user)

    assert PackageChoice.objects.get().entitlement.member == scene.people[0]


def test_after_the_deadline_the_default_is_given_once(scene):
    offer = offered(scene)
    rice, default = package(scene, "米", stock=5), package(scene, "面", is_default=True)
    choose(scene, scene.cast.member_of("member"), rice)
    late = CLOSES + timedelta(hours=1)

    given = [choosing.assign_defaults(offer=offer, actor=scene.staff, at=late) for _ in range(2)]

    assert given == [2, 0]
    assert taken() == {"米": 1, "面": 2}
    assert PackageChoice.objects.filter(package=default, by_default=True).count() == 2
    assert wrong_packages() == []


@pytest.mark.parametrize(
    ("at", "has_default", "state", "code"),
    [
        (CLOSES - timedelta(seconds=1), True, BenefitState.HANDING_OUT, PackageRefusal.NOT_YET),
        (CLOSES, False, BenefitState.HANDING_OUT, PackageRefusal.NO_DEFAULT),
        (CLOSES, True, BenefitState.SETTLED, PackageRefusal.RUN_OVER),
    ],
)
def test_no_default_is_given_against_a_rule(scene, at, has_default, state, code):
    offer = offered(scene)
    package(scene, "面", is_default=has_default)
    type(scene.benefit).objects.filter(pk=scene.benefit.pk).update(state=state)

    refused(lambda: choosing.assign_defaults(offer=offer, actor=scene.staff, at=at), code)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"price": EACH + Decimal("0.01")}, PackageRefusal.PRICE),
        ({"price": Decimal(0)}, PackageRefusal.PRICE),
        ({"name": "米"}, PackageRefusal.NAME),
        ({"stock": 5, "is_default": True}, PackageRefusal.DEFAULT),
        ({"is_default": True}, PackageRefusal.DEFAULT),
    ],
)
def test_what_no_package_may_be(scene, values, code):
    package(scene, "米")
    package(scene, "面", is_default=True)

    refused(lambda: package(scene, **({"name": "油"} | values)), code)


def test_a_package_that_was_chosen_changes_its_stock_only(scene):
    offered(scene)
    rice = package(scene, "米", stock=5)
    choose(scene, scene.cast.member_of("member"), rice)
    facts = {"name": "米", "spec": "", "price": EACH, "is_default": False}
    by = {"actor": scene.staff, "at": AT}

    refused(lambda: packages.keep_package(package=rice, values=facts | {"stock": 0}, **by), PackageRefusal.STOCK)
    refused(
        lambda: packages.keep_package(package=rice, values=facts | {"stock": 5, "spec": "10kg"}, **by),
        PackageRefusal.CHOSEN,
    )
    assert packages.keep_package(package=rice, values=facts | {"stock": 1}, **by).left == 0


def test_only_union_staff_offer(scene):
    for actor in (scene.officer, scene.user(Role.CHAIR)):
        values = {"benefit": scene.benefit, "closes_at": CLOSES, "points": ""}
        with pytest.raises(PermissionDenied):
            packages.keep_offer(offer=None, values=values, actor=actor, at=AT)
    assert not PackageOffer.objects.exists()


def test_the_database_lets_nobody_oversell(scene):
    rice = package(scene, "米", stock=1)

    with pytest.raises(IntegrityError, match="package_never_oversold"), transaction.atomic():
        Package.objects.filter(pk=rice.pk).update(taken=2)


def withdraw(scene: Scene, member: Member) -> None:
    sums = {"people": 3, "total": EACH * 3, "reserved": EACH * 3}
    Benefit.objects.filter(pk=scene.benefit.pk).update(**sums)  # of a run that was not made by the services
    given = {"benefit": scene.benefit, "kind": ExceptionKind.WITHDRAW, "member": member, "branch": None}
    asked = exceptions.ask_exception(**given, reason="去世", actor=scene.staff, at=AT)
    exceptions.approve_exception(exception=asked, key=uuid4(), actor=scene.user(Role.CHAIR), at=AT)


def test_the_package_of_who_is_withdrawn_is_anothers_to_choose(scene):
    offered(scene)
    rice = package(scene, "米", stock=1)
    one, other = scene.cast.member_of("member"), scene.cast.member_of(Role.TELLER)
    choose(scene, one, rice)

    withdraw(scene, one)

    assert (taken(), PackageChoice.objects.count()) == ({"米": 0}, 0)
    said = acts().get(action="welfare.benefitexception.approved")
    assert said.data["package"] == rice.pk
    choose(scene, other, rice)
    assert wrong_packages() == []


def test_control_without_taking_it_back_the_books_see_it(scene, monkeypatch):
    offered(scene)
    rice = package(scene, "米", stock=1)
    choose(scene, scene.cast.member_of("member"), rice)
    monkeypatch.setattr(exceptions, "take_back", lambda _share: None)

    withdraw(scene, scene.cast.member_of("member"))

    assert wrong_packages()


# The last ones ------------------------------------------------------------------------------------------------------
def _crowd() -> tuple[Scene, Package, list[int]]:
    """So many accounts, each with a share, and the last packages of one kind."""
    scene = make_run(WISHES)
    users = User.objects.bulk_create([User(username=one.staff_no, name=one.name) for one in scene.people])
    for one, user in zip(scene.people, users, strict=True):
        one.user = user
    Member.objects.bulk_update(scene.people, ["user"])
    offered(scene)
    shares = Entitlement.objects.filter(benefit=scene.benefit).values_list("pk", flat=True)
    return scene, package(scene, "海鲜", stock=LAST), list(shares)


def _rush(wanted: Package, shares: list[int]) -> list:
    """32 clients, each with his part of the wishes, one after the other."""

    def client(number: int) -> list:
        answers: list = []
        for pk in shares[number::CLIENTS]:
            share = Entitlement.objects.select_related("member__user").get(pk=pk)
            try:
                answers.append(choosing.choose(share=share, package=wanted, actor=share.member.user, at=AT))
            except (CannotChoose, IntegrityError) as refusal:
                answers.append(refusal)
        return answers

    return [answer for answers in together(client, CLIENTS) for answer in answers]


@pytest.mark.django_db(transaction=True)
def test_32_clients_and_the_last_50_of_500_wishes():
    _scene, wanted, shares = _crowd()

    answers = _rush(wanted, shares)

    given = [answer for answer in answers if isinstance(answer, PackageChoice)]
    told = [answer.message for answer in answers if isinstance(answer, CannotChoose)]
    assert (len(given), len(told)) == (LAST, WISHES - LAST)
    assert set(told) == {PackageRefusal.SOLD_OUT.label}
    wanted.refresh_from_db()
    assert (wanted.taken, wanted.left, PackageChoice.objects.count()) == (LAST, 0, LAST)
    assert wrong_packages() == []


def _count_first(package: int) -> bool:
    """What a shop without a lock does: look, then sell."""
    row = Package.objects.get(pk=package)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.002)")
    if row.left == 0:
        return False
    Package.objects.filter(pk=package).update(taken=row.taken + 1)
    return True


@pytest.mark.django_db(transaction=True)
def test_control_without_the_claim_and_the_constraint_it_is_oversold(monkeypatch):
    _scene, wanted, shares = _crowd()
    owner_does("ALTER TABLE welfare_package DROP CONSTRAINT package_never_oversold")
    monkeypatch.setattr(choosing, "_claim", _count_first)

    _rush(wanted, shares)

    assert PackageChoice.objects.count() > LAST
    assert wrong_packages()


def test_who_was_withdrawn_chooses_nothing(scene):
    offered(scene)
    rice = package(scene, "米")
    one = scene.cast.member_of("member")
    Entitlement.objects.filter(pk=scene.row(one).pk).update(state=EntitlementState.WITHDRAWN)

    refused(lambda: choose(scene, one, rice), PackageRefusal.NOT_DUE)
