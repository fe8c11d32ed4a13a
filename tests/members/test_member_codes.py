"""The member code: random, dead when renewed, so many a day, good on the roll only."""

from datetime import timedelta

import pytest

from core import clock, startup
from core.enums import Role
from members.models import MemberCode, Membership
from members.own_codes import CodeRefusal
from members.services import codes, printing_cards
from members.services.codes import CannotUseCode
from tests.acts import acts
from tests.cast import MEMBER, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


def renewed(cast, actor=MEMBER, at=None) -> str:
    return codes.plain_of(codes.renew_code(actor=cast.users[actor], at=at or clock.now()))


def test_code_finds_its_member_and_says_nothing_of_him(cast):
    code = renewed(cast)

    assert codes.member_for(code, clock.now()) == cast.member_of(MEMBER)
    assert len(code) == 22
    assert cast.users[MEMBER].username not in code
    assert code not in str(MemberCode.objects.values()[0])


def test_programs_start_on_a_register_with_codes(cast):
    """The hash beside the sealed code is of the code itself, as the start-up check takes every such pair to be."""
    renewed(cast)

    startup.assert_safe()


def test_renewed_code_kills_the_old_one(cast):
    old = renewed(cast)
    new = renewed(cast)

    with pytest.raises(CannotUseCode) as refused:
        codes.member_for(old, clock.now())

    assert refused.value.code is CodeRefusal.UNKNOWN
    assert codes.member_for(new, clock.now()) == cast.member_of(MEMBER)


@pytest.mark.parametrize("code", ["", "C001", "x" * 5000, "\x00", "' OR 1=1"])
def test_foreign_text_is_nobody(cast, code):
    renewed(cast)

    with pytest.raises(CannotUseCode) as refused:
        codes.member_for(code, clock.now())

    assert refused.value.code is CodeRefusal.UNKNOWN


def test_code_of_somebody_off_the_roll_is_refused(cast):
    code = renewed(cast)
    today = clock.today()
    Membership.objects.filter(member=cast.member_of(MEMBER)).update(until_on=today, reason_out="retired")

    with pytest.raises(CannotUseCode) as refused:
        codes.member_for(code, clock.now())

    assert refused.value.code is CodeRefusal.NOT_ON_ROLL


def test_so_many_codes_a_day(cast):
    at = clock.now()
    for _n in range(codes.A_DAY):
        last = renewed(cast, at=at)
    entries = acts().count()

    with pytest.raises(CannotUseCode) as refused:
        renewed(cast, at=at)

    assert refused.value.code is CodeRefusal.TOO_MANY_TODAY
    assert codes.member_for(last, at) == cast.member_of(MEMBER)
    assert acts().count() == entries
    assert codes.member_for(renewed(cast, at=at + timedelta(days=1)), at) == cast.member_of(MEMBER)


def test_printing_a_branch_keeps_the_codes_that_are_there(cast):
    code = renewed(cast)

    pdf = printing_cards.print_branch_cards(branch=cast.branch, actor=cast.users[Role.BRANCH_OFFICER], at=clock.now())

    assert pdf.startswith(b"%PDF")
    assert codes.member_for(code, clock.now()) == cast.member_of(MEMBER)
    assert MemberCode.objects.count() == acts().get(action="members.branch.cards_printed").data["people"]


def test_own_card_is_printed_with_the_code_that_is_there(cast):
    user, at = cast.users[MEMBER], clock.now()
    with pytest.raises(printing_cards.CannotPrintCard) as refused:
        printing_cards.print_own_card(actor=user, at=at)
    assert refused.value.code is CodeRefusal.NO_CODE
    assert not MemberCode.objects.exists()
    assert not acts().exists()

    renewed(cast)

    assert printing_cards.print_own_card(actor=user, at=at).startswith(b"%PDF")
    assert acts().get(action="members.membercode.printed").subject == cast.member_of(MEMBER).pk


@pytest.mark.parametrize(("actor", "status"), [(Role.BRANCH_OFFICER, 200), (MEMBER, 404), (Role.AUDITOR, 403)])
def test_cards_go_to_the_branchs_officer_only(client, cast, actor, status):
    client.force_login(cast.users[actor])

    answer = client.post(f"/members/cards/{cast.branch.pk}.pdf")

    assert answer.status_code == status
    assert (answer.get("Content-Type") == "application/pdf") == (status == 200)
    assert MemberCode.objects.exists() == (status == 200)
