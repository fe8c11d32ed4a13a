"""The heads of the fund."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin import ActiveFilter, ChoiceFilter, Menu
from core.admin.files import FileAdmin
from core.requests import SignedInRequest
from finance.enums import Side
from finance.forms import AccountForm
from finance.models import Account
from finance.resources import AccountResource
from finance.services import accounts


class SideFilter(ChoiceFilter):
    title, parameter_name = _("收支"), "side"
    known, column = Side.choices, "side"


@admin.register(Account)
class AccountAdmin(FileAdmin):
    resource_class = AccountResource
    menu, menu_order, icon = Menu.FINANCE, 40, "account_tree"
    form = AccountForm
    search_fields = ("code",)
    search_help_text = _("科目编号或名称")
    list_filter = (SideFilter, ActiveFilter)
    keyset_order = ("code", "id")
    headers = (_("科目编号"), _("科目名称"), _("收支"), _("说明"), _("状态"))
    unit = _("个")
    empty = _("没有符合条件的科目。")
    fields = (("code", "name"), ("side", "parent"), "note", "is_active")

    def get_readonly_fields(self, request: HttpRequest, obj=None):
        return ("side",) if obj else ()

    def get_search_results(self, request: HttpRequest, queryset, search_term: str):
        term = search_term.strip()
        return queryset.filter(Q(code__startswith=term) | Q(name__icontains=term)), False

    def for_rows(self, queryset, request: SignedInRequest):
        return queryset.select_related("parent")

    def row_of(self, account: Account, request: SignedInRequest) -> list[Any]:
        used = {"text": _("使用中"), "kind": "good"} if account.is_active else {"text": _("停用"), "kind": "quiet"}
        return [account.code, account.full_name, account.get_side_display(), account.note, used]  # type: ignore[attr-defined]

    def save(self, request: SignedInRequest, form, change: bool) -> Account:
        account = form.instance if change else None
        return accounts.keep_account(actor=request.user, account=account, values=form.cleaned_data, at=request.at)
