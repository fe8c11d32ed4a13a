"""What can be wrong with a file. Leaf, without Django: the reading process starts with it in a blink."""

from enum import StrEnum


class Unreadable(StrEnum):
    """What is wrong with the file."""

    BAD_ENCODING = "bad_encoding"
    CELL_TOO_LONG = "cell_too_long"
    DAMAGED = "damaged"
    DOCTYPE = "doctype"
    EMBEDDED_OBJECT = "embedded_object"
    EMPTY = "empty"
    ENCRYPTED = "encrypted"
    EXPANDS_TOO_MUCH = "expands_too_much"
    EXTERNAL_CONTENT = "external_content"
    MACROS = "macros"
    NESTED_ARCHIVE = "nested_archive"
    NUL_BYTES = "nul_bytes"
    TOO_LARGE = "too_large"
    TOO_MANY_COLUMNS = "too_many_columns"
    TOO_MANY_MEMBERS = "too_many_members"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_SHEETS = "too_many_sheets"
    TOO_MUCH_MEMORY = "too_much_memory"
    TOO_SLOW = "too_slow"
    UNSAFE_MEMBER = "unsafe_member"
    WRONG_TYPE = "wrong_type"


class Refused(Exception):
    """What the reading process reports: a code and the facts for its message (numbers and short texts)."""

    def __init__(self, code: Unreadable, **facts: int | str) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts
