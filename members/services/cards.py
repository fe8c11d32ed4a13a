"""Numbers of member cards (会员证号): in one row of numbers without gaps (TRUST.md I7)."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from core import audit, clock
from core.models import User
from members.models import Member

# One statement: the row is made when it is not there, and stays locked until the commit. A number whose transaction
# fails goes to the next one.
_NEXT = """
INSERT INTO members_cardcounter AS counter (id, last) VALUES (1, 1)
ON CONFLICT (id) DO UPDATE SET last = counter.last + 1 RETURNING last
"""


def give_card_no(member: Member) -> str:
    """The member's card number; the next one where he has none. Needs a transaction that holds the member."""
    if not member.card_no:
        with connection.cursor() as cursor:
            cursor.execute(_NEXT)
            member.card_no = f"{cursor.fetchone()[0]:06}"
        member.save(update_fields=["card_no"])
    return member.card_no


@transaction.atomic
def number_the_roll(*, actor: User | None, at: datetime) -> int:
    """A card number for everybody on today's roll who has none, in the order of staff numbers; how many."""
    if actor is not None and not actor.has_perm("members.issue_card"):
        raise PermissionDenied
    on_roll = Member.objects.on_roll(clock.local_date(at)).filter(card_no="")
    people = list(on_roll.order_by("staff_no").select_for_update(of=("self",)).only("pk", "card_no"))
    for member in people:
        give_card_no(member)
    if people:
        audit.record(actor=actor, action="members.card.issued", data={"people": len(people)}, at=at)
    return len(people)
