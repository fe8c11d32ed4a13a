"""Password rules, two profiles (TRUST.md 7, S8 and S9).

Everybody: at least ten characters, not common, not one's own name, not only digits (ASVS 6.2: no forced change).
Offices that need a second factor: also three of four kinds, none of the last five, renewed every 90 days (等保 2.0).
"""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.enums import SECOND_FACTOR_ROLES

LAST = 5
RENEW_AFTER = timedelta(days=90)
KINDS = (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum())


def needs_strict_password(user) -> bool:
    """True for holders of an office that signs in with a second factor."""
    return user is not None and user.pk is not None and user.holds(*SECOND_FACTOR_ROLES)


def is_outdated(user, at: datetime) -> bool:
    """True when a strict account's password is older than 90 days, or was set by somebody else."""
    if not needs_strict_password(user):
        return False
    return user.password_changed_at is None or at - user.password_changed_at > RENEW_AFTER


@transaction.atomic
def change_password(*, user, password: str, actor, at: datetime) -> None:
    """Set a validated password; the ones before it are remembered as hashes. Ends every other session."""
    user.past_passwords = [user.password, *user.past_passwords][:LAST]
    user.set_password(password)
    user.password_changed_at = at
    user.save(update_fields=["password", "past_passwords", "password_changed_at"])
    audit.record(actor=actor, action="core.user.password_changed", target=user, at=at)


class ThreeKindsValidator:
    """等保 2.0 身份鉴别: three of lower case, upper case, digits, signs - for strict accounts."""

    def validate(self, password: str, user=None) -> None:
        if needs_strict_password(user) and sum(any(map(kind, password)) for kind in KINDS) < 3:
            raise ValidationError(self.get_help_text(), code="password_too_plain")

    def get_help_text(self) -> str:
        return _("工作账号的密码须含大写字母、小写字母、数字、符号中的至少三种。")


class NotOneOfTheLastValidator:
    """等保 2.0: not the present password and none of the five before it - for strict accounts."""

    def validate(self, password: str, user=None) -> None:
        if not needs_strict_password(user):
            return
        if any(check_password(password, old) for old in [user.password, *user.past_passwords]):
            raise ValidationError(self.get_help_text(), code="password_used_before")

    def get_help_text(self) -> str:
        return _("工作账号的密码不能与当前及最近五次使用过的密码相同。")
