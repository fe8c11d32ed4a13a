"""How allauth signs people in here: no self sign-up, few sessions, every password change remembered."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.usersessions.models import UserSession
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core import audit, clock, refusals, sealed
from core.requests import address_of
from core.sealed_columns import SECOND_FACTORS
from core.signin import passwords, throttle

MOST_SESSIONS = 3  # TRUST.md S3-S5: phone, desk, and one spare


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("工号或密码不正确。"),
        "incorrect_password": _("密码不正确。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are opened by the system administrator, for people on the register."""
        return False

    def login(self, request: HttpRequest, user) -> None:
        """Sign in, end the oldest sessions beyond ``MOST_SESSIONS``, remember this device."""
        super().login(request, user)
        at = clock.now()
        request.session["started_at"] = at.timestamp()
        others = UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key)
        for session in others.order_by("-created_at", "-pk")[MOST_SESSIONS - 1 :]:
            session.end()
        throttle.remember_device(request, user)
        audit.record(actor=user, action="core.user.signed_in", target=user, at=at)

    def logout(self, request: HttpRequest) -> None:
        if request.user.is_authenticated:
            audit.record(actor=request.user, action="core.user.signed_out", target=request.user, at=clock.now())
        super().logout(request)

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request)

    def authentication_failed(self, request: HttpRequest, **credentials) -> None:
        super().authentication_failed(request, **credentials)
        throttle.count_failure(request)
        refusals.of_sign_in(request=request, username=throttle.username_of(request, credentials))

    def set_password(self, user, password: str) -> None:
        passwords.change_password(user=user, password=password, actor=user, at=clock.now())


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of second factors are personal data at rest like any other."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("验证码不正确，请核对手机时间后输入最新的 6 位数字。"),
    }

    def encrypt(self, text: str) -> str:
        return sealed.seal(text, **SECOND_FACTORS)

    def decrypt(self, encrypted_text: str) -> str:
        return sealed.unseal(encrypted_text, **SECOND_FACTORS)
