"""What forms of several apps ask for in the same way."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from core import intents
from core.enums import ExportFormat
from core.errors import DomainError
from core.exports import Kind
from core.requests import SignedInRequest

ACCEPTED = "image/jpeg,image/png,.pdf,.xlsx,.docx,.csv"
PHOTOGRAPHS = "image/jpeg,image/png"


class EmptyForm(forms.Form):
    """A button and its intent key."""


class ReasonForm(forms.Form):
    """Why something is undone."""

    reason = forms.CharField(label=_("原因"), max_length=200)


def done_once(
    request: SignedInRequest, form: forms.BaseForm, *, name: str, act: Callable[[dict[str, Any]], str]
) -> bool:
    """``act(form.cleaned_data)``, once: the same page sent again does nothing more. What it said is the message.

    ``name`` is the intent's form name. False: a ``DomainError``, told by the form; nothing is done.
    """
    try:
        with intents.once(actor=request.user, form=name, key=request.POST.get(intents.FIELD, "")) as intent:
            if not intent.repeated:
                intent.result = act(form.cleaned_data)[:200]
    except DomainError as refused:
        form.add_error(None, refused.message)
        return False
    messages.success(request, intent.result)
    return True


class FilesInput(forms.FileInput):
    """Several files at once; a phone offers its camera beside its files."""

    allow_multiple_selected = True


class AttachmentsField(forms.FileField):
    """Files to be handed to ``attachments.take_all``; cleaned to a list, empty where none was chosen.

    The form must be posted as ``multipart/form-data``. What the files hold is judged by ``take``, not here.
    """

    widget = FilesInput

    def __init__(self, *, most: int = 10, accept: str = ACCEPTED, **how) -> None:
        how.setdefault("help_text", _("可上传照片、PDF、Excel、Word，每个不超过 10 MB。"))
        super().__init__(**how)
        self.most = most
        self.widget.attrs["accept"] = accept

    def clean(self, data: Sequence[UploadedFile] | UploadedFile | None, initial=None) -> list[UploadedFile]:
        given: list[UploadedFile] = [data] if isinstance(data, UploadedFile) else list(data or ())
        if self.required and not given:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(given) > self.most:
            raise forms.ValidationError(
                _("最多上传 %(most)s 个文件。"), code="too_many_files", params={"most": self.most}
            )
        return given


class ExportForm(forms.Form):
    """Which columns of a list, in which format, and what for; of a document: what for."""

    reason = forms.CharField(
        label=_("用途"),
        max_length=200,
        help_text=_("会记入审计；名单中的每个人都能在“谁看过我的信息”中看到。"),
    )
    columns = forms.MultipleChoiceField(label=_("列"), widget=forms.CheckboxSelectMultiple)
    format = forms.ChoiceField(label=_("格式"), initial=ExportFormat.XLSX)

    def __init__(self, *given, kind: Kind, **named) -> None:
        super().__init__(*given, **named)
        self.fields["reason"].initial = kind.purpose
        if kind.is_document:
            del self.fields["columns"], self.fields["format"]
            return
        self.fields["format"].choices = [(one, one.label) for one in kind.formats]  # type: ignore[attr-defined]
        field = self.fields["columns"]
        field.choices = [(column.name, column.title) for column in kind.columns]  # type: ignore[attr-defined]
        field.initial = list(kind.chosen or [column.name for column in kind.columns])
