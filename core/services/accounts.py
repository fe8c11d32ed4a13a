"""Accounts, departments and dated offices. The database's constraints judge what may be held together."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import audit
from core.clock import local_date
from core.constraints import name_of, refused_by
from core.enums import Role
from core.errors import DomainError
from core.models import Department, RoleGrant, User
from core.models.users import RoleGrantQuerySet


class Refusal(StrEnum):
    """Why an account or a grant is not written; the constraints' names stand for themselves."""

    USERNAME_TAKEN = "username_taken"
    NAME_TAKEN = "name_taken"
    OWN_ACCOUNT = "own_account"
    TO_ONESELF = "grant_not_to_oneself"
    UNKNOWN_ROLE = "grant_role_known"
    EMPTY_PERIOD = "grant_period_not_empty"
    BRANCH_MISPLACED = "grant_branch_for_branch_officer_only"
    DEPARTMENT_MISPLACED = "grant_department_for_handler_and_leader_only"
    TWICE = "grant_not_twice_at_once"
    MONEY_ROLES_MEET = "grant_money_roles_apart"
    GUARDIANS_MEET = "grant_guardians_apart"
    GUARDIAN_WITH_OFFICE = "grant_guardians_hold_no_office"
    STANDS_IN_FOR_HIMSELF = "grant_standing_in_for_another"
    STANDING_IN_ENDS = "grant_standing_in_ends"
    NOT_HIS_OFFICE = "grant_not_his_office"
    BACKDATED = "grant_backdated"
    ALREADY_OVER = "grant_already_over"
    DISABLED = "account_disabled"


class CannotKeepAccount(DomainError):
    """The account or department cannot be written so."""


class CannotGrant(DomainError):
    """The office cannot be given or taken so."""


@transaction.atomic
def create_account(*, actor: User, username: str, name: str, email: str = "", at: datetime) -> User:
    """An account without a password: it signs in only after a password was set by its own link."""
    _may(actor, "core.add_user")
    told = _("工号 %(number)s 已有账号。") % {"number": username}
    with refused_by(core_user_username_key=lambda: CannotKeepAccount(Refusal.USERNAME_TAKEN, told)):
        user = User.objects.create_user(username, name=name, email=email)
    audit.record(actor=actor, action="core.user.created", target=user, at=at)
    return user


@transaction.atomic
def change_account(*, actor: User, user: User, name: str, email: str, is_active: bool, at: datetime) -> User:
    """Name, address, and whether the account may sign in at all; nobody disables himself."""
    user = User.objects.select_for_update().get(pk=user.pk)
    _may(actor, "core.change_user")
    if user == actor and not is_active:
        raise CannotKeepAccount(Refusal.OWN_ACCOUNT, _("不能停用自己的账号。"))
    wanted = {"name": name, "email": email, "is_active": is_active}
    changed = [field for field, value in wanted.items() if getattr(user, field) != value]
    if not changed:
        return user
    for field in changed:
        setattr(user, field, wanted[field])
    user.save(update_fields=changed)
    action = "core.user.changed"
    if "is_active" in changed:
        action = "core.user.enabled" if is_active else "core.user.disabled"
    audit.record(actor=actor, action=action, target=user, data={"fields": changed}, at=at)
    return user


@transaction.atomic
def keep_department(
    *, actor: User, department: Department | None, name: str, is_active: bool, at: datetime
) -> Department:
    """Add a department (None) or rename, retire or revive one."""
    _may(actor, "core.change_department" if department else "core.add_department")
    kept = Department.objects.select_for_update().get(pk=department.pk) if department else Department()
    kept.name, kept.is_active = name, is_active
    told = _("已有名为“%(name)s”的部门。") % {"name": name}
    with refused_by(core_department_name_key=lambda: CannotKeepAccount(Refusal.NAME_TAKEN, told)):
        kept.save()
    verb = "changed" if department else "created"
    audit.record(actor=actor, action=f"core.department.{verb}", target=kept, data={"active": is_active}, at=at)
    return kept


