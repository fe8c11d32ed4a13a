"""Of people's own files in the demo union: a request to change, a request about data, a member code."""

from datetime import datetime

from core import clock
from core.models import User
from members.enums import SubjectKind
from members.models import ConsentText
from members.services import codes, consents, profile_changes, subject_requests

MEMBER = "1900106"


def load(*, at: datetime) -> None:
    """Needs the roster and the accounts of the cast."""
    user = User.objects.get(username=MEMBER)
    profile_changes.request_change(
        actor=user, values={"education": "博士研究生（在职）"}, reason="已取得博士学位，学位证书可现场核对。", at=at
    )
    text = "我已不使用花名册上的备用邮箱，请核对后删除，并告知保存到何时。"
    subject_requests.submit_request(actor=user, kind=SubjectKind.DELETION, text=text, at=at)
    codes.renew_code(actor=user, at=at)
    _have_read_the_notice(at)


def _have_read_the_notice(at: datetime) -> None:
    """Everybody who signs in: the demo begins behind it."""
    for text in ConsentText.objects.notice(clock.local_date(at)):
        for user in User.objects.filter(member__isnull=False).order_by("username"):
            consents.give_consent(text=text, actor=user, at=at)
