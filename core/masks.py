"""Masks, made on the server (REGULATIONS.md 11). What leaves here tells nobody who it is or how to pay him."""

import unicodedata

_DOTS = "·•‧・"


def mask_name(name: str) -> str:
    """张伟 -> 张*, 欧阳兰梓 -> 欧*梓: two characters keep the first, longer ones first and last, with one star."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", name) if not c.isspace() and c not in _DOTS)
    if len(plain) < 2:
        return "*" * len(plain)
    return f"{plain[0]}*" if len(plain) == 2 else f"{plain[0]}*{plain[-1]}"


def mask_phone(phone: str) -> str:
    """13812341234 -> 138****1234; an office number keeps its last four digits, a short one nothing."""
    digits = "".join(c for c in unicodedata.normalize("NFKC", phone) if c.isascii() and c.isdigit())
    if len(digits) == 11 and digits[0] == "1":
        return f"{digits[:3]}****{digits[-4:]}"
    return mask_last4(digits)


def mask_last4(number: str) -> str:
    """``****1234`` for a bank card or ID number; fewer than eight characters show nothing.

    For the ID number this is the only mask: 6+4 beside a birth date gives the whole number away.
    """
    plain = "".join(unicodedata.normalize("NFKC", number).split())
    if not plain:
        return ""
    return f"****{plain[-4:]}" if len(plain) >= 8 else "****"


def mask_kept4(last4: str) -> str:
    """``****1234`` from the four characters that are stored beside a sealed number; empty stays empty."""
    return f"****{last4[-4:]}" if last4 else ""


def mask_email(address: str) -> str:
    """zhangsan@example.org -> z***@example.org; what is no address shows nothing of itself."""
    name, at, host = address.strip().partition("@")
    return f"{name[:1]}***@{host}" if name and at else ("***" if address.strip() else "")
