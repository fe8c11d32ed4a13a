"""Branches with the names by which rosters call them."""

from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin import HouseAdmin, Menu
from core.clock import local_date
from members.models import Branch


@admin.register(Branch)
class BranchAdmin(HouseAdmin):
    menu, menu_order, icon = Menu.MEMBERS, 20, "account_tree"
    list_display = ("short_name", "name", "kind", "parent", "people", "alias_names", "is_active")
    list_select_related = ("parent",)
    list_per_page = 100
    search_fields = ("name", "short_name", "aliases__name")
    search_help_text = _("名称或别名")
    sortable_by = ()

    def get_queryset(self, request: HttpRequest):
        day = local_date(request.at)
        here = Q(memberships__from_on__lte=day) & (
            Q(memberships__until_on__isnull=True) | Q(memberships__until_on__gt=day)
        )
        return (
            Branch.objects.visible_to(request.user)
            .annotate(people_today=Count("memberships", filter=here))
            .prefetch_related("aliases")
        )

    @display(description=_("在会人数"))
    def people(self, branch: Branch) -> int:
        return branch.people_today  # type: ignore[attr-defined]

    @display(description=_("别名"), empty_value="—")
    def alias_names(self, branch: Branch) -> str | None:
        return "、".join(alias.name for alias in branch.aliases.all()) or None
