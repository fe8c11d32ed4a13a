"""Families: everybody keeps his own; the staff count children, and read names after a fresh sign-in."""

from core import clock
from members.models import FamilyConsent, FamilyMember
from tests.cast import MEMBER, Cast
from tests.matrix.admin import STAFF, may, pages
from tests.matrix.portal import NOT_READ, _nobody
from tests.matrix.table import ADMIN, Row, everybody, only, signed_in


def consent(cast: Cast) -> FamilyConsent:
    given = {"text_version": "2026-1", "signed_at": clock.now()}
    member = cast.member_of(MEMBER)
    return FamilyConsent.objects.get_or_create(member=member, withdrawn_at=None, defaults=given)[0]


def person(cast: Cast) -> FamilyMember:
    given = {"consent": consent(cast), "created_at": clock.now(), "relation": "spouse"}
    return FamilyMember.objects.get_or_create(member=cast.member_of(MEMBER), defaults=given)[0]


def _person(cast: Cast) -> dict:
    return {"pk": person(cast).pk}


def _new(cast: Cast) -> dict:
    consent(cast)
    return {"relation": "child", "name": "小满", "birth_on": "2018-05-06", "guardian": "on"}


REMOVE = "members/me/family/<int:pk>/remove/"
ROWS = [
    *pages("members/familymember", person, view=STAFF),
    Row("admin/members/familymember/children/", get=may(STAFF), post=may(ADMIN, 405)),
    Row(
        "admin/members/familymember/names/",
        label=" asks for a fresh sign-in",
        get=may(STAFF, 302),
        post=may(STAFF, 302),
    ),
    Row("members/me/family/", get=signed_in(200), post=signed_in(200)),
    Row("members/me/family/consent/", get=everybody(405), post=signed_in(302), data=lambda cast: {"act": "sign"}),
    Row(REMOVE, get=NOT_READ, post=only({MEMBER}, 302), kwargs=_person),
    Row(REMOVE, label=" nobody", get=NOT_READ, post=signed_in(404), kwargs=_nobody),
]
FILLED = {
    "members/me/family/": _new,
    "members/me/family/consent/": lambda cast: {"act": "sign"},
    REMOVE: lambda cast: {},
}
NOT_FILLED = {"admin/members/familymember/names/": "asks for a fresh sign-in first; tests/members/test_families.py"}
WITHOUT_TARGET = {"members/me/family/consent/"}  # about the member himself: his entry's subject
