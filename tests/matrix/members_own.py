"""A person's own file: changes asked for, card and code, who looked, data as a file, requests, consents."""

from core import clock
from core.enums import GUARDIAN_ROLES, Role
from members.enums import SubjectKind
from members.models import ConsentText, ProfileChange, SubjectRequest
from tests.cast import MEMBER, Cast
from tests.matrix.admin import CHAIR, STAFF, may, pages
from tests.matrix.portal import NOT_POSTED, NOT_READ, OFFICERS, WHOLE_ROLL, _branch, _nobody
from tests.matrix.table import SIGNED_IN, Row, only, signed_in

REGISTERED = SIGNED_IN - GUARDIAN_ROLES  # the guardians have no file
OFFICER = frozenset({Role.BRANCH_OFFICER})
READERS = STAFF | CHAIR


def change(cast: Cast) -> ProfileChange:
    """The member's request for another title, made once."""
    given = {"before": {"title": ""}, "after": {"title": "教授"}, "reason": "评上职称", "submitted_at": clock.now()}
    return ProfileChange.objects.get_or_create(member=cast.member_of(MEMBER), defaults=given)[0]


def asked(cast: Cast) -> SubjectRequest:
    at = clock.now()
    given = {"kind": SubjectKind.DELETION, "text": "请删除我的邮箱", "submitted_at": at}
    given["due_on"] = clock.local_date(at)
    return SubjectRequest.objects.get_or_create(member=cast.member_of(MEMBER), defaults=given)[0]


def text(cast: Cast) -> ConsentText:
    return ConsentText.objects.get(kind="sensitive")


def _pk(made):
    return lambda cast: {"pk": made(cast).pk}


def _member(cast: Cast) -> dict:
    return {"pk": cast.member_of(MEMBER).pk}


def _mine(route: str) -> Row:
    return Row(route, get=only(REGISTERED, 200), post=NOT_POSTED)


def _own_act(route: str, made) -> list[Row]:
    """A POST on one's own row; anybody else's does not exist."""
    return [
        Row(route, get=NOT_READ, post=only({MEMBER}, 302), kwargs=_pk(made)),
        Row(route, label=" nobody", get=NOT_READ, post=signed_in(404), kwargs=_nobody),
    ]


def _act(route: str, made) -> list[Row]:
    return [
        Row(route, get=may(STAFF), post=may(STAFF), kwargs=_pk(made)),
        Row(route, label=" nobody", get=may(STAFF, 404), post=may(STAFF, 404), kwargs=_nobody),
    ]


CARDS = "members/cards/<int:pk>.pdf"
CARD = "members/me/card.pdf"
STORY = "admin/members/member/<int:pk>/story/"
FORM = only(REGISTERED, 200)
ROWS = [
    _mine("members/me/looks/"),
    Row("members/me/contact/", get=FORM, post=FORM),  # nothing changes
    Row("members/me/change/", get=FORM, post=FORM),
    *_own_act("members/me/change/<int:pk>/withdraw/", change),
    _mine("members/me/card/"),
    Row("members/me/card/renew/", get=NOT_READ, post=only(REGISTERED, 302)),
    # Nobody has made a code here: back to the card, where it is made.
    Row(CARD, get=only(REGISTERED, 302), post=NOT_POSTED),
    Row("members/me/data/", get=FORM, post=FORM),
    # A fresh sign-in first, whoever asks.
    Row("members/me/data.json", get=signed_in(302), post=NOT_POSTED),
    Row("members/me/data.pdf", get=signed_in(302), post=NOT_POSTED),
    *_own_act("members/me/data/<int:pk>/withdraw/", asked),
    # No notice here (tests/conftest.py): on to where he came from.
    Row("members/me/notice/", get=only(REGISTERED, 302), post=only(REGISTERED, 302)),
    _mine("members/me/consents/"),
    Row("members/me/consents/<int:pk>/", get=NOT_READ, post=only(REGISTERED, 302), kwargs=_pk(text)),
    Row("members/me/consents/<int:pk>/", label=" nobody", get=NOT_READ, post=signed_in(404), kwargs=_nobody),
    Row("members/changes/", get=only(OFFICERS, 200), post=NOT_POSTED),
    Row("members/changes/<int:pk>/", get=only(OFFICER, 200), post=only(OFFICER, 200), kwargs=_pk(change)),
    Row("members/changes/<int:pk>/", label=" nobody", get=signed_in(404), post=signed_in(404), kwargs=_nobody),
    # The audit committee sees that the branch exists, and prints no cards.
    Row(CARDS, get=NOT_READ, post=only(WHOLE_ROLL | OFFICER, 200) | {Role.AUDITOR: 403}, kwargs=_branch),
    Row(CARDS, label=" nobody", get=NOT_READ, post=signed_in(404), kwargs=_nobody),
    *pages("members/profilechange", change, view=READERS),
    *_act("admin/members/profilechange/<int:pk>/decide/", change),
    *pages("members/subjectrequest", asked, view=READERS),
    *_act("admin/members/subjectrequest/<int:pk>/answer/", asked),
    Row("admin/members/subjectrequest/<int:pk>/erase/", get=may(STAFF), post=may(STAFF), kwargs=_pk(asked)),
    Row(
        "admin/members/subjectrequest/<int:pk>/erase/",
        label=" nobody",
        get=may(STAFF, 404),
        post=may(STAFF, 404),
        kwargs=_nobody,
    ),
    Row("admin/members/subjectrequest/erase/", get=may(STAFF), post=may(STAFF)),
    *pages("members/consenttext", text, view=READERS, add=STAFF),
    Row(STORY, get=may(READERS), post=may(READERS), kwargs=_member),
    Row(STORY, label=" nobody", get=may(READERS, 404), post=may(READERS, 404), kwargs=_nobody),
]
FILLED = {
    "members/me/contact/": lambda cast: {"phone": "13812345678", "email": "someone@example.org"},
    "members/me/change/": lambda cast: {"title": "副教授", "reason": "评上职称"},
    "members/me/change/<int:pk>/withdraw/": lambda cast: {},
    "members/me/card/renew/": lambda cast: {},
    "members/me/data/": lambda cast: {"kind": "correction", "text": "请更正我的入会日期"},
    "members/me/data/<int:pk>/withdraw/": lambda cast: {},
    "members/me/consents/<int:pk>/": lambda cast: {"act": "give"},
    "members/changes/<int:pk>/": lambda cast: {"word": "情况属实"},
    "admin/members/profilechange/<int:pk>/decide/": lambda cast: {"do": "accept"},
    "admin/members/subjectrequest/<int:pk>/answer/": lambda cast: {
        **{"outcome": "refused", "answer": "邮箱用于提醒，在册期间保留。", "basis": "个人信息保护法第十九条"}
    },
    "admin/members/consenttext/add/": lambda cast: {
        **{"kind": "privacy", "version": "T-1", "text": "告知", "from_on": clock.today().isoformat()}
    },
}
_NEEDS_TERM = "needs a rule in force and somebody who left long ago; tests/members/test_erasing.py"
NOT_FILLED = {
    "members/me/notice/": "a notice would stand before every other page; tests/members/test_notice.py",
    CARDS: "answers with a file; tests/members/test_member_codes.py",
    "admin/members/subjectrequest/<int:pk>/erase/": _NEEDS_TERM,
    "admin/members/subjectrequest/erase/": _NEEDS_TERM,
    "admin/members/member/<int:pk>/story/": "a page whose POST shows it again; nothing is stored",
}
