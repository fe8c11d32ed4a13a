"""A sheet of scores: one field of points and one of remarks for each line."""

from collections.abc import Iterable
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import HomeScore
from members.services.homes import Score


class SheetForm(forms.Form):
    """Lines of ``scores``; ``column`` is ``own`` for the branch and ``given`` for the union."""

    def __init__(self, *args, scores: Iterable[HomeScore], column: str, **named) -> None:
        super().__init__(*args, **named)
        self.scores = list(scores)
        for row in self.scores:
            most = row.criterion.points
            widget = forms.NumberInput({"step": "0.5", "aria-label": row.criterion.content})
            self.fields[f"points_{row.pk}"] = forms.DecimalField(
                label=row.criterion.content,
                min_value=Decimal(0),
                max_value=Decimal(most),
                max_digits=4,
                decimal_places=1,
                required=False,
                initial=getattr(row, column),
                widget=widget,
            )
            note = forms.TextInput({"aria-label": _("备注")})
            self.fields[f"note_{row.pk}"] = forms.CharField(
                label=_("备注"), max_length=100, required=False, initial=row.note, widget=note
            )

    def lines(self) -> list[tuple]:
        """(row, points field, note field) for the page."""
        return [(row, self[f"points_{row.pk}"], self[f"note_{row.pk}"]) for row in self.scores]

    def said(self) -> dict[int, Score]:
        given = self.cleaned_data
        return {row.pk: Score(given[f"points_{row.pk}"], given[f"note_{row.pk}"]) for row in self.scores}


class BackForm(forms.Form):
    reason = forms.CharField(label=_("退回原因"), max_length=200)
