"""Between sign-in and sign-out: sessions end by the database's clock, staff show a second factor."""

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from core.enums import SECOND_FACTOR_ROLES
from core.signin import passwords, sessions


class SessionLimits:
    """Signed-in sessions end after 30 idle minutes or 12 hours (TRUST.md S3); private pages are never stored."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        key, now = request.session.session_key, request.at.timestamp()
        if request.user.is_authenticated and sessions.is_over(request, now):
            logout(request)
            messages.info(request, _("登录已超时，请重新登录。"))
            return redirect_to_login(request.path) if request.method == "GET" else redirect(settings.LOGIN_URL)
        response = self.get_response(request)
        if request.user.is_authenticated and request.session.session_key != key:
            sessions.begin(request, now)
        if "Cache-Control" not in response:  # static files never come through here
            patch_cache_control(response, private=True, no_store=True)
        return response


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
