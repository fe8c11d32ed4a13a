"""What may be changed in one's own file, and whether it still is what it was. Facts in, refusal out."""

from collections.abc import Mapping
from datetime import date

from members.own_codes import ChangeRefusal

# Changed by request only; the rest of the file (phone, e-mail, emergency contact) is the member's own to keep.
GOVERNED = (
    *("name", "sex", "birth_on", "ethnicity", "political_status", "education", "title", "department_name"),
    *("staff_category", "hired_on"),
)
SEALED = ("id_number", "bank_card")
CONTACTS = ("phone", "email", "emergency_contact", "emergency_phone")
DATES = ("birth_on", "hired_on")


def refuse_request(*, reason: str, before: Mapping[str, str], after: Mapping[str, str]) -> ChangeRefusal | None:
    """PIPL Art 46: a correction names what is wrong; ``before`` and ``after`` hold the same fields, all different."""
    if not after:
        return ChangeRefusal.NOTHING_CHANGES
    if not reason.strip():
        return ChangeRefusal.NO_REASON
    if set(after) - {*GOVERNED, *SEALED}:
        return ChangeRefusal.UNKNOWN_FIELD
    if after.get("name") == "":
        return ChangeRefusal.NAME_EMPTY
    return None


def refuse_identity(
    *, sex: str, birth_on: date | None, id_sex: str, id_birth_on: date | None
) -> ChangeRefusal | None:
    """GB 11643: sex and birth date of a new ID number agree with the file as it will be."""
    if id_birth_on and birth_on and id_birth_on != birth_on:
        return ChangeRefusal.ID_DIFFERS
    if id_sex and sex and id_sex != sex:
        return ChangeRefusal.ID_DIFFERS
    return None
