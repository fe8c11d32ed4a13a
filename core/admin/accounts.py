"""Accounts, departments and offices: the system administrator keeps accounts, the security administrator grants."""

from typing import Any, cast

from django import forms
from django.apps import apps
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from core.admin.base import HouseForm, Inline, KeysetAdmin, Menu
from core.admin.filters import ActiveFilter, ChoiceFilter
from core.admin.invitations import invitation_view
from core.clock import local_date
from core.enums import Role
from core.models import Department, RoleGrant, User
from core.requests import SignedInRequest
from core.services import accounts


def office_of(grant: RoleGrant) -> str:
    """主席, or 主席（代李某）."""
    role = str(grant.get_role_display())  # type: ignore[attr-defined]
    if grant.stands_in_for is None:
        return role
    return gettext("%(role)s（代%(name)s）") % {"role": role, "name": grant.stands_in_for.name}


def place_of(grant: RoleGrant) -> str:
    """The branch or department that an office is limited to."""
    return str(grant.branch or grant.department or "")


class MaySignInFilter(ActiveFilter):
    known = (("yes", _("可登录")), ("no", _("已停用")))


class GrantInline(Inline):
    model = RoleGrant
    fk_name = "user"
    verbose_name_plural = _("授权")
    fields = ("office", "place", "from_on", "until_on", "granted_by")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest):
        return super().get_queryset(request).select_related("stands_in_for", "branch", "department", "granted_by")

    @display(description=_("角色"))
    def office(self, grant: RoleGrant) -> str:
        return office_of(grant)

    @display(description=_("范围"), empty_value="—")
    def place(self, grant: RoleGrant) -> str | None:
        """As a text: its own page is for others."""
        return place_of(grant) or None


@admin.register(User)
class UserAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.SYSTEM, 10, "manage_accounts"
    search_fields = ("username",)
    search_help_text = _("工号或姓名开头")
    list_filter = (MaySignInFilter,)
    keyset_order = ("username",)
    headers = (_("姓名"), _("工号"), _("电子邮箱"), _("创建日期"), _("状态"))
    unit = _("个账号")
    fields = ("username", "name", "email", "is_active")
    inlines = (GrantInline,)
    change_form_outer_after_template = "admin/core/invitation_link.html"

    def get_urls(self) -> list[URLPattern]:
        invitation = path(
            "<int:pk>/invitation/", self.admin_site.admin_view(self.invitation), name="core_user_invitation"
        )
        return [invitation, *super().get_urls()]

    def invitation(self, request: SignedInRequest, pk: int) -> HttpResponse:
        return invitation_view(request, pk=pk, context=self.admin_site.each_context(request))

    def get_search_results(self, request: HttpRequest, queryset, search_term: str):
        term = search_term.strip()
        return queryset.filter(Q(username__startswith=term) | Q(name__startswith=term)), False

    def row_of(self, user: User, request: SignedInRequest) -> list[Any]:
        state = {"text": _("可登录"), "kind": "good"} if user.is_active else {"text": _("已停用"), "kind": "quiet"}
        return [user.name, user.username, user.email, local_date(user.created_at).isoformat(), state]

    def get_readonly_fields(self, request: HttpRequest, obj=None):
        return ("username",) if obj else ()

    def get_fields(self, request: HttpRequest, obj=None):
        return self.fields if obj else ("username", "name", "email")

    def get_inlines(self, request: HttpRequest, obj):
        return self.inlines if obj else ()

    def save(self, request: SignedInRequest, form: forms.ModelForm, change: bool) -> User:
        common = {"actor": request.user, "at": request.at, **form.cleaned_data}
        if change:
            return accounts.change_account(user=form.instance, **common)
        return accounts.create_account(**common)


@admin.register(Department)
class DepartmentAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.SYSTEM, 30, "apartment"
    keyset_order = ("name",)
    headers = (_("部门名称"), _("状态"))
    unit = _("个部门")
    empty = _("还没有登记行政部门。提案的承办部门在这里登记。")
    fields = ("name", "is_active")

    def row_of(self, department: Department, request: SignedInRequest) -> list[Any]:
        active = department.is_active
        return [department.name, {"text": _("在用") if active else _("停用"), "kind": "good" if active else "quiet"}]

    def save(self, request: SignedInRequest, form: forms.ModelForm, change: bool) -> Department:
        department = form.instance if change else None
        return accounts.keep_department(actor=request.user, department=department, at=request.at, **form.cleaned_data)


def _account(number: str) -> User:
    user = User.objects.filter(username=number.strip()).first()
    if user is None:
        raise forms.ValidationError(_("没有工号为 %(number)s 的账号。"), params={"number": number.strip()})
    return user