@transaction.atomic
def grant_role(
    *,
    actor: User,
    user: User,
    role: str,
    from_on: date,
    until_on: date | None = None,
    branch_id: int | None = None,
    department: Department | None = None,
    stands_in_for: User | None = None,
    at: datetime,
) -> RoleGrant:
    """Give ``user`` an office over ``[from_on, until_on)``, from today at the earliest. Raises ``CannotGrant``.

    ``stands_in_for`` is away and holds that office himself throughout (代理): the substitute has what he has, and
    inherits whatever excludes him.
    """
    user = User.objects.select_for_update().get(pk=user.pk)  # two grants at once to one person
    _may(actor, "core.add_rolegrant")
    if user == actor:
        raise CannotGrant(Refusal.TO_ONESELF, _("不能给自己授权。"))
    if not user.is_active:
        raise CannotGrant(Refusal.DISABLED, _("该账号已停用，不能授权。"))
    if from_on < local_date(at):
        raise CannotGrant(Refusal.BACKDATED, _("起日不能早于今天。"))
    grant = RoleGrant(
        user=user,
        role=role,
        branch_id=branch_id,
        department=department,
        from_on=from_on,
        until_on=until_on,
        granted_by=actor,
        stands_in_for=stands_in_for,
    )
    _write(grant)
    _refuse_not_his_office(grant)
    audit.record(actor=actor, action="core.rolegrant.granted", target=grant, data=_facts(grant), at=at)
    return grant


@transaction.atomic
def end_grant(*, actor: User, grant: RoleGrant, until_on: date, at: datetime) -> RoleGrant:
    """Let an office end before ``until_on``, today at the earliest. One that has not outlived its first day by then
    goes altogether; the audit keeps what it was. Raises ``CannotGrant``."""
    grant = RoleGrant.objects.select_for_update().select_related("user").get(pk=grant.pk)
    _may(actor, "core.change_rolegrant")
    today = local_date(at)
    if grant.user == actor:
        raise CannotGrant(Refusal.TO_ONESELF, _("不能变更自己的授权。"))
    if grant.until_on is not None and grant.until_on <= today:
        raise CannotGrant(Refusal.ALREADY_OVER, _("该授权已经结束。"))
    if until_on < today:
        raise CannotGrant(Refusal.BACKDATED, _("止日不能早于今天。"))
    for substitute in _substitutes(grant).filter(until_on__gt=until_on).order_by("pk").select_for_update():
        _end(substitute, until_on, actor, at)
    return _end(grant, until_on, actor, at)


def _end(grant: RoleGrant, until_on: date, actor: User, at: datetime) -> RoleGrant:
    facts = _facts(grant) | {"ended_on": until_on.isoformat()}
    if until_on <= grant.from_on:
        RoleGrant.objects.filter(pk=grant.pk).delete()
    else:
        grant.until_on = until_on
        _write(grant, update_fields=["until_on"])
    audit.record(actor=actor, action="core.rolegrant.ended", target=grant, data=facts, at=at)
    return grant


def last_day(grant: RoleGrant) -> date | None:
    """The last day on which the office is held; None while it is open."""
    return grant.until_on - timedelta(days=1) if grant.until_on else None


def _may(actor: User, code: str) -> None:
    if not actor.has_perm(code):
        raise PermissionDenied


def _substitutes(grant: RoleGrant) -> RoleGrantQuerySet:
    """Who stand in for the holder of ``grant`` in that office."""
    return RoleGrant.objects.of_the_office_of(grant).filter(stands_in_for=grant.user_id)


def _refuse_not_his_office(grant: RoleGrant) -> None:
    """Whom somebody stands in for holds that office himself, in his own right, on each of those days."""
    if grant.stands_in_for is None:
        return
    own = RoleGrant.objects.of_the_office_of(grant).filter(user=grant.stands_in_for_id, stands_in_for=None)
    throughout = Q(until_on__isnull=True) | Q(until_on__gte=grant.until_on)
    held = own.filter(throughout, from_on__lte=grant.from_on).select_for_update(no_key=True)  # it could be ended now
    if held.first() is None:
        words = _("%(name)s在此期间并不担任该角色，不能代理。") % {"name": grant.stands_in_for.name}
        raise CannotGrant(Refusal.NOT_HIS_OFFICE, words)


def _write(grant: RoleGrant, **how) -> None:
    """Save, and say in the constraint's own words which one refused: the same judge for every way in."""
    try:
        with transaction.atomic():
            grant.save(**how)
    except IntegrityError as refused:
        name = name_of(refused)
        if name not in set(Refusal):
            raise
        raise CannotGrant(Refusal(name), _words_of(name)) from refused


def _words_of(constraint_name: str) -> str:
    for constraint in RoleGrant._meta.constraints:
        if constraint.name == constraint_name:
            return str(constraint.get_violation_error_message())
    return str(ValidationError(constraint_name).message)


def _facts(grant: RoleGrant) -> dict:
    return {
        "user": grant.user_id,
        "role": str(Role(grant.role)) if grant.role in Role.values else grant.role,
        "branch": grant.branch_id,
        "department": grant.department_id,
        "from_on": grant.from_on.isoformat(),
        "until_on": grant.until_on.isoformat() if grant.until_on else None,
        **({"stands_in_for": grant.stands_in_for_id} if grant.stands_in_for_id else {}),
    }
