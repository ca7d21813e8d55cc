"""Templates as workbooks: sheets with headings, lists to choose from, an example, instructions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any

from townworks.io.exporting_formats import is_exact
from townworks.io.template_forms import AMOUNTS, LISTS, FormSheet, heading, unit_name
from townworks.schema.forms import Field, metrics, words
from townworks.schema.grids import Cell, address
from townworks.schema.messages import message

if TYPE_CHECKING:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.format import Format  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

ROWS = 60
"""Rows that are numbered for filling in; further ones are read as well."""
LAST_ROW = 5_000
"""Row until which lists to choose from are offered."""
HEADING_ROW = 4
"""Row of headings, from 0: a title, a town and a quarter stand above it, then an empty row."""
A4 = 9
_LINES = 6
_WIDTHS = {
    "text": 24,
    "metric": 32,
    "credit_code": 22,
    "day": 13,
    "quarter": 11,
    "year": 9,
    "flag": 11,
}
_PALE, _DARK, _GREY, _EDGE = "#E8EEF4", "#1F4E79", "#D9D9D9", "#8EA9C1"
_DAYS = (date(1990, 1, 1), date(2100, 12, 31))


def write_workbook(sheets: Sequence[FormSheet], language: str) -> bytes:
    """Bytes of a workbook: the instructions, then a sheet for each form.

    Every text is stored as text (never as a formula). Numbers that a spreadsheet would round are
    stored as text too, which the reader takes for numbers.
    """
    from xlsxwriter import Workbook

    buffer = BytesIO()
    with Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"title": message("templates.guide.title", language)})
        drawing = _Drawing(book, language, _formats(book))
        lists = drawing.guide(sheets)
        for number, sheet in enumerate(sheets):
            drawing.form(sheet, lists, first=sheets[0] if number else None)
        book.worksheets()[min(1, len(sheets))].activate()
    return buffer.getvalue()


def _formats(book: "Workbook") -> Mapping[str, "Format"]:
    head = {"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1}
    shapes: dict[str, dict[str, Any]] = {
        "title": {"bold": True, "font_size": 14},
        "label": {"bold": True},
        "column": {**head, "bg_color": _PALE, "border_color": _EDGE},
        "required": {**head, "bg_color": _DARK, "font_color": "#FFFFFF", "border_color": _EDGE},
        "example": {"italic": True, "font_color": "#595959", "bg_color": "#F2F2F2"},
        "example_day": {
            "italic": True,
            "font_color": "#595959",
            "bg_color": "#F2F2F2",
            "num_format": "yyyy-mm-dd",
        },
        "closed": {"bg_color": _GREY},
        "input": {"bottom": 1, "num_format": "@"},
        "text": {"num_format": "@"},
        "quoted": {"num_format": "@", "quote_prefix": True},
        "wrapped": {"text_wrap": True, "valign": "top"},
        "money": {"num_format": "#,##0.00##"},
        "number": {"num_format": "General"},
        "day": {"num_format": "yyyy-mm-dd"},
    }
    return {name: book.add_format(shape) for name, shape in shapes.items()}


@dataclass(frozen=True)
class _Drawing:
    """A workbook being drawn, in a language."""

    book: "Workbook"
    language: str
    formats: Mapping[str, "Format"]

    def say(self, key: str, **values: object) -> str:
        return message(f"templates.{key}", self.language, **values)

    # Instructions

    def guide(self, sheets: Sequence[FormSheet]) -> Mapping[tuple[str, ...], str]:
        """Draw the instructions; returns the range of each list of words.

        One cell a row: two known names beside each other would be read as headings of a table.
        """
        page = self.book.add_worksheet(self.say("guide"))
        page.set_column(0, 0, 110, self.formats["wrapped"])
        page.write_string(0, 0, self.say("guide.title"), self.formats["title"])
        for number in range(1, _LINES + 1):
            page.write_string(number, 0, self.say(f"guide.line_{number}"))
        row = _LINES + 1
        for sheet in sheets:
            row += 1
            page.write_string(row, 0, sheet.form.title[self.language], self.formats["column"])
            for field in sheet.columns:
                row += 1
                name = heading(field, self.language)
                page.write_string(row, 0, self.say("guide.column", name=name, how=self.how(field)))
            row += 1
        return self._lists(page, sheets, row + 1)

    def _lists(
        self, page: "Worksheet", sheets: Sequence[FormSheet], row: int
    ) -> Mapping[tuple[str, ...], str]:
        ranges: dict[tuple[str, ...], str] = {}
        for field in (field for sheet in sheets for field in sheet.columns):
            choices = self.choices(field)
            if not choices or choices in ranges:
                continue
            name = self.say("guide.list", name=field.label[self.language])
            page.write_string(row, 0, name, self.formats["column"])
            for n, choice in enumerate(choices, 1):
                page.write_string(row + n, 0, choice)
            cells = f"$A${row + 2}:$A${row + 1 + len(choices)}"
            ranges[choices] = f"='{page.get_name()}'!{cells}"
            row += len(choices) + 2
        _print_setup(page, self.say("page"), row, 0)
        return ranges

    def choices(self, field: Field) -> tuple[str, ...]:
        """Texts that a field is chosen from; none where it is free."""
        if field.type == "metric":
            return tuple(metric.label[self.language] for metric in metrics().values())
        if field.type not in LISTS:
            return ()
        keys = field.words or ("true", "false")
        return tuple(words()[key].label[self.language] for key in keys)

    def how(self, field: Field) -> str:
        """Say how a field is filled in."""
        kind = "figure" if field.type == "number" and not field.usual else field.type
        values: dict[str, object] = {"words": " / ".join(self.choices(field))}
        if field.usual:
            values["unit"] = unit_name(field.usual, self.language)
        told = self.say(f"how.{kind}", **values)
        return (self.say("required") if field.required else "") + told

    # Forms

    def form(
        self, sheet: FormSheet, lists: Mapping[tuple[str, ...], str], first: FormSheet | None
    ) -> None:
        """Draw a form; first: the form whose sheet has the town and the quarter already."""
        page = self.book.add_worksheet(sheet.form.title[self.language])
        page.write_string(0, 0, page.get_name(), self.formats["title"])
        self._head(page, sheet, first)
        self._headings(page, sheet)
        self._write_row(page, HEADING_ROW + 1, sheet, sheet.example, is_example=True)
        for number, row in enumerate(sheet.rows):
            self._write_row(page, HEADING_ROW + 2 + number, sheet, row)
        last = len(sheet.rows) if sheet.form.id == "figure" else max(ROWS, len(sheet.rows))
        self._numbers(page, len(sheet.rows), last)
        self._validate(page, sheet, lists)
        self._close_states(page, sheet)
        page.freeze_panes(HEADING_ROW + 1, 2)
        page.repeat_rows(HEADING_ROW)
        _print_setup(page, self.say("page"), HEADING_ROW + 1 + last, len(sheet.columns))

    def _head(self, page: "Worksheet", sheet: FormSheet, first: FormSheet | None) -> None:
        shared = list(first.head) if first else []
        for row, (key, value) in enumerate(sheet.head.items(), 1):
            label = sheet.form.fields[key].label[self.language]
            page.write_string(row, 1, label, self.formats["label"])
            if first and key in shared:
                other = f"'{first.form.title[self.language]}'!$C${shared.index(key) + 2}"
                shown = "" if value is None else str(value)
                formula = f'=IF({other}="","",{other})'
                page.write_formula(row, 2, formula, self.formats["input"], shown)
            elif value is None:
                page.write_blank(row, 2, None, self.formats["input"])
            else:
                page.write_string(row, 2, str(value), self.formats["input"])

    def _headings(self, page: "Worksheet", sheet: FormSheet) -> None:
        page.set_column(0, 0, 12)
        page.set_row(HEADING_ROW, 48)
        page.write_string(HEADING_ROW, 0, self.say("number"), self.formats["column"])
        for n, field in enumerate(sheet.columns, 1):
            shape = "required" if field.required else "column"
            page.write_string(HEADING_ROW, n, heading(field, self.language), self.formats[shape])
            page.write_comment(HEADING_ROW, n, self.how(field), {"x_scale": 1.5})
            plain = field.type if field.type in (*AMOUNTS, "day") else "text"
            page.set_column(n, n, _WIDTHS.get(field.type, 16), self.formats[plain])

    def _write_row(
        self,
        page: "Worksheet",
        row: int,
        sheet: FormSheet,
        cells: Mapping[str, Cell],
        *,
        is_example: bool = False,
    ) -> None:
        if is_example:
            page.write_string(row, 0, self.say("example"), self.formats["example"])
        for n, field in enumerate(sheet.columns, 1):
            put_cell(page, (row, n), cells[field.key], self._shapes(field, is_example=is_example))

    def _numbers(self, page: "Worksheet", filled: int, last: int) -> None:
        """Number the rows; those to be filled in show theirs with their first value."""
        for number in range(1, last + 1):
            row = HEADING_ROW + 1 + number
            if number <= filled:
                page.write_number(row, 0, number)
            else:
                formula = f'=IF({address(row, 1)}="","",{number})'
                page.write_formula(row, 0, formula, self.formats["number"], "")

    def _shapes(self, field: Field, *, is_example: bool) -> tuple["Format", "Format", "Format"]:
        """Formats for a text, a text like a formula, and another value of a field."""
        if is_example:
            day = self.formats["example_day" if field.type == "day" else "example"]
            return self.formats["example"], self.formats["example"], day
        other = field.type if field.type in (*AMOUNTS, "day") else "number"
        return self.formats["text"], self.formats["quoted"], self.formats[other]

    def _validate(
        self, page: "Worksheet", sheet: FormSheet, lists: Mapping[tuple[str, ...], str]
    ) -> None:
        """Offer lists, warn of what is no number or day, and keep the example from being used."""
        top = HEADING_ROW + 1
        refuse = {"validate": "custom", "value": "=FALSE", "ignore_blank": False}
        locked = {"error_message": self.say("example_locked")}
        page.data_validation(top, 0, top, len(sheet.columns), {**refuse, **locked})
        for n, field in enumerate(sheet.columns, 1):
            rule = _rule(field) or self._choice(field, lists)
            if rule:
                page.data_validation(top + 1, n, LAST_ROW, n, rule)

    def _choice(
        self, field: Field, lists: Mapping[tuple[str, ...], str]
    ) -> dict[str, object] | None:
        source = lists.get(self.choices(field))
        return {"validate": "list", "source": source} if source else None

    def _close_states(self, page: "Worksheet", sheet: FormSheet) -> None:
        """Close the year's sum of figures that are a state: they have none."""
        for row, column in _closed(sheet):
            page.write_blank(row, column, None, self.formats["closed"])
            page.write_comment(row, column, self.say("year_locked"))