class GrantForm(HouseForm):
    """Who by staff number: a list of a whole university helps nobody."""

    username = forms.CharField(
        label=_("工号"), max_length=32, widget=UnfoldAdminTextInputWidget, help_text=_("被授权人的登录工号")
    )
    branch = forms.ChoiceField(
        label=_("分工会"), required=False, widget=UnfoldAdminSelectWidget, help_text=_("只有分工会负责人填写")
    )

    stands_in_for = forms.CharField(
        label=_("代理何人（选填）"),
        max_length=32,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("该角色本人外出时填其工号，须填止日；本人仍可办理，回避和不得兼任的限制对代理人同样适用"),
    )

    class Meta:
        model = RoleGrant
        fields = ("role", "department", "from_on", "until_on")
        help_texts = {
            "department": _("只有承办部门和分管校领导填写"),
            "until_on": _("此日起不再生效；长期有效则留空"),
        }
        widgets = {"from_on": UnfoldAdminDateWidget, "until_on": UnfoldAdminDateWidget}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        branches = apps.get_model("members", "Branch").objects.filter(is_active=True)  # the room above, by name only
        cast(forms.ChoiceField, self.fields["branch"]).choices = [
            ("", "—"),
            *((str(branch.pk), str(branch)) for branch in branches),
        ]

    def clean_username(self) -> User:
        return _account(self.cleaned_data["username"])

    def clean_stands_in_for(self) -> User | None:
        number = self.cleaned_data["stands_in_for"].strip()
        return _account(number) if number else None

    def clean_branch(self) -> int | None:
        return int(self.cleaned_data["branch"]) if self.cleaned_data["branch"] else None

    def _get_validation_exclusions(self) -> set[str]:
        """The service writes the row and the database judges it, once."""
        return {field.name for field in RoleGrant._meta.fields}


class EndForm(HouseForm):
    class Meta:
        model = RoleGrant
        fields = ("until_on",)
        help_texts = {"until_on": _("此日起不再生效，最早今天。填今天即刻收回。")}
        widgets = {"until_on": UnfoldAdminDateWidget}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if "until_on" in self.fields:
            self.fields["until_on"].required = True

    def validate_constraints(self) -> None:
        """The service writes the row and the database judges it, once."""


class InForceFilter(ChoiceFilter):
    title, parameter_name = _("状态"), "state"
    known = (("now", _("生效中")), ("later", _("未开始")), ("over", _("已结束")))

    def narrow(self, request: HttpRequest, queryset: QuerySet, value: str) -> QuerySet:
        today = local_date(cast(SignedInRequest, request).at)
        if value == "now":
            return queryset.filter(pk__in=RoleGrant.objects.in_force(today))
        return queryset.filter(from_on__gt=today) if value == "later" else queryset.filter(until_on__lte=today)


class RoleFilter(ChoiceFilter):
    title, parameter_name = _("角色"), "role"
    known, column = Role.choices, "role"


@admin.register(RoleGrant)
class RoleGrantAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.SYSTEM, 20, "verified_user"
    search_fields = ("user",)
    search_help_text = _("工号或姓名开头")
    list_filter = (InForceFilter, RoleFilter)
    keyset_order = ("-id",)
    headers = (_("人员"), _("角色"), _("范围"), _("起"), _("最后一天"), _("授权人"), _("状态"))
    unit = _("项授权")
    readonly_fields = ("user", "office", "place", "from_on", "granted_by")

    def get_form(self, request: HttpRequest, obj=None, change: bool = False, **kwargs):
        kwargs["form"] = EndForm if obj else GrantForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fields(self, request: HttpRequest, obj=None):
        if obj is None:
            return ("username", "role", "branch", "department", "from_on", "until_on", "stands_in_for")
        return (*self.readonly_fields, "until_on")

    def get_readonly_fields(self, request: HttpRequest, obj=None):
        return self.readonly_fields if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"from_on": local_date(cast(SignedInRequest, request).at)}

    def get_search_results(self, request: HttpRequest, queryset, search_term: str):
        term = search_term.strip()
        return queryset.filter(Q(user__username__startswith=term) | Q(user__name__startswith=term)), False

    def for_rows(self, queryset, request: SignedInRequest):
        return queryset.select_related("user", "branch", "department", "granted_by", "stands_in_for")

    def row_of(self, grant: RoleGrant, request: SignedInRequest) -> list[Any]:
        today, last = local_date(request.at), accounts.last_day(grant)
        if grant.from_on > today:
            state = {"text": _("未开始"), "kind": "warn"}
        elif last is not None and last < today:
            state = {"text": _("已结束"), "kind": "quiet"}
        else:
            state = {"text": _("生效中"), "kind": "good"}
        return [
            grant.user,
            office_of(grant),
            place_of(grant),
            grant.from_on.isoformat(),
            last.isoformat() if last else _("长期"),
            grant.granted_by or "",
            state,
        ]

    @display(description=_("角色"))
    def office(self, grant: RoleGrant) -> str:
        return office_of(grant)

    @display(description=_("范围"), empty_value="—")
    def place(self, grant: RoleGrant) -> str | None:
        return place_of(grant) or None

    def save(self, request: SignedInRequest, form: forms.ModelForm, change: bool) -> RoleGrant:
        cleaned = form.cleaned_data
        if change:
            return accounts.end_grant(
                actor=request.user, grant=form.instance, until_on=cleaned["until_on"], at=request.at
            )
        return accounts.grant_role(
            actor=request.user,
            user=cleaned["username"],
            role=cleaned["role"],
            branch_id=cleaned["branch"],
            department=cleaned["department"],
            from_on=cleaned["from_on"],
            until_on=cleaned["until_on"],
            stands_in_for=cleaned["stands_in_for"],
            at=request.at,
        )
