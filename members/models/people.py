"""Members, what is sealed about them, and the periods in which they were on the roll."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import ExtractMonth
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from core.sealed import SealedField
from members.enums import BirthdayCalendar, EndReason, JoinReason, Sex, StaffCategory
from members.models.branches import Branch
from members.querysets.roll import MemberQuerySet, MembershipQuerySet


class Member(models.Model):
    """A person who is or was on the roll. Whether he is today, and where, is in ``Membership`` only."""

    staff_no = models.CharField(_("工号"), max_length=32, unique=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("登录账号"),
        null=True,
        blank=True,
        related_name="member",
    )
    name = models.CharField(_("姓名"), max_length=60)
    pinyin = models.CharField(_("拼音"), max_length=120, blank=True, editable=False)
    # Single characters and bigrams of the name, every pinyin reading, initials: one GIN index answers them all.
    search_terms = ArrayField(models.TextField(), default=list, editable=False)
    sex = models.CharField(_("性别"), max_length=6, choices=Sex.choices, blank=True)
    birth_on = models.DateField(_("出生日期"), null=True, blank=True)
    # Kept by which calendar: the member's own choice (REGULATIONS.md 6.5). ``birth_on`` stays what the ID card says.
    birthday_calendar = models.CharField(
        _("生日历法"),
        max_length=5,
        choices=BirthdayCalendar.choices,
        default=BirthdayCalendar.SOLAR,
        db_default=BirthdayCalendar.SOLAR,
    )
    lunar_month = models.PositiveSmallIntegerField(_("农历月"), null=True, blank=True)
    lunar_day = models.PositiveSmallIntegerField(_("农历日"), null=True, blank=True)
    lunar_leap = models.BooleanField(_("闰月"), default=False, db_default=False)
    ethnicity = models.CharField(_("民族"), max_length=20, blank=True)
    political_status = models.CharField(_("政治面貌"), max_length=20, blank=True)
    education = models.CharField(_("学历"), max_length=20, blank=True)
    title = models.CharField(_("职称"), max_length=40, blank=True)
    department_name = models.CharField(_("所在部门"), max_length=60, blank=True)
    staff_category = models.CharField(
        _("人员身份"), max_length=8, choices=StaffCategory.choices, blank=True, default="", db_default=""
    )
    hired_on = models.DateField(_("入校日期"), null=True, blank=True)
    card_no = models.CharField(_("会员证号"), max_length=20, blank=True, default="", db_default="")
    phone = models.CharField(_("手机号码"), max_length=32, blank=True)
    email = models.EmailField(_("电子邮箱"), blank=True)
    emergency_contact = models.CharField(_("紧急联系人"), max_length=60, blank=True, default="", db_default="")
    emergency_phone = models.CharField(_("紧急联系电话"), max_length=32, blank=True, default="", db_default="")
    remark = models.CharField(_("备注"), max_length=200, blank=True)
    # Another record of the same person, now read together with that one (ADR 0010); never a chain of two.
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name=_("已并入"),
        null=True,
        blank=True,
        related_name="absorbed",
        editable=False,
        db_index=False,  # below: of the few that are
    )

    masked_fields = ("phone", "emergency_phone")  # class C2: in full through core.services.reveal only, with an entry

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("会员")
        ordering = ["pinyin", "pk"]
        constraints = [
            models.CheckConstraint(name="member_sex_known", condition=Q(sex__in=["", *Sex.values])),
            models.CheckConstraint(name="member_named", condition=~Q(name="")),
            models.CheckConstraint(
                name="member_staff_category_known", condition=Q(staff_category__in=["", *StaffCategory.values])
            ),
            models.CheckConstraint(name="member_not_merged_into_itself", condition=~Q(merged_into=F("pk"))),
            models.UniqueConstraint(name="member_card_no_once", fields=["card_no"], condition=~Q(card_no="")),
            models.CheckConstraint(
                name="member_birthday_fits_calendar",
                condition=Q(
                    birthday_calendar=BirthdayCalendar.SOLAR,
                    lunar_month__isnull=True,
                    lunar_day__isnull=True,
                    lunar_leap=False,
                )
                | Q(
                    birthday_calendar=BirthdayCalendar.LUNAR,
                    lunar_month__isnull=False,
                    lunar_month__range=(1, 12),
                    lunar_day__isnull=False,
                    lunar_day__range=(1, 30),
                ),
            ),
        ]
        indexes = [
            models.Index(name="member_merged", fields=["merged_into"], condition=Q(merged_into__isnull=False)),
            models.Index(name="member_by_pinyin", fields=["pinyin", "id"]),
            models.Index(name="member_pinyin_prefix", fields=["pinyin"], opclasses=["varchar_pattern_ops"]),
            GinIndex(name="member_search_terms", fields=["search_terms"]),
            models.Index(name="member_by_birth", fields=["birth_on"]),
            models.Index(ExtractMonth("birth_on"), name="member_by_birth_month"),
            models.Index(name="member_by_title", fields=["title"]),
            models.Index(name="member_by_education", fields=["education"]),
            models.Index(name="member_by_politics", fields=["political_status"]),
            # What two records of one person may have in common (members/services/duplicates.py).
            models.Index(name="member_by_phone", fields=["phone"], condition=~Q(phone="")),
            models.Index(name="member_by_email", fields=["email"], condition=~Q(email="")),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.staff_no}）"

    @cached_property
    def periods(self) -> list["Membership"]:
        """Every membership period with its branch, newest first; for pages, read once. Who writes reads the rows."""
        return list(self.memberships.select_related("branch").order_by("-from_on"))


class MemberSecret(models.Model):
    """Class C3 about a member: sealed, found by keyed hash, shown as its last four characters only."""

    member = models.OneToOneField(Member, models.PROTECT, primary_key=True, related_name="secret")
    id_number = SealedField(_("身份证号"))
    id_number_hash = models.CharField(max_length=64, blank=True, editable=False)
    id_number_last4 = models.CharField(max_length=4, blank=True, editable=False)
    bank_card = SealedField(_("银行卡号"))
    bank_card_hash = models.CharField(max_length=64, blank=True, editable=False)
    bank_card_last4 = models.CharField(max_length=4, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("会员敏感信息")
        constraints = [
            # One person, one ID number; the same card may belong to a couple.
            models.UniqueConstraint(
                name="member_id_number_once", fields=["id_number_hash"], condition=~Q(id_number_hash="")
            ),
        ]
        indexes = [models.Index(name="member_bank_card_hash", fields=["bank_card_hash"])]

    def __str__(self) -> str:
        return str(self.member_id)


def period_of_days() -> Func:
    """``[from_on, until_on)`` as a range, for exclusion constraints."""
    return Func(F("from_on"), F("until_on"), function="daterange", output_field=DateRangeField())


class Membership(models.Model):
    """The days ``[from_on, until_on)`` on which a member was on the roll, in one branch (DESIGN.md, decision 2).

    The last day on the roll is ``until_on - 1``: who retires on 9 March is on the roll on 9 March.
    """

    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("会员"), related_name="memberships")
    branch = models.ForeignKey(Branch, models.PROTECT, verbose_name=_("分工会"), related_name="memberships")
    from_on = models.DateField(_("起"))
    until_on = models.DateField(_("止（不含）"), null=True, blank=True)
    reason_in = models.CharField(_("起因"), max_length=16, choices=JoinReason.choices, default=JoinReason.JOINED)
    reason_out = models.CharField(_("止因"), max_length=16, choices=EndReason.choices, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("会籍")
        ordering = ["member", "from_on"]
        constraints = [
            models.CheckConstraint(
                name="membership_period_not_empty",
                condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on")),
            ),
            models.CheckConstraint(
                name="membership_end_has_reason",
                condition=Q(until_on__isnull=True, reason_out="") | (Q(until_on__isnull=False) & ~Q(reason_out="")),
            ),
            models.CheckConstraint(name="membership_reason_in_known", condition=Q(reason_in__in=JoinReason.values)),
            models.CheckConstraint(
                name="membership_reason_out_known", condition=Q(reason_out__in=["", *EndReason.values])
            ),
            ExclusionConstraint(
                name="membership_never_overlaps",
                expressions=[("member", RangeOperators.EQUAL), (period_of_days(), RangeOperators.OVERLAPS)],
                violation_error_message=_("同一会员的会籍期间不能重叠。"),
            ),
        ]
        indexes = [
            models.Index(name="membership_by_days", fields=["from_on", "until_on"]),
            models.Index(
                name="membership_by_end", fields=["until_on", "member"], condition=Q(until_on__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.from_on}–{self.until_on or ''}"
