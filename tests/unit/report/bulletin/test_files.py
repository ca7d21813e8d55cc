"""The bulletin as HTML and as DOCX: whole, safe, the same twice, and LibreOffice draws it."""

import io
import re
import shutil
import subprocess
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from tests.unit.report.bulletin.sample import HOSTILE, bulletin

from townworks.report.bulletin import bulletin_docx, bulletin_html, style_of

LANGUAGES = ("en", "zh")
PNG = b"\x89PNG"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_stands_alone_and_runs_nothing(language: str) -> None:
    page = bulletin_html(bulletin(), language)
    tags = Tags()
    tags.feed(page)
    names = {tag for tag, _ in tags.found}
    assert names.isdisjoint({"script", "iframe", "object", "img"})
    for tag, attributes in tags.found:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        for name in ("href", "src"):
            target = attributes.get(name) or "#"
            assert target.startswith(("#", "data:,")), target
    assert "&lt;script&gt;alert(1)" in page
    assert HOSTILE not in page


def test_headings_lead_to_their_sections_and_ids_are_unique() -> None:
    tags = Tags()
    tags.feed(bulletin_html(bulletin(), "en"))
    own = [a["id"] for tag, a in tags.found if "id" in a and tag != "svg"]
    assert len(own) == len(set(own))
    targets = {(a["href"] or "")[1:] for tag, a in tags.found if tag == "a"}
    assert targets <= set(own)


def test_its_style_is_the_one_that_the_policy_allows() -> None:
    page = bulletin_html(bulletin(), "en")
    assert page.count("<style>") == 1
    assert style_of().startswith("'sha256-")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_document_has_what_word_needs(language: str) -> None:
    content = bulletin_docx(bulletin(), language)
    word = docx.Document(io.BytesIO(content))
    assert word.paragraphs[0].style is not None
    assert word.paragraphs[0].style.name == "Title"
    assert sum(p.style is not None and p.style.name == "Heading 1" for p in word.paragraphs) > 10
    for table in word.tables:
        head = table.rows[0]._tr.trPr
        assert head is not None
        assert head.find(qn("w:tblHeader")) is not None
    assert word.inline_shapes
    for shape in word.inline_shapes:
        assert shape._inline.docPr.get("descr")
    fonts = word.styles["Normal"].element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "Microsoft YaHei"


def test_the_same_bulletin_is_the_same_file() -> None:
    assert bulletin_docx(bulletin(), "zh") == bulletin_docx(bulletin(), "zh")


def test_pictures_are_inside() -> None:
    with zipfile.ZipFile(io.BytesIO(bulletin_docx(bulletin(), "en"))) as file:
        pictures = [file.read(name) for name in file.namelist() if name.endswith(".png")]
    assert pictures
    assert all(picture.startswith(PNG) for picture in pictures)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("language", LANGUAGES)
def test_libreoffice_renders_every_page(language: str, tmp_path: Path) -> None:
    (tmp_path / "b.docx").write_bytes(bulletin_docx(bulletin(), language))
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
    command += ["--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "b.docx")]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    content = (tmp_path / "b.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) >= 6
