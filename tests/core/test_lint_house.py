"""K1: what our own Python and templates must not contain. A waiver names file and rule and says why."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeGuard

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOUSE = (
    *("core", "members", "notices", "finance", "congress", "welfare", "activities", "proposals", "planning"),
    *("union_site", "bench"),
)
MONEY = ("finance/", "welfare/", "core/money")

_PLAIN_TEXT = "plain-text mail: nothing renders it as HTML, escaping would show &amp; in names and links"
WAIVERS: dict[tuple[str, str], str] = {
    ("templates/account/email/base_message.txt", "autoescape off"): _PLAIN_TEXT,
    ("templates/account/email/password_reset_key_message.txt", "autoescape off"): _PLAIN_TEXT,
}
"""(file, rule) -> reason, reviewed. One that is no longer needed fails the test."""

Finding = tuple[str, int]  # rule, line


def _is_view(path: str) -> bool:
    return "views" in Path(path).stem or "/views/" in path


def _is_money(path: str) -> bool:
    return path.startswith(MONEY)


def _anywhere(path: str) -> bool:
    return True


NAMES: dict[str, tuple[str, Callable[[str], bool]]] = {  # a name used, imported or called as an attribute
    "mark_safe": ("mark_safe", _anywhere),
    "csrf_exempt": ("csrf_exempt", _anywhere),
    "RawSQL": ("RawSQL", _anywhere),
    "FloatField": ("float on money", _anywhere),
    "pickle": ("pickle", _anywhere),
    "cPickle": ("pickle", _anywhere),
    "marshal": ("pickle", _anywhere),
    "shelve": ("pickle", _anywhere),
    "dill": ("pickle", _anywhere),
}
CALLS: tuple[tuple[re.Pattern[str], str, Callable[[str], bool]], ...] = (  # the dotted name that is called
    (re.compile(r"(?:^|\.)(?:SafeString|SafeText)$"), "mark_safe", _anywhere),  # as an annotation it is harmless
    (re.compile(r"(?:^|\.)raw$"), ".raw(", _anywhere),
    (re.compile(r"(?:^|\.)extra$"), ".extra(", _anywhere),
    (re.compile(r"(?:^|\.)yaml\.(?:load|load_all|unsafe_load|full_load)$"), "yaml.load", _anywhere),
    (re.compile(r"(?:^|\.)(?:objects|_default_manager)\.get$"), "objects.get( in a view", _is_view),
    (re.compile(r"(?:^|\.)(?:datetime\.(?:now|utcnow|today)|date\.today)$"), "datetime.now()", _anywhere),
    (re.compile(r"^time\.time$"), "datetime.now()", _is_money),
    (re.compile(r"(?:^|\.)timezone\.now$"), "timezone.now() in money", _is_money),
    (re.compile(r"^(?:builtins\.)?float$"), "float on money", _is_money),
)
TEMPLATES = (
    (re.compile(r"\|\s*safe(?:seq)?\b"), "|safe"),
    (re.compile(r"\{%-?\s*autoescape\s+off\b"), "autoescape off"),
)


def _dotted(node: ast.expr) -> str:
    """``a.b.c`` of a name, an attribute, or the attribute of a call (``f().c`` is "().c")."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return "()"


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        return [node.attr]
    if isinstance(node, ast.Import):
        return [part for alias in node.names for part in alias.name.split(".")]
    if isinstance(node, ast.ImportFrom):
        return [*(node.module or "").split("."), *(alias.name for alias in node.names)]
    return []


def _spreads_the_request(node: ast.AST) -> bool:
    """``f(**request.GET)`` in any wrapping: what the browser sends must not choose ORM keywords."""
    if not isinstance(node, ast.Call):
        return False
    spread = [keyword.value for keyword in node.keywords if keyword.arg is None]
    inner = [part for value in spread for part in ast.walk(value)]
    return any(isinstance(part, ast.Attribute) and part.attr in ("GET", "POST", "COOKIES") for part in inner)


def _turns_escaping_off(node: ast.AST) -> bool:
    """``Context(autoescape=False)``, or the same in the options of an engine."""
    if isinstance(node, ast.Call):
        given = [(keyword.arg, keyword.value) for keyword in node.keywords]
    elif isinstance(node, ast.Dict):
        given = [(key.value, value) for key, value in zip(node.keys, node.values, strict=True) if _is_constant(key)]
    else:
        return False
    return any(name == "autoescape" and _is_constant(value) and not value.value for name, value in given)


def _is_constant(node: ast.AST | None) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant)


def python_findings(path: str, source: str) -> Iterator[Finding]:
    """Every breach in one Python file; ``path`` is relative to the root."""
    for node in ast.walk(ast.parse(source)):
        line = getattr(node, "lineno", 0)
        for name in _names(node):
            rule, applies = NAMES.get(name, ("", _anywhere))
            if rule and applies(path):
                yield rule, line
        if isinstance(node, ast.Call):
            dotted = _dotted(node.func)
            yield from ((rule, line) for found, rule, applies in CALLS if found.search(dotted) and applies(path))
        if _spreads_the_request(node):
            yield "**request.GET", line
        if _turns_escaping_off(node):
            yield "autoescape off", line


