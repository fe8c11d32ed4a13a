"""Between sign-in and sign-out: sessions end by the database's clock, staff show a second factor."""

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from core.enums import SECOND_FACTOR_ROLES
from core.signin import passwords

IDLE_SECONDS = 30 * 60
ABSOLUTE_SECONDS = 12 * 60 * 60
TOUCH_SECONDS = 60  # the session row is written at most once a minute


class SessionLimits:
    """Signed-in sessions end after 30 idle minutes or 12 hours (TRUST.md S3); private pages are never stored."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            now = request.at.timestamp()
            if self._is_over(request.session, now):
                logout(request)
                messages.info(request, _("登录已超时，请重新登录。"))
                return redirect(
                    f"{reverse(settings.LOGIN_URL)}?next={request.path}"
                    if request.method == "GET"
                    else settings.LOGIN_URL
                )
            if now - request.session.get("seen_at", now - TOUCH_SECONDS) >= TOUCH_SECONDS:
                request.session["seen_at"] = now
        response = self.get_response(request)
        if "Cache-Control" not in response:  # static files never come through here
            patch_cache_control(response, private=True, no_store=True)
        return response

    @staticmethod
    def _is_over(session, now: float) -> bool:
        started, seen = session.setdefault("started_at", now), session.get("seen_at", now)
        return now - seen > IDLE_SECONDS or now - started > ABSOLUTE_SECONDS


class StaffSignIn:
    """Offices of TRUST.md 3, rows 4-14, first set up a second factor and renew an outdated password."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        user = request.user
        if user.is_authenticated and settings.SECOND_FACTOR_REQUIRED and not request.path.startswith("/accounts/"):
            if user.holds(*SECOND_FACTOR_ROLES) and not is_mfa_enabled(user):
                messages.info(request, _("您的工作账号须先绑定动态验证码。"))
                return redirect("mfa_activate_totp")
            if passwords.is_outdated(user, request.at):
                messages.info(request, _("您的密码已超过 90 天未更换，请先修改。"))
                return redirect("account_change_password")
        return self.get_response(request)
