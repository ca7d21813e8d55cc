"""The four kinds of files of an export: CSV, XLSX, Parquet, GeoJSON; each written and read."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from townworks.io.exporting_columns import (
    ARMED,
    GEOMETRIES,
    MARK,
    Column,
    ExportError,
    columns_of,
    texts,
    typed,
)
from townworks.io.exporting_geometry import compact, geometry
from townworks.io.workbooks import GridLimits, read_grids
from townworks.schema.grids import Cell

if TYPE_CHECKING:
    from xlsxwriter.format import Format  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

SHEET_ROWS = 1_048_575
"""Rows of an Excel sheet under its heading."""
LONGEST = 32_767
"""UTF-16 units that a cell of Excel holds; longer ones it cuts off without a word."""
FIRST_DAY = date(1900, 3, 1)
"""Days before it are other ones in Excel, whose 1900 is a leap year."""
LARGEST = Decimal(10) ** 15
"""From here on Excel drops digits."""
_LARGE = GridLimits(size_bytes=10**9, unpacked_bytes=10**10, rows=SHEET_ROWS + 1, cells=10**9)
_UNHOLDABLE = re.compile(r"[\ufffe\uffff]|_x[0-9A-Fa-f]{4}_x[0-9A-Fa-f]{4}_")
"""Characters that XML has not, and runs of Excel's own escapes, which it reads as another text."""
_CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
Written = tuple[bytes, list[Column]]


def _write_csv(name: str, frame: pl.DataFrame) -> Written:
    """UTF-8 with a byte-order mark; a null is nothing, an empty text is a pair of quotes."""
    columns = [replace(c, escaped=c.is_text) for c in columns_of(name, frame)]
    shown = texts(frame, columns).with_columns(_disarmed(c.name) for c in columns if c.is_text)
    return shown.write_csv(include_bom=True).encode(), columns


def _disarmed(name: str) -> pl.Expr:
    text = pl.col(name)
    return pl.when(text.str.contains(ARMED)).then(MARK + text).otherwise(text).alias(name)


def _read_csv(path: Path, columns: Sequence[Column], _: int) -> pl.DataFrame:
    schema = {column.name: pl.String for column in columns}
    return typed(pl.read_csv(path, schema=schema), columns)


def _write_parquet(name: str, frame: pl.DataFrame) -> Written:
    buffer = BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue(), columns_of(name, frame)


def _read_parquet(path: Path, columns: Sequence[Column], _: int) -> pl.DataFrame:
    return pl.read_parquet(path).cast({column.name: column.dtype for column in columns})


# Workbooks


def _write_xlsx(name: str, frame: pl.DataFrame) -> Written:
    """A workbook of one sheet; texts are never formulas, numbers are ones where Excel has them."""
    from xlsxwriter import Workbook  # type: ignore[import-untyped]

    if frame.height > SHEET_ROWS:
        raise ExportError(name, "too_many_rows", rows=frame.height, most=SHEET_ROWS)
    columns = [_of_sheet(c, frame[c.name]) for c in columns_of(name, frame)]
    buffer = BytesIO()
    with Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet(name)
        writer = _SheetWriter(
            sheet,
            book.add_format({"num_format": "yyyy-mm-dd"}),
            book.add_format({"quote_prefix": True}),
        )
        bold = book.add_format({"bold": True, "bottom": 1})
        for n, column in enumerate(columns):
            sheet.write_string(0, n, column.name, bold)
        for n, (column, values) in enumerate(zip(columns, texts(frame, columns), strict=True)):
            writer.fill(n, column, values.to_list())
        sheet.freeze_panes(1, 0)
    return buffer.getvalue(), columns


def _of_sheet(column: Column, values: pl.Series) -> Column:
    """What an empty cell of a column is: its null, or its empty text where it has no null."""
    if not column.is_text:
        return column
    return replace(column, escaped=True, blank="null" if values.null_count() else "text")


@dataclass(frozen=True)
class _SheetWriter:
    """Puts texts into a sheet as what their column says that they are."""

    sheet: "Worksheet"
    day: "Format"
    quoted: "Format"

    def fill(self, place: int, column: Column, values: Sequence[str | None]) -> None:
        """Write a column."""
        for row, text in enumerate(values, 1):
            if text is None:
                continue
            if column.is_text:
                self._text(row, place, text, column)
            else:
                self._value(row, place, text, column.dtype)

    def _text(self, row: int, place: int, text: str, column: Column) -> None:
        if not text and column.blank == "text":
            return
        marked = MARK + text if not text.strip() or text.startswith(MARK) else text
        cell = f"{column.name}, {row + 1}"
        if len(marked.encode("utf-16-le")) // 2 > LONGEST:
            raise ExportError(self.sheet.get_name(), "long_text", cell=cell, most=LONGEST)
        if _UNHOLDABLE.search(marked):
            raise ExportError(self.sheet.get_name(), "odd_text", cell=cell)
        is_armed = re.match(ARMED, marked) is not None
        self.sheet.write_string(row, place, marked, self.quoted if is_armed else None)

    def _value(self, row: int, place: int, text: str, dtype: pl.DataType) -> None:
        if dtype == pl.Boolean:
            self.sheet.write_boolean(row, place, text == "true")
        elif dtype == pl.Date and FIRST_DAY.isoformat() <= text and len(text) == len("2016-01-01"):
            self.sheet.write_datetime(row, place, date.fromisoformat(text), self.day)
        elif dtype.is_numeric() and is_exact(text):
            self.sheet.write_number(row, place, float(text))
        else:
            self.sheet.write_string(row, place, text)


