"""Amounts as people read them."""

from decimal import Decimal

from django import template

from core.money import grouped

register = template.Library()


@register.filter
def yuan(amount: Decimal | None) -> str:
    """1,234.50; nothing for None."""
    return "" if amount is None else grouped(amount)
