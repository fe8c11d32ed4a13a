"""The heads that ship with the house (REGULATIONS.md 8.1). Each is offered once: edits and switching off stay."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit, clock, locks, reference
from finance.models import Account

_FILE = Path(__file__).parent / "presets" / "accounts-2022.json"


def shipped() -> Iterator[tuple[dict[str, Any], str]]:
    """(fields, preset name of the head above or "") of every head, those above first."""
    for head in json.loads(_FILE.read_text(encoding="utf-8"))["heads"]:
        below = head.pop("below", [])
        yield {**head, "preset": _name(head["name"])}, ""
        for under in below:
            fields = {**under, "side": head["side"], "preset": _name(head["name"], under["name"])}
            yield fields, _name(head["name"])


def _name(*parts: str) -> str:
    """By names, since the numbers may be corrected (REGULATIONS.md 8.1: names first)."""
    return "2022/" + "/".join(parts)


@transaction.atomic
def load_accounts() -> int:
    """Add the heads that were not there before; how many. One in the way of the school's own is left out."""
    locks.wait_until_commit("finance.reference.load_accounts")
    there = {account.preset: account for account in Account.objects.exclude(preset="")}
    codes = set(Account.objects.values_list("code", flat=True))
    names = set(Account.objects.values_list("parent", "side", "name"))
    added = 0
    for fields, above in shipped():
        parent = there.get(above)
        taken = fields["code"] in codes or (parent.pk if parent else None, fields["side"], fields["name"]) in names
        if fields["preset"] in there or taken or (above and parent is None):
            continue
        there[fields["preset"]] = Account.objects.create(parent=parent, **fields)
        added += 1
    if added:
        data = {"added": added}
        audit.record(actor=None, action="finance.account.loaded", basis="load_reference", data=data, at=clock.now())
    return added


reference.add(_("会计科目"), load_accounts)