def template_findings(path: str, source: str) -> Iterator[Finding]:
    """Every breach in one template."""
    for number, line in enumerate(source.splitlines(), start=1):
        yield from ((rule, number) for found, rule in TEMPLATES if found.search(line))


def house_findings() -> set[tuple[str, str, int]]:
    """(file, rule, line) over all our own files."""
    files = [file for room in HOUSE for file in (ROOT / room).rglob("*.py")]
    files += [ROOT / "run", *ROOT.glob("*.py")]
    pages = [file for file in (ROOT / "templates").rglob("*") if file.suffix in (".html", ".txt", ".xml", ".svg")]
    found = set()
    for file, findings in [*((f, python_findings) for f in files), *((p, template_findings) for p in pages)]:
        path = file.relative_to(ROOT).as_posix()
        found |= {(path, rule, line) for rule, line in findings(path, file.read_text())}
    return found


def test_the_house_has_no_unreviewed_breach():
    breaches = {finding for finding in house_findings() if finding[:2] not in WAIVERS}

    assert breaches == set()


def test_every_waiver_is_still_needed_and_says_why():
    needed = {finding[:2] for finding in house_findings()}

    assert set(WAIVERS) <= needed
    assert all(len(reason) > 20 for reason in WAIVERS.values())


def test_every_room_is_looked_at():
    """A new package at the root must not escape the lint."""
    packages = {file.parent.name for file in ROOT.glob("*/__init__.py")}

    assert packages - {"tests"} <= set(HOUSE)


@pytest.mark.parametrize(
    ("path", "source", "rule"),
    [
        ("core/x.py", "from django.utils.safestring import mark_safe", "mark_safe"),
        ("core/x.py", "from django.utils import safestring\nsafestring.mark_safe(x)", "mark_safe"),
        ("core/x.py", "html = SafeString(x)", "mark_safe"),
        ("core/views.py", "@csrf_exempt\ndef cast(request): ...", "csrf_exempt"),
        ("core/views.py", "decorators.csrf.csrf_exempt(view)", "csrf_exempt"),
        ("core/x.py", "Member.objects.raw(sql)", ".raw("),
        ("core/x.py", "Member.objects.visible_to(user).extra(where=[x])", ".extra("),
        ("core/x.py", "queryset.annotate(a=RawSQL(sql, ()))", "RawSQL"),
        ("core/x.py", "Member.objects.filter(**request.GET)", "**request.GET"),
        ("core/x.py", "Member.objects.filter(**{k: v for k, v in self.request.GET.items()})", "**request.GET"),
        ("core/x.py", "save(**dict(request.POST.items()))", "**request.GET"),
        ("core/x.py", "Context({'name': name}, autoescape=False)", "autoescape off"),
        ("core/x.py", "TEMPLATES = [{'OPTIONS': {'autoescape': False}}]", "autoescape off"),
        ("core/x.py", "import pickle", "pickle"),
        ("core/x.py", "from pickle import loads", "pickle"),
        ("core/x.py", "import yaml\nyaml.load(text)", "yaml.load"),
        ("members/views.py", "Member.objects.get(pk=pk)", "objects.get( in a view"),
        ("members/views/files.py", "models.Member.objects.get(pk=pk)", "objects.get( in a view"),
        ("members/admin_views.py", "Member.objects.get(pk=pk)", "objects.get( in a view"),
        ("members/models.py", "pay = models.FloatField()", "float on money"),
        ("finance/services.py", "total = float(amount)", "float on money"),
        ("core/money.py", "float(amount)", "float on money"),
        ("core/x.py", "datetime.now()", "datetime.now()"),
        ("core/x.py", "datetime.datetime.now(tz=UTC)", "datetime.now()"),
        ("core/x.py", "date.today()", "datetime.now()"),
        ("welfare/services.py", "timezone.now()", "timezone.now() in money"),
    ],
)
def test_control_a_planted_breach_in_python_is_found(path, source, rule):
    assert rule in {found for found, _ in python_findings(path, source)}


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("{{ text|safe }}", "|safe"),
        ("{{ text|linebreaks | safe }}", "|safe"),
        ("{{ list|safeseq|join:', ' }}", "|safe"),
        ("{% autoescape off %}{{ text }}{% endautoescape %}", "autoescape off"),
    ],
)
def test_control_a_planted_breach_in_a_template_is_found(source, rule):
    assert [(rule, 2)] == list(template_findings("templates/x.html", f"<p>\n{source}\n</p>"))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (
            "core/x.py",
            "def tag() -> SafeString: ...\nlog.info('x', extra={'a': 1})\nrequest.GET.get('q')\nf(**options)",
        ),
        ("members/services.py", "Member.objects.get(pk=pk)"),
        ("members/views.py", "get_object_or_404(Member.objects.visible_to(request.user), pk=pk)"),
        ("members/rules.py", "float(share)\nclock.now()\ntimezone.now()"),
    ],
)
def test_what_is_allowed_is_not_reported(path, source):
    assert list(python_findings(path, source)) == []
