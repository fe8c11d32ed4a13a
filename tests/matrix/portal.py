"""The portal: home, the register's pages, messages. Foreign objects answer as objects that do not exist."""

from core import clock
from core.enums import Role
from notices.models import InboxMessage
from tests.cast import MEMBER, OTHER_BRANCH_OFFICER, Cast
from tests.matrix.table import SIGNED_IN, Row, everybody, only, signed_in

WHOLE_ROLL = frozenset({Role.UNION_STAFF, Role.CHAIR})
OFFICERS = frozenset({Role.BRANCH_OFFICER, OTHER_BRANCH_OFFICER})
MEMBERS = SIGNED_IN - {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}
NOT_POSTED = everybody(405)
NOT_READ = everybody(405)


def _member(cast: Cast) -> dict:
    return {"pk": cast.member_of(MEMBER).pk}


def _other_branch_member(cast: Cast) -> dict:
    return {"pk": cast.member_of(OTHER_BRANCH_OFFICER).pk}


def _branch(cast: Cast) -> dict:
    return {"pk": cast.branch.pk}


def _message(cast: Cast) -> dict:
    """A message to the member, made once."""
    message, _ = InboxMessage.objects.get_or_create(
        member=cast.member_of(MEMBER),
        subject="端午节快乐",
        defaults={"body": "祝您节日安康。", "created_at": clock.now()},
    )
    return {"pk": message.pk}


def _nobody(cast: Cast) -> dict:
    return {"pk": 999_999_999}


ROWS = [
    Row("", get=signed_in(200), post=NOT_POSTED),
    Row("health/", get=everybody(200), post=NOT_POSTED),
    Row("accounts/", get=signed_in(200), post=NOT_POSTED),
    Row("members/me/", get=signed_in(200), post=NOT_POSTED),
    Row("members/", get=only(OFFICERS, 200), post=NOT_POSTED),
    Row(
        "members/<int:pk>/",
        label=" a member of the branch",
        get=only(WHOLE_ROLL | {MEMBER, Role.BRANCH_OFFICER}, 200),
        post=NOT_POSTED,
        kwargs=_member,
    ),
    Row(
        "members/<int:pk>/",
        label=" a member of the other branch",
        get=only(WHOLE_ROLL | {OTHER_BRANCH_OFFICER}, 200),
        post=NOT_POSTED,
        kwargs=_other_branch_member,
    ),
    Row("members/<int:pk>/", label=" nobody", get=signed_in(404), post=NOT_POSTED, kwargs=_nobody),
    Row(
        "members/roll/<int:pk>.pdf",
        # The audit committee sees that the branch exists, and reads no roll.
        get=only(WHOLE_ROLL | {Role.BRANCH_OFFICER}, 200) | {Role.AUDITOR: 403},
        post=NOT_POSTED,
        kwargs=_branch,
    ),
    Row("members/roll/<int:pk>.pdf", label=" nobody", get=signed_in(404), post=NOT_POSTED, kwargs=_nobody),
    Row("notices/", get=signed_in(200), post=NOT_POSTED),
    Row("notices/<int:pk>/", get=only({MEMBER}, 200), post=NOT_POSTED, kwargs=_message),
    Row("notices/<int:pk>/", label=" nobody", get=signed_in(404), post=NOT_POSTED, kwargs=_nobody),
    Row("notices/<int:pk>/read/", get=NOT_READ, post=only({MEMBER}, 302), kwargs=_message),
    Row("notices/<int:pk>/read/", label=" nobody", get=NOT_READ, post=signed_in(404), kwargs=_nobody),
    Row("notices/read/", get=NOT_READ, post=signed_in(302)),
    Row("notices/preferences/", get=signed_in(200), post=signed_in(302)),
    Row("notices/preferences/birthday/", get=only(MEMBERS, 200), post=only(MEMBERS, 200)),
]
