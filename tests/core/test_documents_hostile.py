"""U5: what people type reaches the renderer as text, and what is heavier than paper ends by itself."""

import io

import pytest
from pypdf import PdfReader

from core.documents import CannotRender, DocumentError, render_pdf
from tests.core.test_documents import apart_after, counting_server, rolls, streams

TYPED = {
    "file address": '<img src="file:///etc/passwd">',
    "metadata address": '<img src="http://169.254.169.254/latest/meta-data/">',
    "import": "</td><style>@import url({});</style>",
    "import in an attribute": "\" style=\"background: url('{}')",
    "stylesheet": '<link rel="stylesheet" href="{}">',
    "attachment": '<link rel="attachment" href="file:///etc/passwd"><a rel="attachment" href="{}">x</a>',
    "huge font": "<style>td {{ font-size: 99999999pt }}</style>",
    "huge table": "<table><tr><td rowspan=65534 colspan=65534>x</table>",
    "template": "{{{{ settings.SECRET_KEY }}}}{{% load static %}}",
    "entity": "&lt;b&gt;&#0;&#xFFFFFFFF;",
    "comment": "<!-- --><!--",
    "script": "<script>app.alert(1)</script>",
    "control characters": "\x00\x01\x1f\u202e\ufeff\ud7ff\U0010ffff",
}


def test_what_people_type_is_text():
    """One person a kind, in one roll: a fresh process a kind would take half a minute."""
    with counting_server() as (address, asked):
        typed = [text.format(f"{address}{number}") for number, text in enumerate(TYPED.values())]
        people = [{"remark": text, "name": f"张{text[:40]}"} for text in typed]

        pdf = rolls(people)

        assert asked == []
    document = PdfReader(io.BytesIO(pdf))
    assert not any(b"root:" in stream for stream in streams(pdf))
    assert "/Names" not in document.trailer["/Root"]  # no attachments
    assert len(document.pages) <= 5


HEAVY = {  # only a template of ours could say these; a value of such size would have to get past its form first
    "deep nesting": "<div>" * 3000 + "x",
    "huge stylesheet": "<style>" + "".join(f".c{n} > .d{n} {{ color: red }}" for n in range(60_000)) + "</style>x",
    "endless table": "<table>" + "<tr><td>x</td><td>y</td></tr>" * 60_000 + "</table>",
}

HEAVY_ENDS = {
    "deep nesting": DocumentError.BROKE,
    "huge stylesheet": DocumentError.TOO_LONG,
    "endless table": DocumentError.TOO_LONG,
}


@pytest.fixture
def page_of(settings, tmp_path):
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]

    def render(html: str) -> bytes:
        (tmp_path / "heavy.html").write_text("{% verbatim %}" + html + "{% endverbatim %}")
        return render_pdf("heavy.html", {})

    return render


@pytest.mark.parametrize(("kind", "code"), HEAVY_ENDS.items())
def test_a_page_that_is_too_heavy_is_refused_in_words(page_of, monkeypatch, kind, code):
    apart_after(monkeypatch, "from core.apart import limits\nlimits.SECONDS = 4")

    with pytest.raises(CannotRender) as refused:
        page_of(HEAVY[kind])

    assert refused.value.code is code
    assert refused.value.message


def test_control_without_escaping_the_typed_address_is_asked_for(page_of):
    """The closed fetcher still stands behind it; only with the default one the address is asked for."""
    first = "from weasyprint.urls import URLFetcher\nfrom core import paper\npaper.ClosedFetcher = URLFetcher"
    with counting_server() as (address, asked), pytest.MonkeyPatch.context() as patched:
        page_of(f'<img src="{address}">')
        assert asked == []

        apart_after(patched, first)
        page_of(f'<img src="{address}">')

        assert asked
