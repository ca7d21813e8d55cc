"""Rows under a heading → entries: keys, amounts in their unit, days, words, totals."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from townworks.returns.amounts import Amount, Scale, converted, read_amount, read_unit
from townworks.returns.blocks import WIDE, Block, Column
from townworks.returns.collecting import Collected, Owner, Place, shown
from townworks.returns.context import find_town
from townworks.returns.days import Period, read_quarter
from townworks.returns.headings import metric_meaning, plain
from townworks.returns.words import code, read_word, tidy
from townworks.schema.forms import Field, Metric, forms, metrics, words
from townworks.schema.grids import Cell, Grid

TOTAL = re.compile(
    r"^(?:本?[镇页]?合计|总计|共计|总和|合计数|(?:grand)?totals?$|sum$)", re.IGNORECASE
)
SUBTOTAL = re.compile(r"^(?:小计|分计|subtotal)", re.IGNORECASE)
FOOTER = re.compile(
    r"^\s*(?:填报人|填表人|制表人?|审核人?|联系人|联系电话|单位负责人|负责人|统计负责人|填报日期|报出日期"
    r"|注|说明|备注)(?:[:：\s]|$)|^\s*(?:prepared by|contact|notes?)\s*[:：]",
    re.IGNORECASE,
)
SCOPE = re.compile(r"(全县|全区|全市|全省|县域|全镇|镇域)[^，。,.;；]{0,6}?(?:口径|范围|数据|数)")
QUARTERLY = re.compile(r"季|quarter|当期|本期", re.IGNORECASE)
MONEY = ("money", "number", "metric")
KEYS = {
    "investment": ("project",),
    "figure": ("metric",),
    "admission": ("credit_code", "enterprise"),
    "enterprise": ("credit_code", "name"),
    "project": ("project",),
    "target": ("metric", "year"),
    "partnership": ("proposer", "partner"),
    "application": ("name_zh",),
    "town": ("town_id",),
}
"""Fields of which a row needs one to be a record, and by which it is known."""


@dataclass(frozen=True)
class Sheet:
    """A sheet with whose it is and of when; towns: names → ids."""

    grid: Grid
    town_id: str
    period: Period | None
    towns: Mapping[str, str]


@dataclass(frozen=True)
class _Row:
    """A row being read."""

    number: int
    owner: Owner
    year_to_date: bool


class BlockReader:
    """Reads one block of a sheet; above: row from which notes belong to it."""

    def __init__(self, sheet: Sheet, block: Block, above: int, collected: Collected) -> None:
        """Take the sheet, the block and where to put what is read."""
        self.sheet, self.block, self.above, self.into = sheet, block, above, collected

    def read(self) -> None:
        """Read every row of the block."""
        self._say_unread()
        for number in range(self.block.first, self.block.end):
            row = self.sheet.grid.rows[number]
            texts = [shown(cell) for cell in row]
            first = next((text for text in texts if text), "")
            if not first or FOOTER.match(first):
                continue
            if len([text for text in texts if text]) == 1 and len(self.block.columns) > 1:
                self._say_title(number, texts.index(first), first)
                continue
            named = (
                [] if self.block.form == WIDE else [self._text(number, k) for k in KEYS[self.form]]
            )
            marks = [plain(text) for text in (*texts[: self._first_amount()], *named) if text]
            if any(TOTAL.match(mark) for mark in marks):
                self._read_total(number)
            elif not any(SUBTOTAL.match(mark) for mark in marks):
                self._read_row(number)

    def _say_title(self, row: int, column: int, text: str) -> None:
        """Say that a text alone in its row is taken for a title; a number alone is a row's own."""
        if text.isdecimal():
            return
        values = {"text": text[:60], "_severity": "note"}
        self._doubt(row, column, self._owner(0), "", "title", values)

    @property
    def form(self) -> str:
        """Form of the block's records."""
        return "figure" if self.block.form == WIDE else self.block.form

    def _say_unread(self) -> None:
        for column, heading in self.block.unread.items():
            if plain(heading) not in ("序号", "no", "编号"):
                values = {"heading": heading, "_severity": "note"}
                self._doubt(self.block.first - 1, column, self._owner(0), "", "unread", values)
        for column, found in self.block.columns.items():
            if found.guessed:
                field = self._field(found.key)
                values = {
                    "heading": found.heading,
                    "field": field.label["zh"] if field else found.key,
                }
                values["_severity"] = "warning"
                self._doubt(
                    self.block.first - 1, column, self._owner(0), found.key, "guessed", values
                )

    def _first_amount(self) -> int:
        """Column of the first amount: what names a row stands before it."""
        amounts = [
            column
            for column, found in self.block.columns.items()
            if self.block.form == WIDE or self._is_amount(found)
        ]
        return min(amounts, default=len(self.block.columns)) or 1

    def _is_amount(self, column: Column) -> bool:
        field = self._field(column.key)
        return field is not None and field.type in ("money", "number")

    def _field(self, key: str) -> Field | None:
        return forms()[self.form].fields.get(key)

    # Whose a row is

    def _owner(self, record: int, row: int | None = None, subject: str = "") -> Owner:
        town, period = self.sheet.town_id, self.sheet.period
        quarter = period.quarter if period else None
        if row is not None:
            named = self._text(row, "town")
            if named:
                town = find_town([named], self.sheet.towns) or ""
            said = read_quarter(self._text(row, "quarter"))
            quarter = said.quarter if said else quarter
        return Owner(self.form, record, town or None, quarter, subject)

    def _text(self, row: int, key: str) -> str:
        column = next((n for n, c in self.block.columns.items() if c.key == key), None)
        return shown(self._filled(row, column)) if column is not None else ""

    def _filled(self, row: int, column: int) -> Cell:
        """Value of a cell; of one in a merged block, the block's."""
        for merge in self.sheet.grid.merges:
            if merge.top <= row <= merge.bottom and merge.left <= column <= merge.right:
                return self.sheet.grid.rows[merge.top][merge.left]
        return self.sheet.grid.rows[row][column]

    # Rows

    def _read_row(self, number: int) -> None:
        if self.block.form == WIDE:
            self._read_wide(number)
            return
        named = [self._text(number, key) for key in KEYS[self.form]]
        if not any(named):
            return
        if self.form == "figure":
            self._read_figure(number, named[0])
            return
        owner = self._owner(self.into.new_record(), number, self._subject(named))
        row = _Row(number, owner, self._is_year_to_date())
        for column, found in self.block.columns.items():
            if found.key in ("town", "quarter"):
                continue
            field = self._field(found.key)
            if field is not None:
                self._read_cell(row, column, found, field)
        self._read_scope(row)

    def _subject(self, named: list[str]) -> str:
        if self.form in ("admission", "enterprise"):
            return code(named[0]) or tidy(named[1])
        if self.form in ("target", "partnership"):
            return tidy(" ".join(named))
        return tidy(named[0])

    def _is_year_to_date(self) -> bool:
        return bool(self.sheet.period and self.sheet.period.year_to_date)

    def _read_figure(self, number: int, name: str) -> None:
        hit = metric_meaning(name)
        owner = self._owner(self.into.new_record(), number)
        if hit is None:
            column = next(n for n, c in self.block.columns.items() if c.key == "metric")
            values = {"text": name[:60], "_severity": "note"}
            self._doubt(number, column, owner, "metric", "no_metric", values)
            return
        metric = metrics()[hit.key]
        row = _Row(number, owner, self._is_year_to_date())
        scale = read_unit(self._text(number, "unit")) or read_unit(name)
        for column, found in self.block.columns.items():
            if found.key in ("value", "year_to_date"):
                self._read_metric(row, column, (found, metric), scale)
            elif found.key == "geography":
                field = self._field("geography")
                if field is not None:
                    self._read_cell(row, column, found, field)
        self._read_scope(row)

    def _read_wide(self, number: int) -> None:
        owner = self._owner(self.into.new_record(), number)
        row = _Row(number, owner, self._is_year_to_date())
        for column, found in self.block.columns.items():
            if found.key in metrics():
                own = replace(owner, record=self.into.new_record())
                self._read_metric(
                    replace(row, owner=own), column, (found, metrics()[found.key]), None
                )
                self._read_scope(replace(row, owner=own))

    def _read_metric(
        self, row: _Row, column: int, what: tuple[Column, Metric], scale: Scale | None
    ) -> None:
        found, metric = what
        year = found.key == "year_to_date" or found.year
        year = year or (row.year_to_date and not QUARTERLY.search(found.heading))
        basis = "at" if metric.extent == "at" else ("year" if year else "quarter")
        if metric.extent == "at" and year and self._has_value(row.number):
            return
        self._read_amount(row, column, (metric.key, metric.unit, basis), scale)

    def _has_value(self, number: int) -> bool:
        """Whether the row's own value column is filled: a state's "year so far" repeats it."""
        return bool(self._text(number, "value"))

    def _read_total(self, number: int) -> None:
        """Read a row of totals: a record of its own, of the form "total"."""
        record = self.into.new_record()
        owner = replace(self._owner(record, number, self.form), form="total")
        row = _Row(number, owner, self._is_year_to_date())
        for column, found in self.block.columns.items():
            field = self._field(found.key)
            if field is not None and field.type == "money":
                self._read_amount(
                    row, column, (found.key, field.unit, self._basis(found, field)), None
                )

    def _basis(self, found: Column, field: Field) -> str:
        year = self._is_year_to_date() and not QUARTERLY.search(found.heading)
        return "year" if field.basis == "quarter" and year else field.basis

    # Cells

    def _read_cell(self, row: _Row, column: int, found: Column, field: Field) -> None:
        if field.type in ("money", "number"):
            scale = read_unit(self._text(row.number, "unit"))
            unit = field.unit or self._metric_unit(row.number)
            self._read_amount(row, column, (field.key, unit, self._basis(found, field)), scale)
            return
        cell = self._filled(row.number, column)
        if not shown(cell):
            return
        place = Place(self.sheet.grid, row.number, column)
        word, fault = read_word(field, cell)
        number = self.into.enter(place, row.owner, field.key, word=word)
        if fault:
            values = {**fault, "_entry": number}
            self.into.doubt(place, row.owner, field.key, str(values.pop("key")), values)

    def _metric_unit(self, number: int) -> str:
        hit = metric_meaning(self._text(number, "metric"))
        return metrics()[hit.key].unit if hit else ""

    def _read_amount(
        self, row: _Row, column: int, what: tuple[str, str, str], scale: Scale | None
    ) -> None:
        key, unit, basis = what
        cell = self.sheet.grid.rows[row.number][column]
        if cell is None:
            return
        place = Place(self.sheet.grid, row.number, column)
        scale = scale or self._scale(column, unit)
        amount = converted(read_amount(cell, scale), unit)
        if unit == "cny" and scale is None and amount.value and amount.factor == 1:
            self._say_no_unit(column)
        values: dict[str, Any] = {
            "basis": basis,
            "unit": amount.unit or unit,
            "scale": amount.factor,
        }
        if amount.value is not None and not amount.approximate:
            number = self.into.enter(place, row.owner, key, value=amount.value, **values)
        else:
            number = self.into.enter(place, row.owner, key, **values)
        self._doubt_amount(place, row, key, amount, number)

    def _doubt_amount(self, place: Place, row: _Row, key: str, amount: Amount, number: int) -> None:
        said: dict[str, Any] = {"_entry": number}
        if amount.fault:
            self.into.doubt(place, row.owner, key, amount.fault, {**amount.values, **said})
        elif amount.missing:
            said |= {"text": place.text, "_severity": "warning"}
            self.into.doubt(place, row.owner, key, "no_amount", said)
        elif amount.approximate:
            said |= {"text": place.text, "value": amount.value}
            said |= {"_action": "set", "_proposed": amount.value}
            self.into.doubt(place, row.owner, key, "about", said)

    def _scale(self, column: int, unit: str) -> Scale | None:
        """Unit of a column: of its headings, of a note above, or of its neighbours."""
        found = self._headed(column)
        if found is not None:
            return found
        note = self._note or self._neighbours
        if note is not None and (note.unit == unit or (unit == "cny" and note.unit == "usd")):
            return note
        return None

    def _say_no_unit(self, column: int) -> None:
        """Say once a column that its amounts are taken as yuan."""
        if column not in self._said:
            self._said.add(column)
            heading = self.block.columns[column].heading
            values = {"heading": heading, "_severity": "warning"}
            self._doubt(self.block.first - 1, column, self._owner(0), "", "no_unit", values)

    def _headed(self, column: int) -> Scale | None:
        for row in range(self.block.top, self.block.first):
            found = read_unit(shown(self._filled(row, column)))
            if found is not None:
                return found
        return None

    @cached_property
    def _neighbours(self) -> Scale | None:
        """Unit of money that all other columns agree on, where any says one."""
        found = {self._headed(column) for column in self.block.columns} - {None}
        money = {scale for scale in found if scale and scale.unit == "cny"}
        return money.pop() if len(money) == 1 else None

    @cached_property
    def _said(self) -> set[int]:
        return set()

    @cached_property
    def _note(self) -> Scale | None:
        """Unit that a note above the block states, the nearest first."""
        for row in range(self.block.top - 1, self.above - 1, -1):
            for cell in self.sheet.grid.rows[row]:
                if isinstance(cell, str) and re.search(r"单位|unit|万元|亿元", cell, re.IGNORECASE):
                    found = read_unit(cell)
                    if found is not None:
                        return found
        return None

    # Scope

    def _read_scope(self, row: _Row) -> None:
        """Take a remark of the row, or a note above, that another area was counted."""
        if any(column.key == "geography" for column in self.block.columns.values()):
            return
        places = [(row.number, column) for column in self.block.unread]
        places += [
            (r, c)
            for r in range(self.above, self.block.top)
            for c in range(len(self.sheet.grid.rows[r]))
        ]
        for r, c in places:
            place = Place(self.sheet.grid, r, c)
            found = SCOPE.search(place.text)
            if found:
                word = next(w.key for w in words().values() if found[1] in w.names)
                self.into.enter(place, row.owner, "geography", word=word)
                return

    def _doubt(
        self, row: int, column: int, owner: Owner, name: str, key: str, values: Mapping[str, Any]
    ) -> None:
        self.into.doubt(Place(self.sheet.grid, row, column), owner, name, key, values)
