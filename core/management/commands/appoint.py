"""The first three accounts of an empty production system; everybody else is granted in the admin."""

import secrets

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from core import audit, clock
from core.enums import GUARDIAN_ROLES
from core.models import RoleGrant, User


class Command(BaseCommand):
    help = "Appoint the first system, security or audit administrator. Refused while somebody holds the office."

    def add_arguments(self, parser):
        parser.add_argument("role", choices=sorted(GUARDIAN_ROLES))
        parser.add_argument("username")
        parser.add_argument("name")

    @transaction.atomic
    def handle(self, *, role, username, name, **options):
        at = clock.now()
        today = clock.local_date(at)
        if RoleGrant.objects.filter(role=role).in_force(today).exists():
            raise CommandError("该角色已有人担任，请由安全管理员在后台授权。")
        if User.objects.filter(username=username).exists():
            raise CommandError(f"工号 {username} 已有账号，请由安全管理员在后台授权。")
        password = secrets.token_urlsafe(12)
        user = User.objects.create_user(username, password, name=name)  # never changed: renewed at the first sign-in
        grant = RoleGrant.objects.create(user=user, role=role, from_on=today)
        audit.record(actor=None, action="core.rolegrant.granted", target=grant, basis="manage.py appoint", at=at)
        self.stdout.write(f"{name}（{username}）已开通，一次性密码：{password}\n首次登录须修改密码并绑定动态验证码。")