def is_exact(text: str) -> bool:
    """Whether Excel's number would be this one, to the last digit.

    >>> is_exact("1234.50"), is_exact("123456789012345678.12"), is_exact("NaN")
    (True, False, False)
    """
    number = Decimal(text)
    if not number.is_finite() or abs(number) >= LARGEST:
        return False
    return Decimal(f"{float(number):.16G}") == number  # as XlsxWriter writes it


def _read_xlsx(path: Path, columns: Sequence[Column], rows: int) -> pl.DataFrame:
    """Rows that are empty at a sheet's end are not in the file: `rows` says how many there are."""
    found = [grid.rows[1:] for grid in read_grids(path, _LARGE)]
    cells = (found or [()])[0]
    data = {c.name: [_cell(row[n], c) for row in cells] for n, c in enumerate(columns)}
    for column in columns:
        data[column.name] += [_cell(None, column)] * (rows - len(cells))
    return typed(_of_texts(data), columns)


def _cell(cell: Cell, column: Column) -> str | None:
    if cell is None:
        return "" if column.blank == "text" else None
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, date):
        return date(cell.year, cell.month, cell.day).isoformat()
    return str(cell).lower() if isinstance(cell, bool) else cell


def _of_texts(data: Mapping[str, Sequence[str | None]]) -> pl.DataFrame:
    return pl.DataFrame(data, schema=dict.fromkeys(data, pl.String))


# GeoJSON


def _write_geojson(name: str, frame: pl.DataFrame) -> Written:
    """A feature a row, in WGS 84; decimals, days and texts as texts, the rest as JSON has it."""
    columns = columns_of(name, frame)
    shaped = _shaped(columns)
    features = [_feature(row, columns, shaped) for row in texts(frame, columns).iter_rows()]
    collection = {"type": "FeatureCollection", "name": name, "crs": _CRS, "features": features}
    return json.dumps(collection, ensure_ascii=False, allow_nan=False).encode(), columns


def _shaped(columns: Sequence[Column]) -> Column | None:
    """Column of which the features take their geometry."""
    return next((c for c in columns if c.name in GEOMETRIES and c.is_text), None)


def _feature(
    row: Sequence[str | None], columns: Sequence[Column], shaped: Column | None
) -> dict[str, Any]:
    """A feature; the text of its geometry stays among its properties unless it can be rewritten."""
    values = {c.name: _json(text, c.dtype) for text, c in zip(row, columns, strict=True)}
    shape = None
    if shaped and values[shaped.name] is not None:
        shape = geometry(values[shaped.name], GEOMETRIES[shaped.name])
        if shape is not None and compact(shape) == values[shaped.name]:
            del values[shaped.name]
    return {"type": "Feature", "geometry": shape, "properties": values}


def _json(text: str | None, dtype: pl.DataType) -> Any:  # noqa: ANN401 (any JSON value)
    if text is None:
        return None
    if dtype == pl.Boolean:
        return text == "true"
    if dtype.is_integer():
        return int(text)
    return float(text) if dtype.is_float() and isfinite(float(text)) else text


def _read_geojson(path: Path, columns: Sequence[Column], _: int) -> pl.DataFrame:
    shaped = _shaped(columns)
    name = shaped.name if shaped else ""
    rows = list(_properties(json.loads(path.read_bytes())["features"], name))
    data = {c.name: [_plain(row[c.name]) for row in rows] for c in columns}
    return typed(_of_texts(data), columns)


def _properties(features: Sequence[Mapping[str, Any]], shaped: str) -> Iterator[Mapping[str, Any]]:
    for feature in features:
        own = feature["properties"]
        if shaped and shaped not in own:
            yield {**own, shaped: compact(feature["geometry"])}
        else:
            yield own


def _plain(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else repr(value)


WRITERS: Mapping[str, Callable[[str, pl.DataFrame], Written]] = {
    "csv": _write_csv,
    "xlsx": _write_xlsx,
    "parquet": _write_parquet,
    "geojson": _write_geojson,
}
"""By kind: a table's name and the table → bytes of its file, and its columns as written."""
READERS: Mapping[str, Callable[[Path, Sequence[Column], int], pl.DataFrame]] = {
    "csv": _read_csv,
    "xlsx": _read_xlsx,
    "parquet": _read_parquet,
    "geojson": _read_geojson,
}
"""By kind: a file, its columns and the number of its rows → the table."""
