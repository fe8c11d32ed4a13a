"""Imports through the admin: one run per file, what its rows say, and what was there before."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from core.sealed import SealedField
from members.enums import ImportState, ImportWork, RowVerdict
from members.querysets.imports import ImportRunQuerySet


class ImportRun(FSMModelMixin, models.Model):
    """One roster on its way into the register: uploaded, judged, committed as previewed, perhaps undone.

    One that a command took in at one go has no file, no rows and, where the system did it, nobody who uploaded it.

    ``work`` is what a worker is doing or is to do with it; ``trouble`` why the last piece of work came to nothing,
    written in a transaction of its own, so that it is on record although everything else was rolled back.
    """

    state = FSMField(
        _("状态"), max_length=10, choices=ImportState.choices, default=ImportState.UPLOADED, protected=True
    )
    filename = models.CharField(_("文件"), max_length=100)
    sha256 = models.CharField(_("文件摘要"), max_length=64)
    size = models.PositiveIntegerField(_("大小"))  # bytes
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("上传人"), null=True, blank=True, related_name="+"
    )
    uploaded_at = models.DateTimeField(_("上传时间"))
    as_of = models.DateField(_("分工会调整生效日"))
    heads = models.JSONField(default=list, editable=False)  # the header's wordings as ``roster_heads`` found them
    mapping = models.JSONField(_("表头对应"), default=dict)  # header wording -> field, "" for a column left out
    work = models.CharField(_("正在进行"), max_length=8, choices=ImportWork.choices, blank=True)
    work_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("操作人"), null=True, blank=True, related_name="+"
    )
    work_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    work_options = models.JSONField(default=dict, editable=False)
    trouble = models.CharField(_("未完成原因"), max_length=500, blank=True)
    trouble_code = models.CharField(max_length=40, blank=True)
    trouble_at = models.DateTimeField(null=True, blank=True)
    trouble_rows = models.JSONField(default=list, editable=False)  # what is said of single rows or people, masked
    counts = models.JSONField(_("统计"), default=dict)
    branches = models.JSONField(_("新建的分工会"), default=list, editable=False)  # [id, name] made from its preview
    judged_at = models.DateTimeField(_("核对时间"), null=True, blank=True)
    committed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("导入人"), null=True, blank=True, related_name="+"
    )
    committed_at = models.DateTimeField(_("导入时间"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("撤销人"), null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    tidied_at = models.DateTimeField(_("清理时间"), null=True, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("花名册导入")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="import_state_known", condition=Q(state__in=ImportState.values)),
            models.CheckConstraint(name="import_work_known", condition=Q(work__in=["", *ImportWork.values])),
            models.CheckConstraint(
                name="import_work_by_somebody",
                condition=Q(work="") | Q(work_by__isnull=False, work_at__isnull=False),
            ),
            models.CheckConstraint(
                name="import_committed_by_somebody",
                condition=Q(state__in=[ImportState.COMMITTED, ImportState.UNDONE])
                & Q(committed_at__isnull=False)
                & (Q(committed_by__isnull=False) | Q(uploaded_by__isnull=True))
                | ~Q(state__in=[ImportState.COMMITTED, ImportState.UNDONE])
                & Q(committed_by__isnull=True, committed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="import_undone_by_somebody",
                condition=Q(state=ImportState.UNDONE, undone_by__isnull=False, undone_at__isnull=False)
                | ~Q(state=ImportState.UNDONE) & Q(undone_by__isnull=True, undone_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filename} {self.get_state_display()}"

    @transition(state, source=[ImportState.UPLOADED, ImportState.JUDGED], target=ImportState.JUDGED)
    def judge(self) -> None:
        """核对。"""

    @transition(state, source=ImportState.JUDGED, target=ImportState.COMMITTED)
    def commit(self) -> None:
        """导入。"""

    @transition(state, source=[ImportState.UPLOADED, ImportState.JUDGED], target=ImportState.DISCARDED)
    def discard(self) -> None:
        """放弃。"""

    @transition(state, source=ImportState.COMMITTED, target=ImportState.UNDONE)
    def undo(self) -> None:
        """撤销。"""


class ImportRow(models.Model):
    """What the preview says of one row. Numbers of class C3 and telephones are masked before they come here.

    ``cells``: [field, old, new, kind] each, kind of ``CellKind``. ``digest``: keyed, of what the row would do, in
    full; a commit whose rows have other digests is refused.
    """

    untracked = True

    run = models.ForeignKey(ImportRun, models.CASCADE, verbose_name=_("导入"), related_name="rows")
    n = models.PositiveIntegerField(_("序号"))
    sheet = models.CharField(_("工作表"), max_length=100)
    row = models.PositiveIntegerField(_("行号"))
    staff_no = models.CharField(_("工号"), max_length=32, blank=True)
    name = models.CharField(_("姓名"), max_length=60, blank=True)
    verdict = models.CharField(_("结论"), max_length=8, choices=RowVerdict.choices)
    codes = ArrayField(models.CharField(max_length=40), verbose_name=_("问题"), default=list)
    cells = models.JSONField(_("各栏"), default=list)
    unknown_branch = models.CharField(_("未知分工会"), max_length=60, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = _("导入行")
        ordering = ["run", "n"]
        constraints = [
            models.UniqueConstraint(name="import_row_once", fields=["run", "n"]),
            models.CheckConstraint(name="import_row_verdict_known", condition=Q(verdict__in=RowVerdict.values)),
        ]
        indexes = [models.Index(name="import_row_by_verdict", fields=["run", "verdict", "n"])]

    def __str__(self) -> str:
        return f"{self.sheet} {self.row}"


class ImportedPerson(models.Model):
    """A person whom an import made or changed: what was stored before, and a keyed digest of what it left.

    ``member`` is an id, not a key: undoing takes away whom the import made. ``before``: the member's columns,
    periods and, where a number changed, the sealed forms as they were; the numbers themselves are sealed here again,
    so that keys can be changed meanwhile. Emptied after ``import_runs.KEPT``; that somebody was in it stays.
    """

    untracked = True

    run = models.ForeignKey(  # found by the constraint's index
        ImportRun, models.PROTECT, verbose_name=_("导入"), related_name="people", db_index=False
    )
    member = models.BigIntegerField(_("会员"))
    created = models.BooleanField(_("新增"))
    before = models.JSONField(default=dict, encoder=DjangoJSONEncoder, editable=False)
    id_number = SealedField(_("原身份证号"))
    bank_card = SealedField(_("原银行卡号"))
    after = models.CharField(max_length=64, blank=True, editable=False)
    kept = models.BooleanField(_("撤销时保留"), default=False)

    class Meta:
        verbose_name = verbose_name_plural = _("导入涉及的会员")
        constraints = [models.UniqueConstraint(name="imported_person_once", fields=["run", "member"])]
        indexes = [models.Index(name="imported_person_by_member", fields=["member"])]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.member}"


class SavedMapping(models.Model):
    """Which column of a header means what, as somebody once said; offered again for the same header."""

    name = models.CharField(_("名称"), max_length=60)
    header = models.CharField(max_length=64, unique=True, editable=False)  # digest of the wordings
    mapping = models.JSONField(_("表头对应"), default=dict)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("保存人"), related_name="+")
    saved_at = models.DateTimeField(_("保存时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("保存的表头对应")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
