"""A constraint of the database as a refusal in words: of two at once, the second is told why."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from core.errors import DomainError


@contextmanager
def refused_by(**constraints: Callable[[], DomainError]) -> Iterator[None]:
    """A savepoint in which the violation of a named constraint becomes its refusal; any other one stays an error."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as violation:
        refusal = constraints.get(name_of(violation))
        if refusal is None:
            raise
        raise refusal() from violation


def name_of(violation: IntegrityError) -> str:
    """The constraint that was violated; empty where the database names none."""
    return getattr(getattr(violation.__cause__, "diag", None), "constraint_name", None) or ""
