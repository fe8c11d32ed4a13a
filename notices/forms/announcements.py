"""What union staff type into an announcement."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from core.admin import HouseForm
from core.forms import AttachmentsField
from members.models import Branch
from notices.models import Announcement, NewsColumn


class AnnouncementForm(HouseForm):
    """A draft. ``publish_at`` empty: when somebody presses the button."""

    branches = forms.ModelMultipleChoiceField(
        label=_("分工会"),
        required=False,
        queryset=Branch.objects.filter(is_active=True),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("发布范围选“指定分工会”时勾选。"),
    )

    class Meta:
        model = Announcement
        fields = (
            *("column", "title", "body", "readers", "branches", "is_public", "needs_receipt"),
            *("publish_at", "expires_on", "pinned_until"),
        )
        widgets = {"body": UnfoldAdminTextareaWidget({"rows": 14}), "title": UnfoldAdminTextInputWidget}
        help_texts = {
            "body": _("纯文本，空一行另起一段。"),
            "publish_at": _("留空：点“发布”时立即发布；填将来的时间：到时自动发布。"),
            "expires_on": _("过了这一天不再显示；长期有效则留空。"),
        }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if "column" in self.fields:
            self.fields["column"].queryset = NewsColumn.objects.filter(is_active=True)  # type: ignore[attr-defined]
        if "branches" in self.fields and self.instance.pk:
            self.fields["branches"].initial = list(self.instance.branches.values_list("pk", flat=True))


class FilesForm(forms.Form):
    papers = AttachmentsField(label=_("附件"), most=10)


class WithdrawForm(forms.Form):
    reason = forms.CharField(label=_("撤回原因"), max_length=200)
