"""One-time slips: how somebody without an e-mail address on file comes to his first password, or to a new one."""

import secrets
import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import audit
from core.clock import local_date
from core.enums import GUARDIAN_ROLES
from core.errors import DomainError
from core.models import Invitation, User
from core.sealed import keyed_hash
from core.signin import passwords

VALID_FOR = timedelta(days=7)
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is read for another one
_GROUPS, _GROUP = 3, 4  # 59 bits


class Refusal(StrEnum):
    """Why there is no slip, or none that opens anything."""

    TO_ONESELF = "invitation_to_oneself"
    DISABLED = "invitation_to_disabled_account"
    GUARDIAN = "invitation_to_guardian"
    NOT_VALID = "invitation_not_valid"

    @property
    def label(self) -> str:
        return str(_MESSAGES[self])


_MESSAGES = {
    Refusal.TO_ONESELF: _("不能给自己生成登录凭条。"),
    Refusal.DISABLED: _("该账号已停用，不能生成登录凭条。"),
    Refusal.GUARDIAN: _("系统、安全、审计管理员互相独立，不发登录凭条。"),
    Refusal.NOT_VALID: _("工号与凭条不符，或凭条已用过、已过期。请核对后重试，或到校工会办公室重新办理。"),
}


class CannotInvite(DomainError):
    """No slip is made for this account. ``code`` is a ``Refusal``."""


class CannotUseInvitation(DomainError):
    """The slip opens nothing. ``code`` is a ``Refusal``; which part of it was wrong is not said."""


@transaction.atomic
def make_invitation(*, actor: User, user: User, at: datetime) -> str:
    """A fresh code, valid once for seven days; an earlier slip of this account is void. Raises ``CannotInvite``.

    The guardians get none: who keeps accounts must not come to the offices that watch him (等保 2.0, 三员).
    """
    user = User.objects.select_for_update().get(pk=user.pk)  # two slips at once: the later one counts
    if not actor.has_perm("core.invite_user"):
        raise PermissionDenied
    if user == actor:
        raise CannotInvite(Refusal.TO_ONESELF)
    if not user.is_active:
        raise CannotInvite(Refusal.DISABLED)
    not_over = Q(until_on__isnull=True) | Q(until_on__gt=local_date(at))
    if user.role_grants.filter(not_over, role__in=GUARDIAN_ROLES).exists():
        raise CannotInvite(Refusal.GUARDIAN)
    code = "-".join("".join(secrets.choice(_LETTERS) for _n in range(_GROUP)) for _n in range(_GROUPS))
    values = {"code_hash": _hash(code), "expires_at": at + VALID_FOR}
    Invitation.objects.update_or_create(user=user, defaults=values)
    audit.record(actor=actor, action="core.user.invited", target=user, subject=_member_of(user), at=at)
    return code


@transaction.atomic
def use_invitation(*, username: str, code: str, password: str, at: datetime) -> User:
    """Set the password of the slip's account and use the slip up.

    Raises ``CannotUseInvitation``, and ``ValidationError`` for a password that the account may not have.
    """
    slip = Invitation.objects.filter(user__username=username, code_hash=_hash(code)).first()
    if slip is None:
        raise CannotUseInvitation(Refusal.NOT_VALID)
    user = User.objects.select_for_update().get(pk=slip.user_id)
    validate_password(password, user)
    # Two browsers with one slip: whoever deletes the row has used it.
    used, _rows = Invitation.objects.filter(pk=slip.pk, code_hash=slip.code_hash, expires_at__gt=at).delete()
    if not used or not user.is_active:
        raise CannotUseInvitation(Refusal.NOT_VALID)
    passwords.change_password(user=user, password=password, actor=user, at=at)
    audit.record(actor=user, action="core.user.invitation_used", target=user, subject=_member_of(user), at=at)
    return user


def _hash(code: str) -> str:
    """Of the code as people type it: any width and case, with or without the hyphens."""
    plain = unicodedata.normalize("NFKC", code).upper()
    return keyed_hash("invitation:" + "".join(c for c in plain if c in _LETTERS))


def _member_of(user: User) -> int | None:
    """Whoever has a file sees the slip among what was done with his data; the register is the room above."""
    member = getattr(user, "member", None)
    return member.pk if member else None
