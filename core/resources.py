"""What goes in and out of the small reference tables, by django-import-export, row by row through the services.

People and money never go this way (DEPENDENCIES.md): they have importers of their own.
"""

import json
from datetime import date, datetime
from typing import Any

from django.db import models
from import_export import fields, resources, widgets

from core.dates import parse_date
from core.enums import Effect, Mark, Scope
from core.models import CalendarDay, PolicyRule, User
from core.services import parameters

YES, NO = ("是", "1", "true", "yes"), ("否", "0", "false", "no", "")


class DayWidget(widgets.Widget):
    """A date in any of the office's spellings."""

    def clean(self, value: Any, row=None, **kwargs) -> date | None:
        return parse_date(value) if value not in ("", None) else None

    def render(self, value: Any, obj=None, **kwargs) -> Any:
        return value


class YesWidget(widgets.Widget):
    """是 and 否; anything else is refused, not guessed."""

    def clean(self, value: Any, row=None, **kwargs) -> bool:
        text = str(value).strip().lower()
        if text not in YES + NO:
            raise ValueError(f"“{value}”应为“是”或“否”")
        return text in YES

    def render(self, value: Any, obj=None, **kwargs) -> str:
        return "是" if value else "否"


class ValueWidget(widgets.Widget):
    """A policy's value: a plain number or text as it stands, anything else as JSON."""

    def clean(self, value: Any, row=None, **kwargs) -> Any:
        if not isinstance(value, str):
            return int(value) if isinstance(value, float) and value.is_integer() else value
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value

    def render(self, value: Any, obj=None, **kwargs) -> str:
        return json.dumps(value, ensure_ascii=False)


class WordWidget(widgets.Widget):
    """One of a field's choices, in its Chinese word or its code."""

    def __init__(self, choices: type[models.TextChoices]) -> None:
        super().__init__()
        self.codes = {str(label): value for value, label in choices.choices} | {v: v for v in choices.values}
        self.words = {value: str(label) for value, label in choices.choices}

    def clean(self, value: Any, row=None, **kwargs) -> str:
        text = str(value).strip()
        if text not in self.codes:
            raise ValueError(f"“{text}”应为{'、'.join(self.words.values())}之一")
        return self.codes[text]

    def render(self, value: Any, obj=None, **kwargs) -> str:
        return self.words.get(value, value)


class HouseResource(resources.ModelResource):
    """Explicit fields, unchanged rows left alone, and every write by the service of the table."""

    def __init__(self, *, actor: User, at: datetime) -> None:
        super().__init__()
        self.actor, self.at = actor, at

    def after_import(self, dataset, result, **kwargs) -> None:
        """No sequence to put right, as the library would: no file brings ids, and our role owns no sequence."""

    def do_instance_save(self, instance, is_create: bool) -> None:
        self.keep(instance, is_create)

    def keep(self, instance, is_create: bool) -> None:
        """Call the service for one row; its ``DomainError`` refuses the file."""
        raise NotImplementedError


def _text(attribute: str, column: str) -> fields.Field:
    return fields.Field(attribute=attribute, column_name=column, widget=widgets.CharWidget())


class PolicyRuleResource(HouseResource):
    """Policy rows, known by what they are about, where and since when."""

    key = _text("key", "规则代码")
    scope = fields.Field("scope", "范围", WordWidget(Scope))
    place = _text("place", "地区或单位")
    value = fields.Field("value", "值", ValueWidget())
    unit = _text("unit", "单位")
    base = _text("base", "基数")
    from_on = fields.Field("from_on", "自", DayWidget())
    until_on = fields.Field("until_on", "至（不含）", DayWidget())
    decided_by = _text("decided_by", "依据")
    mark = fields.Field("mark", "把握程度", WordWidget(Mark))
    effect = fields.Field("effect", "效力", WordWidget(Effect))

    class Meta:
        model = PolicyRule
        fields = (
            "key", "scope", "place", "value", "unit", "base", "from_on", "until_on", "decided_by", "mark", "effect"
        )  # fmt: skip
        import_id_fields = ("key", "scope", "place", "from_on")
        skip_unchanged = True
        report_skipped = True
        clean_model_instances = True
        use_transactions = True

    def keep(self, instance: PolicyRule, is_create: bool) -> None:
        values = {name: getattr(instance, name) for name in self._meta.fields}
        rule = None if is_create else PolicyRule.objects.get(pk=instance.pk)
        parameters.keep_policy_rule(actor=self.actor, rule=rule, values=values, at=self.at)


class CalendarDayResource(HouseResource):
    """The State Council's days off and make-up days, as its notice lists them."""

    day = fields.Field("day", "日期", DayWidget())
    is_workday = fields.Field("is_workday", "上班", YesWidget())
    name = _text("name", "说明")
    source = _text("source", "依据")
    provisional = fields.Field("provisional", "待确认", YesWidget())

    class Meta:
        model = CalendarDay
        fields = ("day", "is_workday", "name", "source", "provisional")
        import_id_fields = ("day",)
        skip_unchanged = True
        report_skipped = True
        clean_model_instances = True
        use_transactions = True

    def keep(self, instance: CalendarDay, is_create: bool) -> None:
        values = {name: getattr(instance, name) for name in self._meta.fields}
        parameters.keep_calendar_day(actor=self.actor, at=self.at, **values)
