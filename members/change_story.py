"""A request to change one's file, told to people: before and after in words, what happened, whose turn it is."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from members.enums import ChangeState
from members.models import Member, MemberSecret, ProfileChange
from members.rules.own import SEALED
from members.steps import Step


@dataclass(frozen=True)
class Difference:
    """One entry of the file as the register has it and as it shall be; empty stays empty."""

    name: str
    label: str
    before: str
    after: str


def label_of(name: str) -> str:
    """The entry's Chinese name."""
    field: Any = (MemberSecret if name in SEALED else Member)._meta.get_field(name)
    return str(field.verbose_name)


def differences(change: ProfileChange) -> list[Difference]:
    """Before and after, in the file's own order."""
    return [
        Difference(name, label_of(name), _said(name, change.before.get(name, "")), _said(name, after))
        for name, after in change.after.items()
    ]


def steps_of(change: ProfileChange) -> list[Step]:
    """What happened so far, the oldest first."""
    steps = [Step(_("提交"), change.submitted_at, change.member.name, change.reason)]
    if change.branch_word_by:
        steps.append(Step(_("分工会意见"), change.branch_word_at, change.branch_word_by.name, change.branch_word))
    decided = change.decided_by.name if change.decided_by else ""
    match change.state:
        case ChangeState.ACCEPTED:
            steps.append(Step(_("同意更正，已登记"), change.decided_at, decided))
        case ChangeState.REJECTED:
            steps.append(Step(_("不予更正"), change.decided_at, decided, change.said))
        case ChangeState.RETURNED:
            steps.append(Step(_("退回补正"), None, "", change.said))
        case ChangeState.WITHDRAWN:
            steps.append(Step(_("本人撤回"), change.decided_at))
    return steps


def waits_for(change: ProfileChange) -> str:
    """Whose turn it is, in words; empty when it is decided."""
    return {ChangeState.SUBMITTED: _("校工会干事"), ChangeState.RETURNED: _("本人")}.get(
        ChangeState(change.state), ""
    )


def _said(name: str, value: str) -> str:
    """A choice by its words, everything else as it stands."""
    field: Any = None if name in SEALED else Member._meta.get_field(name)
    return str(dict(field.choices).get(value, value)) if field is not None and field.choices else value
