"""Branches with the names by which rosters call them."""

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from core.admin import HouseForm, KeysetAdmin, Menu
from core.clock import local_date
from core.requests import SignedInRequest
from members.models import Branch
from members.services import branches


class BranchForm(HouseForm):
    other_names = forms.CharField(
        label=_("别名"),
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget({"rows": 4}),
        help_text=_("花名册里对它的其他叫法，一行一个。一个叫法只能属于一个分工会。"),
    )

    class Meta:
        model = Branch
        fields = ("name", "short_name", "kind", "parent", "position", "is_active")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "other_names" in self.fields:
            self.fields["other_names"].initial = "\n".join(alias.name for alias in self.instance.aliases.all())

    def clean_other_names(self) -> list[str]:
        names = [name.strip() for name in re.split(r"[\n;；、]", self.cleaned_data["other_names"])]
        if any(len(name) > 60 for name in names):
            raise forms.ValidationError(_("别名不能超过 60 个字。"))
        return [name for name in names if name]


@admin.register(Branch)
class BranchAdmin(KeysetAdmin):
    menu, menu_order, icon = Menu.BODIES, 10, "account_tree"
    form = BranchForm
    search_fields = ("name",)
    search_help_text = _("名称或别名")
    keyset_order = ("position", "id")
    list_per_page = 100
    headers = (_("简称"), _("全称"), _("类型"), _("上级"), _("在会人数"), _("别名"), _("状态"))
    unit = _("个")
    empty = _("还没有分工会。可在这里新增，或用命令 import_branches 导入。")
    fields = (("name", "short_name"), ("kind", "parent"), ("position", "is_active"), "other_names")

    def get_queryset(self, request: HttpRequest):
        return Branch.objects.visible_to(request.user)

    def get_search_results(self, request: HttpRequest, queryset, search_term: str):
        term = search_term.strip()
        named = Q(name__icontains=term) | Q(short_name__icontains=term)
        other = Branch.objects.filter(aliases__name__icontains=term).values("pk")
        return queryset.filter(named | Q(pk__in=other)), False

    def for_rows(self, queryset, request: SignedInRequest):
        day = local_date(request.at)
        here = Q(memberships__from_on__lte=day) & (
            Q(memberships__until_on__isnull=True) | Q(memberships__until_on__gt=day)
        )
        people = Count("memberships", filter=here)
        return queryset.select_related("parent").annotate(people=people).prefetch_related("aliases")

    def row_of(self, branch: Branch, request: SignedInRequest) -> list[Any]:
        return [
            branch.short_name,
            branch.name,
            branch.get_kind_display(),
            branch.parent or "",
            branch.people,  # type: ignore[attr-defined]
            names_of(branch),
            {"text": _("在用"), "kind": "good"} if branch.is_active else {"text": _("停用"), "kind": "quiet"},
        ]

    def save(self, request: SignedInRequest, form: forms.ModelForm, change: bool) -> Branch:
        branch = form.instance if change else None
        values = dict(form.cleaned_data)
        aliases = values.pop("other_names")
        return branches.keep_branch(actor=request.user, branch=branch, aliases=aliases, at=request.at, **values)

    @display(description=_("别名"), empty_value="—")
    def other_names(self, branch: Branch) -> str | None:
        """For who may only read."""
        return names_of(branch) or None


def names_of(branch: Branch) -> str:
    return "、".join(alias.name for alias in branch.aliases.all())
