"""What people type and choose when a roster comes in."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget

from members.models import Branch, ImportRun
from members.services import import_runs
from members.services.import_cells import COLUMNS, TITLES


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("花名册"),
        help_text=_(".xlsx 或 .csv，10 MB 以内。标题行、空行、合计行不用删。"),
        widget=UnfoldAdminFileFieldWidget({"accept": ".xlsx,.csv"}),  # the admin's script expects no other
    )
    as_of = forms.DateField(
        label=_("分工会调整生效日"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("花名册里换了分工会的人，从这一天起算在新分工会。"),
    )


class MappingForm(forms.Form):
    """One choice per wording of the file's header."""

    save_as = forms.CharField(
        label=_("保存这套对应，名称"),
        required=False,
        max_length=60,
        help_text=_("下次上传表头相同的文件时自动采用；不保存则留空。"),
    )

    def __init__(self, *args: Any, run: ImportRun, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.run = run
        suggested = import_runs.suggested(run)
        choices = [("", _("不导入这一栏")), *((name, TITLES[name]) for name in COLUMNS)]
        for number, head in enumerate(run.heads):
            self.fields[f"column_{number}"] = forms.ChoiceField(
                label=head["title"], choices=choices, required=False, initial=suggested[head["word"]]
            )

    @property
    def mapping(self) -> dict[str, str]:
        given = self.cleaned_data
        return {head["word"]: given[f"column_{number}"] for number, head in enumerate(self.run.heads)}

    def columns(self) -> Iterator[tuple[dict, BoundField]]:
        for number, head in enumerate(self.run.heads):
            yield head, self[f"column_{number}"]


class BranchesForm(forms.Form):
    """One choice per name that no branch has: add it, take it for another name of one, or leave it."""

    def __init__(self, *args: Any, run: ImportRun, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = import_runs.unknown_branches(run)
        known = list(Branch.objects.filter(is_active=True).values_list("pk", "name"))
        for number, (name, rows) in enumerate(self.names.items()):
            self.fields[f"name_{number}"] = forms.ChoiceField(
                label=gettext("“%(name)s”（%(rows)s 行）") % {"name": name, "rows": rows},
                choices=[
                    ("", _("暂不处理，这些行不导入")),
                    (import_runs.NEW_BRANCH, gettext("新建分工会“%(name)s”") % {"name": name}),
                    (_("就是这个分工会，记为它的别名"), [(str(pk), title) for pk, title in known]),
                ],
                required=False,
            )

    @property
    def choices(self) -> dict[str, str]:
        given = ((name, self.cleaned_data[f"name_{number}"]) for number, name in enumerate(self.names))
        return {name: choice for name, choice in given if choice}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not any(value for name, value in cleaned.items() if name.startswith("name_")):
            raise forms.ValidationError(_("请至少处理一个名称。"))
        return cleaned


class UndoForm(forms.Form):
    """All or none; where some have changed since, all the others may be chosen."""

    without_changed = forms.BooleanField(label=_("保留以上人员现状，撤销其余各人"), required=False)

    def __init__(self, *args: Any, hindered: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not hindered:
            del self.fields["without_changed"]
