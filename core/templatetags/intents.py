"""``{% load intents %}{% intent_key %}`` inside a form that creates something."""

from uuid import uuid4

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.intents import FIELD

register = template.Library()


@register.simple_tag
def intent_key() -> SafeString:
    """A hidden input with a fresh key."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, uuid4())
