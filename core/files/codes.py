"""Why a file is not taken, beside what ``core.spreadsheets.codes`` says of office files. Leaf, without Django."""

from enum import StrEnum


class Unfit(StrEnum):
    """What is wrong with the file, or with taking one more."""

    ACTIVE_CONTENT = "active_content"
    DAMAGED = "damaged"
    DYNAMIC_DATA = "dynamic_data"
    EMPTY = "empty"
    ENCRYPTED = "encrypted"
    INFECTED = "infected"
    NAME_DOES_NOT_FIT = "name_does_not_fit"
    NOT_ALLOWED = "not_allowed"
    TOO_LARGE = "too_large"
    TOO_MANY_BYTES_TODAY = "too_many_bytes_today"
    TOO_MANY_FILES_TODAY = "too_many_files_today"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MUCH_MEMORY = "too_much_memory"
    TOO_SLOW = "too_slow"
    UNSCANNED = "unscanned"
