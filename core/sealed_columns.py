"""Every place where sealed values lie: the columns of our models, and the secrets of second factors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import models

from core import sealed

# allauth knows no row when it seals a second factor: one place for all of them (core/signin/adapter.py).
SECOND_FACTORS: Any = {"table": "mfa_authenticator", "column": "data", "row": 0}


@dataclass(frozen=True)
class Column:
    """One column. ``place`` is a row's place by its primary key; a JSON column holds sealed values among others."""

    model: type[models.Model]
    attname: str
    place: Callable[[Any], dict]
    is_json: bool = False

    def rows(self) -> models.QuerySet:
        """(pk, stored) of every row that holds something, in pk order."""
        rows = self.model._base_manager.order_by("pk").values_list("pk", self.attname)
        return rows if self.is_json else rows.exclude(**{self.attname: ""})

    def check(self, pk: Any, stored: Any) -> None:
        """Raise ``CannotOpen`` unless every sealed value opens under FIELD_KEYS."""
        self._each(sealed.unseal, pk, stored)

    def reseal(self, pk: Any, stored: Any) -> Any:
        """The stored form under the first of FIELD_KEYS; equal to ``stored`` when it is that already."""
        return self._each(sealed.reseal, pk, stored)

    def _each(self, function: Callable[..., str], pk: Any, stored: Any) -> Any:
        place = self.place(pk)
        if not self.is_json:
            return function(stored, **place)
        return {key: function(value, **place) if sealed.is_sealed(value) else value for key, value in stored.items()}

    def __str__(self) -> str:
        return f"{self.model._meta.db_table}.{self.attname}"


def all_columns() -> list[Column]:
    """One ``Column`` for each place."""
    ours = [Column(model, field.attname, field.place_of) for model, field in sealed.sealed_fields()]
    return [*ours, Column(Authenticator, "data", lambda pk: SECOND_FACTORS, is_json=True)]
