"""Who signs in, and which dated office he holds where."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now, TruncDate
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from core.enums import ADMIN_ROLES, GUARDIAN_ROLES, MONEY_ROLES, Role


class Department(models.Model):
    """An administrative department (行政部门): it handles proposals; it is no branch of the union."""

    name = models.CharField(_("部门名称"), max_length=60, unique=True)
    is_active = models.BooleanField(_("在用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("行政部门")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields) -> "User":
        """One account; without a password it cannot sign in until an invitation is used."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=username)


class User(AbstractBaseUser):
    """A person who signs in. Rights come from dated grants only: there is no superuser."""

    username = models.CharField(_("工号"), max_length=32, unique=True)
    name = models.CharField(_("姓名"), max_length=60)
    email = models.EmailField(_("电子邮箱"), blank=True)
    is_active = models.BooleanField(_("可登录"), default=True)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)
    password_changed_at = models.DateTimeField(_("密码修改时间"), null=True, blank=True, editable=False)
    past_passwords = ArrayField(models.TextField(), default=list, blank=True, editable=False)  # hashes, the last five

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    is_superuser = False

    class Meta:
        verbose_name = verbose_name_plural = _("登录账号")
        ordering = ["username"]

    def __str__(self) -> str:
        return f"{self.name}（{self.username}）"

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @cached_property
    def grants(self) -> list["RoleGrant"]:
        """Grants in force on the database's day, read once per request (TRUST.md 2.8)."""
        if not self.is_active:
            return []
        return list(RoleGrant.objects.filter(user=self).in_force(TruncDate(Now())))

    @cached_property
    def roles(self) -> frozenset[str]:
        return frozenset(grant.role for grant in self.grants)

    @property
    def is_staff(self) -> bool:
        """May open the browser admin."""
        return bool(self.roles & ADMIN_ROLES)

    def holds(self, *roles: str) -> bool:
        return bool(self.roles & set(roles))

    @property
    def branch_ids(self) -> list[int]:
        """Branches that this user answers for as branch officer."""
        return [g.branch_id for g in self.grants if g.role == Role.BRANCH_OFFICER and g.branch_id]

    @property
    def counts_as(self) -> frozenset[int]:
        """Where different people are needed: he and everybody he stands in for today are one (TRUST.md 3, row X)."""
        return frozenset({self.pk, *(g.stands_in_for_id for g in self.grants if g.stands_in_for_id)})

    def has_perm(self, perm: str, obj=None) -> bool:
        from core.permissions import may

        return may(self, perm)

    def has_perms(self, perms, obj=None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        from core.permissions import may_see_module

        return may_see_module(self, app_label)


class RoleGrantQuerySet(models.QuerySet):
    def in_force(self, on) -> "RoleGrantQuerySet":
        return self.filter(Q(until_on__isnull=True) | Q(until_on__gt=on), from_on__lte=on)

    def of_the_office_of(self, grant: "RoleGrant") -> "RoleGrantQuerySet":
        """The same role in the same place."""
        return self.filter(role=grant.role, branch=grant.branch_id, department=grant.department_id)


def _period():
    return Func(F("from_on"), F("until_on"), function="daterange", output_field=DateRangeField())


def _one_of(name: str, roles: frozenset[str], message) -> ExclusionConstraint:
    """At no time two different ones of ``roles`` in one person."""
    return ExclusionConstraint(
        name=name,
        expressions=[
            ("user", RangeOperators.EQUAL),
            ("role", RangeOperators.NOT_EQUAL),
            (_period(), RangeOperators.OVERLAPS),
        ],
        condition=Q(role__in=sorted(roles)),
        violation_error_message=message,
    )


class RoleGrant(models.Model):
    """One office of one person over the days ``[from_on, until_on)``; scoped to a branch or a department.

    ``stands_in_for``: it is another's, who holds it himself and is away (代理); such a one always ends.
    """

    user = models.ForeignKey(User, models.PROTECT, verbose_name=_("人员"), related_name="role_grants")
    role = models.CharField(_("角色"), max_length=20, choices=Role.choices)
    # A string: the branch is a table of the room above, and core imports nothing of it (ADR 0003).
    branch = models.ForeignKey(
        "members.Branch", models.PROTECT, verbose_name=_("分工会"), null=True, blank=True, related_name="+"
    )
    department = models.ForeignKey(
        Department, models.PROTECT, verbose_name=_("行政部门"), null=True, blank=True, related_name="+"
    )
    from_on = models.DateField(_("起"))
    until_on = models.DateField(_("止（不含）"), null=True, blank=True)
    granted_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("授权人"), null=True, blank=True, related_name="+"
    )
    stands_in_for = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("代理何人"), null=True, blank=True, related_name="+"
    )

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("角色授权")
        ordering = ["user", "from_on"]
        constraints = [
            models.CheckConstraint(name="grant_role_known", condition=Q(role__in=Role.values)),
            models.CheckConstraint(
                name="grant_period_not_empty",
                condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on")),
                violation_error_message=_("止日必须晚于起日。"),
            ),
            models.CheckConstraint(
                name="grant_branch_for_branch_officer_only",
                condition=Q(role=Role.BRANCH_OFFICER, branch__isnull=False)
                | (~Q(role=Role.BRANCH_OFFICER) & Q(branch__isnull=True)),
                violation_error_message=_("分工会负责人须注明分工会，其他角色不填分工会。"),
            ),
            models.CheckConstraint(
                name="grant_department_for_handler_and_leader_only",
                condition=Q(role__in=[Role.HANDLER, Role.SCHOOL_LEADER], department__isnull=False)
                | (~Q(role__in=[Role.HANDLER, Role.SCHOOL_LEADER]) & Q(department__isnull=True)),
                violation_error_message=_("承办部门和分管校领导须注明部门，其他角色不填部门。"),
            ),
            models.CheckConstraint(
                name="grant_not_to_oneself",
                condition=Q(granted_by__isnull=True) | ~Q(granted_by=F("user")),
                violation_error_message=_("不能给自己授权。"),
            ),
            models.CheckConstraint(
                name="grant_standing_in_for_another",
                condition=Q(stands_in_for__isnull=True) | ~Q(stands_in_for=F("user")),
                violation_error_message=_("不能代理本人。"),
            ),
            models.CheckConstraint(
                name="grant_standing_in_ends",
                condition=Q(stands_in_for__isnull=True) | Q(until_on__isnull=False),
                violation_error_message=_("代理须注明止日。"),
            ),
            ExclusionConstraint(
                name="grant_not_twice_at_once",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (Func(F("branch"), 0, function="coalesce"), RangeOperators.EQUAL),
                    (Func(F("department"), 0, function="coalesce"), RangeOperators.EQUAL),
                    (_period(), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("该人员在此期间已有同一角色。"),
            ),
            _one_of("grant_money_roles_apart", MONEY_ROLES, _("主席、会计、出纳、经审不得由一人兼任。")),
            _one_of("grant_guardians_apart", GUARDIAN_ROLES, _("系统、安全、审计三员不得由一人兼任。")),
            ExclusionConstraint(
                name="grant_guardians_hold_no_office",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    (
                        models.Case(
                            models.When(role__in=sorted(GUARDIAN_ROLES), then=1),
                            default=0,
                            output_field=models.IntegerField(),
                        ),
                        RangeOperators.NOT_EQUAL,
                    ),
                    (_period(), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("系统、安全、审计管理员不得兼任业务角色。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"
