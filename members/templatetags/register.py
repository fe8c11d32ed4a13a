"""How the register's values are written on a page."""

from datetime import date, timedelta

from django import template

from core import masks

register = template.Library()


@register.filter
def masked_phone(phone: str) -> str:
    """138****1234."""
    return masks.mask_phone(phone)


@register.filter
def last_day(until_on: date) -> date:
    """The last day on the roll of a period that ends before ``until_on``."""
    return until_on - timedelta(days=1)
