"""No English in the admin: every string of unfold is translated, and the compiled catalogue is the written one."""

import gettext
import re
from pathlib import Path

import pytest
import unfold
from django.conf import settings
from django.utils import translation

HOME = Path(unfold.__file__).parent
PO = Path(settings.LOCALE_PATHS[0]) / "zh_Hans" / "LC_MESSAGES" / "django.po"
# Parts of unfold that nothing here installs.
NOT_INSTALLED = ("unfold_crispy", "contrib")
TAG = re.compile(r"""\{%\s*(?:trans|translate)\s+(["'])(.+?)\1""")
BLOCK = re.compile(r"\{%\s*blocktrans(?:late)?(.*?)%\}(.*?)\{%\s*endblocktrans(?:late)?\s*%\}", re.S)


def templates():
    for path in sorted((HOME / "templates").rglob("*.html")):
        if not any(part in path.parts for part in NOT_INSTALLED):
            yield path


def strings_of(text: str):
    yield from (found[1] for found in TAG.findall(text))
    for options, body in BLOCK.findall(text):
        singular = re.split(r"\{%\s*plural\s*%\}", body)[0]
        singular = re.sub(r"\{\{\s*(\w+)\s*\}\}", r"%(\1)s", singular)
        yield " ".join(line.strip() for line in singular.strip().splitlines()) if "trimmed" in options else singular


@pytest.mark.parametrize("path", list(templates()), ids=lambda path: path.stem)
def test_every_string_of_a_template_is_chinese(path):
    with translation.override("zh-hans"):
        english = [
            text
            for text in strings_of(path.read_text(encoding="utf-8"))
            if re.search("[A-Za-z]{2}", re.sub(r"%\(\w+\)s", "", text))
            and translation.gettext(text) == text
            and translation.ngettext(text, text, 2) == text
        ]

    assert english == []


def test_the_compiled_catalogue_is_the_written_one():
    with PO.with_suffix(".mo").open("rb") as file:
        compiled = {key: value for key, value in gettext.GNUTranslations(file)._catalog.items() if key}

    assert {_key(key): value for key, value in compiled.items()} == _written()


def _key(key):
    return key[0] if isinstance(key, tuple) else key


def _written() -> dict[str, str]:
    """msgid -> msgstr of the .po, whose strings are one line each."""
    catalogue, msgid = {}, ""
    for line in PO.read_text(encoding="utf-8").splitlines():
        keyword, _space, quoted = line.partition(" ")
        if keyword == "msgid":
            msgid = _unquoted(quoted)
        elif keyword in ("msgstr", "msgstr[0]") and msgid:
            catalogue[msgid] = _unquoted(quoted)
    return catalogue


def _unquoted(text: str) -> str:
    return text[1:-1].replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\")
