"""Dated rules and the calendar's exceptions."""

import json
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from core.admin.base import HouseForm, Menu
from core.admin.files import FileAdmin
from core.admin.filters import ChoiceFilter
from core.enums import Effect, Scope
from core.models import CalendarDay, PolicyRule
from core.policy_names import keys_named, name_of, value_in_words
from core.requests import SignedInRequest
from core.resources import CalendarDayResource, PolicyRuleResource
from core.services import parameters


class ScopeFilter(ChoiceFilter):
    title, parameter_name = _("范围"), "scope"
    known, column = Scope.choices, "scope"


LONGEST_VALUE = 2000  # characters


class ValueField(forms.JSONField):
    """Readable JSON in one line; an empty field is empty, not ``null``; nothing that the database would not take."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and not _is_storable(value):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid", params={"value": value[:100]})
        return super().to_python(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """The form comes back with what was typed."""
        if isinstance(data, str) and not _is_storable(data):
            return forms.fields.InvalidJSONInput(data)
        return super().bound_data(data, initial)

    def prepare_value(self, value: Any) -> str:
        if value is None or isinstance(value, forms.fields.InvalidJSONInput):
            return value or ""
        return json.dumps(value, ensure_ascii=False)


def _is_storable(typed: str) -> bool:
    """Python reads NaN, any depth and half characters as JSON, jsonb does not; what is no JSON Django refuses."""
    if len(typed) > LONGEST_VALUE:
        return False
    try:
        return "\\u0000" not in json.dumps(json.loads(typed), allow_nan=False, ensure_ascii=False).encode().decode()
    except json.JSONDecodeError:
        return True
    except (ValueError, RecursionError):
        return False


class PolicyRuleForm(HouseForm):
    """The one-value-at-a-time constraint is checked here too, in its own words."""

    value = ValueField(
        label=_("值"),
        widget=UnfoldAdminTextInputWidget,
        help_text=_('数字直接填写；清单写成 ["甲", "乙"]。'),
    )

    class Meta:
        model = PolicyRule
        fields = (
            "key", "scope", "place", "value", "unit", "base", "from_on", "until_on", "decided_by", "mark", "effect"
        )  # fmt: skip
        labels = {"key": _("规则代码")}
        help_texts = {
            "key": _("程序按代码查找规则，使用后不要改动。"),
            "until_on": _("此日起不再适用；至今有效则留空。"),
            "effect": _("未核对原文的规定只能提醒，不能禁止。"),
        }

    def clean(self) -> dict[str, Any]:
        """Before the constraints: a range that ends before it begins is none that the database could compare."""
        cleaned = super().clean()
        from_on, until_on = cleaned.get("from_on"), cleaned.get("until_on")
        if from_on and until_on and until_on <= from_on:
            self.add_error("until_on", _("止日必须晚于起日。"))
        return cleaned


@admin.register(PolicyRule)
class PolicyRuleAdmin(FileAdmin):
    resource_class = PolicyRuleResource
    menu, menu_order, icon = Menu.RULES, 10, "gavel"
    form = PolicyRuleForm
    search_fields = ("key",)
    search_help_text = _("规则、依据或地区")
    list_filter = (ScopeFilter,)
    keyset_order = ("key", "id")
    headers = (_("规则"), _("范围"), _("值"), _("期间"), _("依据"), _("把握程度"), _("效力"))
    unit = _("条")
    empty = _("没有符合条件的政策参数。")
    readonly_fields = ("named",)
    fields = (
        "named",
        ("key", "value"),
        ("scope", "place"),
        ("unit", "base"),
        ("from_on", "until_on"),
        "decided_by",
        ("mark", "effect"),
    )

    def get_fields(self, request: HttpRequest, obj: PolicyRule | None = None):
        return self.fields if obj else self.fields[1:]  # a new rule has no name yet

    def get_search_results(self, request: HttpRequest, queryset, search_term: str):
        term = search_term.strip()
        return queryset.filter(
            Q(key__in=keys_named(term))
            | Q(key__icontains=term)
            | Q(decided_by__icontains=term)
            | Q(place__icontains=term)
        ), False

    def row_of(self, rule: PolicyRule, request: SignedInRequest) -> list[Any]:
        until = f"{rule.until_on:%Y-%m-%d}" if rule.until_on else ""
        blocks = rule.effect == Effect.BLOCK
        return [
            name_of(rule.key),
            " ".join(filter(None, [rule.get_scope_display(), rule.place])),
            value_in_words(rule.value, rule.unit),
            f"{rule.from_on:%Y-%m-%d} – {until}",
            rule.decided_by,
            rule.get_mark_display(),
            {"text": rule.get_effect_display(), "kind": "bad" if blocks else "warn"},
        ]

    @admin.display(description=_("规则"))
    def named(self, rule: PolicyRule) -> str:
        return name_of(rule.key)

    def save(self, request: SignedInRequest, form: forms.ModelForm, change: bool) -> PolicyRule:
        rule = form.instance if change else None
        return parameters.keep_policy_rule(actor=request.user, rule=rule, values=form.cleaned_data, at=request.at)


@admin.register(CalendarDay)
class CalendarDayAdmin(FileAdmin):
    resource_class = CalendarDayResource
    menu, menu_order, icon = Menu.RULES, 20, "calendar_month"
    list_filter = ()
    keyset_order = ("-day",)
    headers = (_("日期"), _("安排"), _("说明"), _("依据"), _("状态"))
    unit = _("天")
    empty = _("还没有登记调休。国务院办公厅每年 11 月公布下一年的安排，公布后在这里登记。")
    fields = ("day", "is_workday", "name", "source", "provisional")

    def get_readonly_fields(self, request: HttpRequest, obj=None):
        return ("day",) if obj else ()

    def row_of(self, day: CalendarDay, request: SignedInRequest) -> list[Any]:
        weekday = "一二三四五六日"[day.day.weekday()]
        plan = {"text": _("上班"), "kind": "warn"} if day.is_workday else {"text": _("休息"), "kind": "good"}
        waits = {"text": _("待确认"), "kind": "warn"} if day.provisional else {"text": _("已确认"), "kind": "quiet"}
        return [f"{day.day:%Y-%m-%d} 周{weekday}", plan, day.name, day.source, waits]

    def save(self, request: SignedInRequest, form: forms.ModelForm, change: bool) -> CalendarDay:
        values = dict(form.cleaned_data)
        day = form.instance.day if change else values.pop("day")
        return parameters.keep_calendar_day(actor=request.user, day=day, at=request.at, **values)
