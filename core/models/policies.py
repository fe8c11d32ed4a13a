"""Dated rules: what a congress, a province or a committee may change is a row, never code (DESIGN.md, decision 4)."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from core.enums import PROVINCES, Effect, Mark, Scope
from core.policy_names import name_of, value_in_words


class PolicyRule(models.Model):
    """One value of one rule for one scope over ``[from_on, until_on)``. A case stores the row that judged it."""

    key = models.CharField(_("规则"), max_length=80)
    scope = models.CharField(_("范围"), max_length=8, choices=Scope.choices)
    place = models.CharField(_("适用地区或单位"), max_length=40, blank=True)
    value = models.JSONField(_("值"))
    unit = models.CharField(_("单位"), max_length=20, blank=True)
    base = models.CharField(_("基数"), max_length=40, blank=True)
    from_on = models.DateField(_("起"))
    until_on = models.DateField(_("止（不含）"), null=True, blank=True)
    decided_by = models.CharField(_("依据"), max_length=200)
    mark = models.CharField(_("把握程度"), max_length=2, choices=Mark.choices)
    effect = models.CharField(_("效力"), max_length=5, choices=Effect.choices, default=Effect.WARN)

    class Meta:
        verbose_name = verbose_name_plural = _("政策参数")
        ordering = ["key", "scope", "place", "from_on"]
        constraints = [
            models.CheckConstraint(name="policy_scope_known", condition=Q(scope__in=Scope.values)),
            models.CheckConstraint(name="policy_effect_known", condition=Q(effect__in=Effect.values)),
            models.CheckConstraint(name="policy_mark_known", condition=Q(mark__in=Mark.values)),
            models.CheckConstraint(
                name="policy_period_not_empty",
                condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on")),
            ),
            models.CheckConstraint(  # else no look-up would ever find the row
                name="policy_place_fits_scope",
                condition=Q(scope__in=[Scope.NATION, Scope.SCHOOL], place="")
                | Q(scope=Scope.PROVINCE, place__in=PROVINCES)
                | (Q(scope=Scope.BRANCH) & ~Q(place="")),
                violation_error_message=_("国家和学校的规定不填适用地区；省级填简称（如“江苏”）；分工会填其简称。"),
            ),
            models.CheckConstraint(  # REGULATIONS.md 0: an unconfirmed number never blocks
                name="policy_unconfirmed_only_warns",
                condition=~Q(mark__in=[Mark.MEMORY, Mark.UNSURE]) | Q(effect=Effect.WARN),
                violation_error_message=_("未确认的规定只能提醒，不能禁止。"),
            ),
            ExclusionConstraint(
                name="policy_one_value_at_a_time",
                expressions=[
                    ("key", RangeOperators.EQUAL),
                    ("scope", RangeOperators.EQUAL),
                    ("place", RangeOperators.EQUAL),
                    (
                        Func(F("from_on"), F("until_on"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("同一规则在同一期间只能有一个值。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{name_of(self.key)}：{value_in_words(self.value, self.unit)}"


class LoadedPreset(models.Model):
    """A preset row that was offered once, and what it said then: what a person did to it since is not undone."""

    append_only = True

    key = models.CharField(_("规则"), max_length=80)
    scope = models.CharField(_("范围"), max_length=8, choices=Scope.choices)
    place = models.CharField(_("适用地区或单位"), max_length=40, blank=True)
    from_on = models.DateField(_("起"))
    facts = models.JSONField(_("当时内容"))

    class Meta:
        verbose_name = verbose_name_plural = _("已载入的预设参数")
        ordering = ["key", "scope", "place", "from_on"]
        constraints = [
            models.UniqueConstraint(name="preset_loaded_once", fields=["key", "scope", "place", "from_on"]),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.place} {self.from_on}"