def _closed(sheet: FormSheet) -> Iterator[tuple[int, int]]:
    for column, field in enumerate(sheet.columns, 1):
        if field.key != "year_to_date":
            continue
        for number, key in enumerate(sheet.metrics):
            is_free = sheet.rows[number][field.key] is None
            if key in metrics() and metrics()[key].extent == "at" and is_free:
                yield HEADING_ROW + 2 + number, column


def _rule(field: Field) -> dict[str, object] | None:
    """Rule of a field that is no list; Excel warns only, as "—" may be what a town has to say."""
    if field.type in AMOUNTS:
        span = {"criteria": "between", "minimum": -(10**15), "maximum": 10**15}
        return {"validate": "decimal", **span, "error_type": "warning"}
    if field.type == "day":
        span_of_days = {"criteria": "between", "minimum": _DAYS[0], "maximum": _DAYS[1]}
        return {"validate": "date", **span_of_days, "error_type": "warning"}
    if field.type == "credit_code":
        return {"validate": "length", "criteria": "==", "value": 18, "error_type": "warning"}
    return None


def put_cell(
    page: "Worksheet",
    place: tuple[int, int],
    value: Cell,
    shapes: tuple["Format", "Format", "Format"],
) -> None:
    """Write a value as what it is; shapes: for a text, a text like a formula, another value.

    A number of which a spreadsheet would keep another one is a text.
    """
    text, quoted, other = shapes
    if isinstance(value, Decimal) and is_exact(str(value)):
        page.write_number(*place, float(value), other)
    elif isinstance(value, date):
        page.write_datetime(*place, value, other)
    elif value is not None:
        shown = format(value, "f") if isinstance(value, Decimal) else str(value)
        page.write_string(*place, shown, quoted if shown.lstrip()[:1] in FORMULA else text)


FORMULA = tuple("=+-@＝＋－＠")
"""First characters of what a spreadsheet might run."""


def _print_setup(page: "Worksheet", footer: str, last: int, columns: int) -> None:
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    page.set_footer(f"&C{footer}")
    page.print_area(f"A1:{address(max(last, 1), columns)}")
