"""Reading Parquet, XLSX and JSON lines, a batch at a time."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import polars as pl

from townworks.errors import InputNotFoundError, MissingColumnsError, UnreadableInputError
from townworks.io.batches import RawRows, Refusal
from townworks.io.encodings import detect, utf8_blocks
from townworks.io.headers import find_columns
from townworks.io.sources import Source

_FETCH = "Fetch or export it again."


def read_parquet(
    source: Source, columns: Mapping[str, str] | None, batch_rows: int
) -> Iterator[tuple[str, RawRows]]:
    """Read a Parquet file by batches; only the columns needed, every type as text."""
    path = source.path
    try:
        table, start = scan_columns(path, columns), 0
        while (frame := table.slice(start, batch_rows).collect()).height:
            yield str(path), RawRows(number(frame, start + 2))
            start += frame.height
    except (pl.exceptions.PolarsError, OSError) as error:
        problem = f"is a damaged Parquet file: {_first_line(error)}"
        raise UnreadableInputError(path, problem, _FETCH) from error


def scan_columns(path: Path, columns: Mapping[str, str] | None) -> pl.LazyFrame:
    """Scan the columns of a Parquet file that name fields, as text."""
    headers = list(pl.read_parquet_schema(path))
    places = find_columns(path, headers, columns)
    wanted = [pl.col(headers[i]).cast(pl.String).alias(name) for name, i in places.items()]
    return pl.scan_parquet(path, glob=False).select(wanted)


def number(frame: pl.DataFrame, first_line: int) -> pl.DataFrame:
    """Give the rows of a frame their lines, from a first one on."""
    lines = pl.int_range(first_line, first_line + frame.height, dtype=pl.UInt64, eager=True)
    return frame.insert_column(0, lines.alias("line"))


def read_xlsx(
    source: Source, columns: Mapping[str, str] | None, batch_rows: int
) -> Iterator[tuple[str, RawRows]]:
    """Read every sheet of a workbook that has the needed columns; the others are passed over.

    Where several sheets have them, rows are named ``path#sheet``. A row without any cell filled is
    no row. A workbook is held in memory whole: Excel's own limit is 1,048,576 rows a sheet.
    """
    path = source.path
    found_sheets = sheets(path)
    if not found_sheets:
        raise InputNotFoundError(path, "has no row in any sheet")
    found: dict[str, dict[str, int]] = {}
    refusals: list[MissingColumnsError] = []
    for name, frame in found_sheets.items():
        try:
            found[name] = find_columns(path, frame.columns, columns)
        except MissingColumnsError as error:
            refusals.append(error)
    if not found:
        raise refusals[0]
    for sheet, places in found.items():
        file = str(path) if len(found) == 1 else f"{path}#{sheet}"
        frame = number(found_sheets[sheet], 2)
        frame = frame.filter(pl.any_horizontal(pl.exclude("line").is_not_null()))
        frame = frame.select("line", *(pl.nth(i + 1).alias(name) for name, i in places.items()))
        for start in range(0, frame.height, batch_rows):
            yield file, RawRows(frame.slice(start, batch_rows))


def sheets(path: Path) -> dict[str, pl.DataFrame]:
    """Read the sheets of a workbook that have rows, as text; raises `UnreadableInputError`."""
    import fastexcel

    try:
        book = fastexcel.read_excel(path)
        found = {}
        for name in book.sheet_names:
            frame = book.load_sheet(
                name, dtypes="string", skip_whitespace_tail_rows=True
            ).to_polars()
            if frame.height:
                found[name] = frame
    except fastexcel.FastExcelError as error:
        problem = f"is no readable Excel workbook: {_first_line(error)}"
        remedy = "Open it in a spreadsheet program and save it as .xlsx without a password."
        raise UnreadableInputError(path, problem, remedy) from error
    return found


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:200]


def read_json_lines(
    source: Source, columns: Mapping[str, str] | None, batch_rows: int
) -> Iterator[tuple[str, RawRows]]:
    """Read JSON lines: an object a line; the keys of the first batch are the columns.

    A line that is no JSON object is refused as ``bad_json``; numbers stay as written.
    """
    lines = ((i, line) for i, line in enumerate(_lines(source), 1) if line.strip())
    places: dict[str, int] | None = None
    headers: list[str] = []
    while batch := list(islice(lines, batch_rows)):
        objects, refusals = _parse_all(batch)
        if places is None:
            headers = list(dict.fromkeys(key for _, row in objects for key in row))
            places = find_columns(source.path, headers, columns)
        data: dict[str, list[str | None]] = {
            name: [_as_text(row.get(headers[i])) for _, row in objects]
            for name, i in places.items()
        }
        frame = pl.DataFrame(
            {"line": [line for line, _ in objects], **data},
            schema={"line": pl.UInt64, **dict.fromkeys(data, pl.String)},
        )
        yield str(source.path), RawRows(frame, refusals)


def json_rows(source: Source) -> pl.DataFrame:
    """Read JSON lines as one table of texts; a bad line raises `UnreadableInputError`."""
    lines = [(i, line) for i, line in enumerate(_lines(source), 1) if line.strip()]
    objects, refusals = _parse_all(lines)
    if refusals:
        first = refusals[0]
        problem = f"line {first.line}: {first.detail}"
        raise UnreadableInputError(source.path, problem, "Write one JSON object a line.")
    headers = dict.fromkeys(key for _, row in objects for key in row)
    return pl.DataFrame(
        {name: [_as_text(row.get(name)) for _, row in objects] for name in headers},
        schema=dict.fromkeys(headers, pl.String),
    )


def _lines(source: Source) -> Iterator[bytes]:
    carry = b""
    for block in utf8_blocks(source, detect(source)):
        *lines, carry = (carry + block).split(b"\n")
        yield from lines
    yield carry


def _parse_all(
    batch: Iterable[tuple[int, bytes]],
) -> tuple[list[tuple[int, dict[str, object]]], list[Refusal]]:
    objects: list[tuple[int, dict[str, object]]] = []
    refusals: list[Refusal] = []
    for number_, line in batch:
        try:
            value = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
            problem = "" if isinstance(value, dict) else "is JSON, but no object"
        except (ValueError, RecursionError) as error:
            problem = str(error)
        if problem:
            refusals.append(Refusal(number_, "bad_json", problem, line.decode(errors="replace")))
        else:
            objects.append((number_, value))
    return objects, refusals


def _as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
