"""Workbooks and CSV files as grids: every cell where it stands, looked at before it is opened.

What could harm (macros, encryption, bombs, sheets of a million rows) is refused with its reason in
both languages before a parser sees it.
"""

import csv
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import IO

from townworks.errors import InputNotFoundError, TownworksError, UnreadableInputError
from townworks.io.encodings import detect
from townworks.io.sources import Format, Source
from townworks.schema.grids import LETTERS, Cell, Grid, Merge
from townworks.schema.messages import message

_OLE, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BAD_ZIP = (zipfile.BadZipFile, zlib.error, RuntimeError, ValueError, EOFError, NotImplementedError)
_MARKUP = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|table|\?xml|meta)", re.IGNORECASE)
_ROW = re.compile(rb"<(?:\w+:)?row[\s>]")
_ADDRESS = re.compile(rb"""\sr=["']([A-Z]{0,3})([0-9]{1,7})["']""")
LONGEST_ADDRESS = 16
MOST_MERGES, MOST_MERGED = 10_000, 10_000
"""Merged blocks that are read of a sheet, and cells that one may cover."""
CHUNK = 1 << 20


@dataclass(frozen=True)
class GridLimits:
    """How much a file may hold."""

    size_bytes: int = 20_000_000
    unpacked_bytes: int = 200_000_000
    rows: int = 100_000
    cells: int = 5_000_000


STANDARD = GridLimits()


class WorkbookError(TownworksError, ValueError):
    """A file of returns that is not read, and why.

    >>> print(WorkbookError(Path("a.xlsx"), "password"))
    a.xlsx: The file is protected by a password. Open it, save it without one, and hand it in again.
    """

    def __init__(self, path: Path, key: str, **values: object) -> None:
        """Take the file, a key of `workbooks.toml` and its values."""
        self.path, self.key, self.values = path, key, values
        super().__init__(f"{path}: {self.say('en')}")

    def say(self, language: str) -> str:
        """Reason in a language, without the file's name."""
        return message(f"workbooks.{self.key}", language, **self.values)


def read_grids(path: Path, limits: GridLimits = STANDARD) -> tuple[Grid, ...]:
    """Read every sheet of an .xlsx, or the table of a .csv or .tsv; raises `WorkbookError`.

    Numbers are the shortest decimals that their floats stand for; a formula is its last value.
    """
    if not path.is_file():
        raise InputNotFoundError(path, "is no file" if path.exists() else "does not exist")
    try:
        data = path.read_bytes() if path.stat().st_size <= limits.size_bytes else b""
    except OSError as error:
        raise WorkbookError(path, "unreadable", why=error.strerror or str(error)) from error
    if not data:
        size = path.stat().st_size
        if size:
            sizes = {"unpacked_mb": size / 1e6, "most_mb": limits.size_bytes / 1e6}
            raise WorkbookError(path, "bomb", **sizes)
        raise WorkbookError(path, "empty")
    return _read(path, data, limits)


def _read(path: Path, data: bytes, limits: GridLimits) -> tuple[Grid, ...]:
    suffix = path.suffix.lower()
    if data.startswith(_OLE):
        raise WorkbookError(path, "password" if _ENCRYPTED in data else "old_excel")
    if data.startswith(_ZIP):
        if suffix in (".csv", ".tsv", ".txt"):
            raise WorkbookError(path, "not_xlsx", suffix=suffix, kind="XLSX/ZIP")
        _look_inside(path, data, limits)
        return tuple(_sheets(path, data, limits))
    if suffix not in (".csv", ".tsv", ".txt"):
        kind = "HTML" if _MARKUP.match(data) else "CSV/TXT"
        raise WorkbookError(path, "not_xlsx", suffix=suffix or "?", kind=kind)
    return (_csv(path, limits),)


