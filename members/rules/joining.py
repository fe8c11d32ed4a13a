"""What an application for membership must say before the branch reads it (《工会会员登记表》; REGULATIONS.md 2)."""

from datetime import date

from members.life_codes import JoinRefusal

# Without these the committee cannot tell who asks; the rest of the form may stay empty.
NEEDED = ("name", "sex", "birth_on", "ethnicity", "education", "political_status", "department_name", "phone")


def missing(values: dict[str, object]) -> list[str]:
    """Names of the needed fields that are empty, in the form's order."""
    return [name for name in NEEDED if not values.get(name)]


def refuse_submission(
    *, is_complete: bool, sex: str, birth_on: date | None, id_sex: str, id_birth_on: date | None
) -> JoinRefusal | None:
    """全总 实名制 (总工办发〔2017〕14号): checked against the ID card. ``id_birth_on`` None: no number given."""
    if not is_complete:
        return JoinRefusal.INCOMPLETE
    if id_birth_on is None:
        return JoinRefusal.ID_NUMBER_WRONG
    if (sex, birth_on) != (id_sex, id_birth_on):
        return JoinRefusal.ID_DIFFERS
    return None


def refuse_admission(*, met_on: date | None, joins_on: date | None, today: date) -> JoinRefusal | None:
    """Charter Art 2: the committee admits, so nobody is a member before it met, and nothing is approved ahead."""
    if met_on is None or joins_on is None:
        return JoinRefusal.NO_MINUTE
    if met_on > today:
        return JoinRefusal.MEETING_AHEAD
    return JoinRefusal.BACK_TOO_FAR if joins_on < met_on else None
