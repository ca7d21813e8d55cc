"""The bulletin as a Word document: headings, tables that repeat their head, pictures with text."""

import io
import zipfile
from datetime import UTC, datetime, time
from typing import Any

import docx
from docx.document import Document as Word
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Cm, Pt, RGBColor
from docx.table import _Cell, _Row
from docx.text.paragraph import Paragraph

from townworks.report.bulletin.content import document
from townworks.report.bulletin.drawing import png
from townworks.report.bulletin.writing import Section, Table
from townworks.schema.bulletin import Bulletin

LATIN, EAST_ASIAN = "Arial", "Microsoft YaHei"
ACCENT = RGBColor(0x0D, 0x5C, 0x63)
PAGE_CM = (21.0, 29.7)
EDGE_CM = 2.0
EPOCH = (1980, 1, 1, 0, 0, 0)
"""Moment of every part of the file: the same content is the same file."""


def bulletin_docx(bulletin: Bulletin, language: str) -> bytes:
    """Write the bulletin as .docx, in "en" or "zh"."""
    content = document(bulletin, language)
    word = docx.Document()
    _prepare(word, content.title, bulletin, language)
    title = word.add_heading(content.title, 0)
    title.alignment = WD_ALIGN_PARAGRAPH.LEFT
    for line in content.lead:
        word.add_paragraph(line)
    for section in content.sections:
        _section(word, section, 1)
    buffer = io.BytesIO()
    word.save(buffer)
    return _settled(buffer.getvalue())


def _prepare(word: Word, title: str, bulletin: Bulletin, language: str) -> None:
    """A4, fonts for both writings, page numbers, and the day of the bulletin as its date."""
    page = word.sections[0]
    page.page_width, page.page_height = Cm(PAGE_CM[0]), Cm(PAGE_CM[1])
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(EDGE_CM)
    for name in ("Normal", "Title", "Heading 1", "Heading 2"):
        style: Any = word.styles[name]
        style.font.name = LATIN
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:hAnsi"), LATIN)
        fonts.set(qn("w:eastAsia"), EAST_ASIAN)
        tongue = OxmlElement("w:lang")
        tongue.set(qn("w:val"), "en-GB")
        tongue.set(qn("w:eastAsia"), "zh-CN")
        style.element.get_or_add_rPr().append(tongue)
        if name != "Normal":
            style.font.color.rgb = ACCENT
    word.styles["Normal"].font.size = Pt(10)
    moment = datetime.combine(bulletin.as_of, time(), UTC)
    about = word.core_properties
    about.title, about.author = title, bulletin.authority[language]
    about.language = "zh-CN" if language == "zh" else "en-GB"
    about.created = about.modified = moment
    about.last_modified_by, about.revision, about.comments = "", 1, ""
    _page_number(page.footer.paragraphs[0])


def _page_number(paragraph: Paragraph) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        run._r.append(mark)  # noqa: SLF001 (python-docx has no fields)


def _section(word: Word, section: Section, level: int) -> None:
    heading = word.add_heading(section.title, level)
    heading.paragraph_format.page_break_before = section.own_page
    for line in section.lines:
        word.add_paragraph(line)
    if section.chart is not None:
        word.add_picture(io.BytesIO(png(section.chart)), width=Cm(PAGE_CM[0] - 2 * EDGE_CM))
        picture = word.inline_shapes[len(word.inline_shapes) - 1]
        picture._inline.docPr.set("descr", section.title)  # noqa: SLF001 (no other way to alt text)
    if section.table is not None and section.table.rows:
        _table(word, section.table)
    elif section.empty:
        word.add_paragraph(section.empty)
    for part in section.more:
        _section(word, part, level + 1)


def _table(word: Word, table: Table) -> None:
    found = word.add_table(rows=1, cols=len(table.head))
    found._tbl.tblPr.append(_borders())  # noqa: SLF001
    _fill(found.rows[0], table.head, table, bold=True)
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    found.rows[0]._tr.get_or_add_trPr().append(mark)  # noqa: SLF001
    for number, row in enumerate(table.rows, 1):
        bold = table.total and number == len(table.rows)
        _fill(found.add_row(), row, table, bold=bold)
    word.add_paragraph()


def _borders() -> BaseOxmlElement:
    """Fine lines between the rows, none between the columns."""
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("color", "C5CED2")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    return borders


def _shaded(cell: _Cell) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", "EAF1F2")):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)  # noqa: SLF001


def _fill(row: _Row, texts: tuple[str, ...], table: Table, *, bold: bool) -> None:
    """Write a row; it is not torn apart by the end of a page."""
    keep = OxmlElement("w:cantSplit")
    row._tr.get_or_add_trPr().append(keep)  # noqa: SLF001
    for number, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
        if bold:
            _shaded(cell)
        run = paragraph.add_run(text)
        run.bold, run.font.size = bold, Pt(9)
        if number in table.numeric:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _settled(content: bytes) -> bytes:
    """Write the parts of a document again with one moment for all of them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for entry in old.infolist():
            part = zipfile.ZipInfo(entry.filename, EPOCH)
            part.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(part, old.read(entry.filename))
    return buffer.getvalue()