def _look_inside(path: Path, data: bytes, limits: GridLimits) -> None:
    """Refuse macros, and whatever unpacks to more than the limit, without keeping what is read."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()
            if any("vbaproject" in name.lower() or "macrosheet" in name.lower() for name in names):
                raise WorkbookError(path, "macros")
            if any(entry.flag_bits & 1 for entry in archive.infolist()):
                raise WorkbookError(path, "password")
            total = 0
            for entry in archive.infolist():
                with archive.open(entry) as part:
                    total += _count(path, entry.filename, part, limits, total)
    except _BAD_ZIP as error:
        if isinstance(error, TownworksError):
            raise
        raise WorkbookError(path, "damaged", why=str(error)[:100] or "zip") from error


def _count(path: Path, name: str, part: IO[bytes], limits: GridLimits, before: int) -> int:
    """Bytes that a part unpacks to; a sheet too long, too wide or too large is refused."""
    size = 0
    extent = _Extent() if name.startswith("xl/worksheets/") and name.endswith(".xml") else None
    while chunk := part.read(CHUNK):
        size += len(chunk)
        if extent is not None:
            extent.see(chunk)
            _check_extent(path, name, extent, limits)
        if before + size > limits.unpacked_bytes:
            sizes = {"unpacked_mb": (before + size) / 1e6, "most_mb": limits.unpacked_bytes / 1e6}
            raise WorkbookError(path, "bomb", **sizes)
    return size


@dataclass
class _Extent:
    """How far a sheet's cells reach, by what stands in its XML: a parser makes room for all of it.

    rows: `<row>` elements; last_row, last_column: largest numbers that an address names.
    """

    rows: int = 0
    last_row: int = 0
    last_column: int = 0
    rest: bytes = b""

    def see(self, chunk: bytes) -> None:
        """Take the next bytes; an address that is cut in two is seen with the next ones."""
        text = self.rest + chunk
        self.rows += len(_ROW.findall(text)) - len(_ROW.findall(self.rest))
        for letters, number in _ADDRESS.findall(text):
            self.last_row = max(self.last_row, int(number))
            self.last_column = max(self.last_column, _column(letters))
        self.rest = text[-LONGEST_ADDRESS:]


def _column(letters: bytes) -> int:
    """Number of a column, from 1; 0 for none.

    >>> _column(b"A"), _column(b"XFD"), _column(b"")
    (1, 16384, 0)
    """
    number = 0
    for letter in letters:
        number = number * LETTERS + letter - ord("A") + 1
    return number


def _check_extent(path: Path, name: str, extent: _Extent, limits: GridLimits) -> None:
    rows = max(extent.rows, extent.last_row)
    if rows > limits.rows:
        raise WorkbookError(path, "too_many_rows", sheet=Path(name).stem, most=limits.rows)
    if rows * extent.last_column > limits.cells:
        cells = {"cells": rows * extent.last_column, "most": limits.cells}
        raise WorkbookError(path, "too_large_sheet", sheet=Path(name).stem, **cells)


def _sheets(path: Path, data: bytes, limits: GridLimits) -> Iterator[Grid]:
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_filelike(BytesIO(data))
        for about in book.sheets_metadata:
            if about.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(about.name)
            if sheet.height > limits.rows:
                raise WorkbookError(path, "too_many_rows", sheet=about.name, most=limits.rows)
            hidden = about.visible != calamine.SheetVisibleEnum.Visible
            rows = _trimmed(
                [[_cell(v) for v in row] for row in sheet.to_python(skip_empty_area=False)]
            )
            merges = [
                Merge(top, left, bottom, right)
                for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
                if (bottom - top + 1) * (right - left + 1) <= MOST_MERGED
            ]
            yield Grid(path.name, about.name, rows, tuple(merges[:MOST_MERGES]), hidden)
    except calamine.PasswordError as error:
        raise WorkbookError(path, "password") from error
    except calamine.CalamineError as error:
        raise WorkbookError(path, "damaged", why=str(error).partition("\n")[0][:100]) from error


def _cell(value: object) -> Cell:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        number = Decimal(repr(value)) if value == value else None  # noqa: PLR0124 (NaN)
        return _whole(number) if number is not None and number.is_finite() else None
    if isinstance(value, datetime | date):
        return value
    if isinstance(value, time | timedelta):
        return str(value)
    text = str(value)
    return text if text.strip() else None


def _whole(number: Decimal) -> Decimal:
    return Decimal(int(number)) if number == number.to_integral_value() else number


def _trimmed(rows: list[list[Cell]]) -> tuple[tuple[Cell, ...], ...]:
    """Cut empty rows and columns off the end; what stands before them keeps its address."""
    last = max((n for n, row in enumerate(rows) if any(c is not None for c in row)), default=-1)
    kept = rows[: last + 1]
    width = max(
        (n + 1 for row in kept for n, cell in enumerate(row) if cell is not None), default=0
    )
    return tuple(tuple((row + [None] * width)[:width]) for row in kept)


def _csv(path: Path, limits: GridLimits) -> Grid:
    try:
        encoding = detect(Source(path, Format.DELIMITED))
    except UnreadableInputError as error:
        raise WorkbookError(path, "unreadable", why=str(error).partition(".")[0]) from error
    text = path.read_bytes().decode(encoding.codec, "replace")
    head = text[:CHUNK]
    mark = max(",\t;", key=head.count)
    rows: list[list[Cell]] = []
    try:
        for row in csv.reader(StringIO(text, newline=""), delimiter=mark):
            rows.append([cell if cell.strip() else None for cell in row])
            if len(rows) > limits.rows:
                raise WorkbookError(path, "too_many_rows", sheet=path.name, most=limits.rows)
    except csv.Error as error:
        raise WorkbookError(path, "unreadable", why=str(error)) from error
    return Grid(path.name, "", _trimmed(rows))
