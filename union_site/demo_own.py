"""Of people's own files in the demo union: a request to change, a request about data, a member code."""

from datetime import datetime

from core.models import User
from members.enums import SubjectKind
from members.services import codes, profile_changes, subject_requests

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
