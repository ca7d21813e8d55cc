"""Files of subjects (enterprises, towns, …): typed columns, every row accounted for."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import polars as pl

from townworks.errors import InputNotFoundError, MissingColumnsError, UnreadableInputError
from townworks.io.encodings import detect, utf8_blocks
from townworks.io.headers import fold
from townworks.io.sources import Format, Source, identify
from townworks.io.tables import json_rows, sheets
from townworks.schema import Reject

YES = ("true", "yes", "y", "1", "是", "有", "对")
NO = ("false", "no", "n", "0", "否", "无", "错")
NOTHING = ("", "-", "—", "n/a", "na", "null", "none", "未知", "不详")
ID_HEADERS = (
    "subject_id",
    "enterprise_id",
    "credit_code",
    "统一社会信用代码",
    "id",
    "编号",
    "town_id",
)


@dataclass(frozen=True)
class SubjectColumn:
    """A column that may be there: its name, the headers it goes by, its type, its code list.

    signed: numbers below zero are understood; else such a cell is a bad one. is_float: so are
    numbers as programs write floats (1.5e+09), rounded to the decimals of the column.
    """

    name: str
    headers: tuple[str, ...]
    dtype: pl.DataType | type[pl.DataType]
    values: tuple[str, ...] = ()
    is_share: bool = False
    signed: bool = True
    is_float: bool = False


@dataclass(frozen=True)
class SubjectFile:
    """Rows kept (with `subject_id` and `line`) and rows rejected (table `schema.Reject`).

    read = kept + rejected. `unused` lists headers that are no column asked for, `found` those used.
    """

    kept: pl.DataFrame
    rejects: pl.DataFrame
    found: tuple[str, ...]
    unused: tuple[str, ...]

    @property
    def read(self) -> int:
        """Number of rows read."""
        return self.kept.height + self.rejects.height


def read_subjects(
    path: Path, columns: Sequence[SubjectColumn], identity: Sequence[str] = ()
) -> SubjectFile:
    """Read a CSV, TSV, Parquet, XLSX or JSON-lines file of subjects.

    Columns are found by name or by one of their headers, in any order; those that are not there
    are not known. The identity comes from `subject_id`, `enterprise_id`, `credit_code`, `town_id`
    or `id`, or from the columns that `identity` names, together (a town and a year). A row with a
    cell that cannot be understood, with a wrong number of fields or with an identity seen before
    is rejected with the reason. Numbers may have thousands separators; shares may be written as
    "70 %"; dates as 2015-06-04, 2015/6/4 or 2015年6月4日. Raises `InputNotFoundError`,
    `UnreadableInputError`, `MissingColumnsError` (no identity).
    """
    if not path.exists():
        raise InputNotFoundError(path, "does not exist")
    source = identify(path)
    table, rejects = read_texts(source)
    headers = [name for name in table.columns if name != "line"]
    places = _places(headers, columns)
    ids = _id_headers(path, headers, identity)
    parts = [pl.col(name).cast(pl.String).str.strip_chars() for name in ids]
    frame = table.with_columns(pl.concat_str(*parts, separator=" ").alias("subject_id"))
    parsed = [
        _parse(places[c.name], c, table.schema[places[c.name]]) for c in columns if c.name in places
    ]
    frame = frame.with_columns(
        *(
            value.alias(f"\0{c.name}")
            for c, (value, _) in zip(_found(columns, places), parsed, strict=True)
        ),
        _reason(columns, places, parsed),
    )
    bad = pl.col("\0reason").is_not_null()
    kept = frame.filter(~bad).select(
        "subject_id",
        pl.col("line").cast(pl.UInt64),
        *(pl.col(f"\0{c.name}").alias(c.name) for c in _found(columns, places)),
    )
    refused = pl.concat([rejects, _rejects(path, frame.filter(bad), headers)])
    unused = tuple(h for h in headers if h not in {*places.values(), *ids})
    return SubjectFile(kept, refused, tuple(places), unused)


def read_texts(source: Source) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of a file with their `line`, as text where it is a text file; and rows of another width.

    Headers that are missing or stand twice are named after their place. Raises
    `InputNotFoundError` and `UnreadableInputError`.
    """
    return _TABLES[source.format](source)


def _found(columns: Sequence[SubjectColumn], places: Mapping[str, str]) -> list[SubjectColumn]:
    return [c for c in columns if c.name in places]


def _places(headers: Sequence[str], columns: Sequence[SubjectColumn]) -> dict[str, str]:
    """Column → the header it stands under; its own name goes before its other headers."""
    folded = {fold(header): header for header in reversed(headers)}
    places = {}
    for column in columns:
        for name in (column.name, *column.headers):
            if fold(name) in folded:
                places[column.name] = folded[fold(name)]
                break
    return places


def _id_headers(path: Path, headers: Sequence[str], identity: Sequence[str]) -> list[str]:
    folded = {fold(header): header for header in reversed(headers)}
    if missing := [name for name in identity if fold(name) not in folded]:
        raise MissingColumnsError(path, missing, headers)
    for name in () if identity else ID_HEADERS:
        if fold(name) in folded:
            return [folded[fold(name)]]
    if identity:
        return [folded[fold(name)] for name in identity]
    near = get_close_matches("subject_id", headers, n=1)
    raise MissingColumnsError(
        path, ["subject_id"], headers, near={"subject_id": near[0] if near else ""}
    )


def _parse(header: str, column: SubjectColumn, dtype: pl.DataType) -> tuple[pl.Expr, pl.Expr]:
    """Value of a column, and whether a cell is filled but cannot be understood."""
    cell = pl.col(header)
    if dtype != pl.String:
        value, bad = _typed(cell, column)
        return value, bad | _below_zero(value, column)
    text = cell.str.strip_chars()
    filled = ~text.str.to_lowercase().is_in(NOTHING) & text.is_not_null()
    text = pl.when(filled).then(text)
    value = _text_value(text, column)
    bad = filled & value.is_null()
    if column.values:
        bad |= filled & ~text.is_in(column.values)
    return value, bad | _below_zero(value, column)


def _below_zero(value: pl.Expr, column: SubjectColumn) -> pl.Expr:
    if column.signed or not isinstance(column.dtype, pl.Decimal):
        return pl.lit(value=False)
    return (value < 0).fill_null(value=False)


def _typed(cell: pl.Expr, column: SubjectColumn) -> tuple[pl.Expr, pl.Expr]:
    """Cast a column that has a type already; what cannot be cast is bad."""
    value = cell.cast(column.dtype, strict=False)
    return value, cell.is_not_null() & value.is_null()


def _text_value(text: pl.Expr, column: SubjectColumn) -> pl.Expr:
    if column.dtype == pl.Boolean:
        word = text.str.to_lowercase()
        return pl.when(word.is_in(YES)).then(True).when(word.is_in(NO)).then(False)  # noqa: FBT003
    if column.dtype == pl.Date:
        day = text.str.replace(r"[ T]00:00(:00(\.0+)?)?$", "")
        plain = day.str.replace_all("[年月/.]", "-").str.strip_chars_end("日")
        return plain.str.to_date("%Y-%m-%d", strict=False)
    if isinstance(column.dtype, pl.Decimal):
        return _number(text, column)
    return text


def _number(text: pl.Expr, column: SubjectColumn) -> pl.Expr:
    """Exact decimal; one with more decimals than the column has is not understood."""
    scale = getattr(column.dtype, "scale", 0)
    plain = text.str.replace_all("[,，_ ]", "")
    percent = plain.str.ends_with("%") & pl.lit(column.is_share)
    plain = pl.when(percent).then(plain.str.strip_chars_end("%")).otherwise(plain)
    fits = plain.str.contains(rf"^[+-]?\d{{1,26}}(\.\d{{0,{scale}}}0*)?$")
    if column.is_float:
        fits |= plain.str.contains(r"^[+-]?\d(\.\d{1,17})?[eE][+-]?\d{1,2}$")
    number = pl.when(fits).then(plain).cast(pl.Decimal(38, scale), strict=False)
    hundredth = (number / 100).cast(pl.Decimal(38, scale), strict=False)
    return pl.when(percent).then(hundredth).otherwise(number)


def _reason(
    columns: Sequence[SubjectColumn],
    places: Mapping[str, str],
    parsed: Sequence[tuple[pl.Expr, pl.Expr]],
) -> pl.Expr:
    """First fault of a row as `reason|column|what is there`, or null."""
    faults = [
        pl.when(
            pl.col("subject_id").is_null() | (pl.col("subject_id").str.strip_chars() == "")
        ).then(pl.lit("no_identity||the row has no identity"))
    ]
    for column, (_, bad) in zip(_found(columns, places), parsed, strict=True):
        shown = pl.col(places[column.name]).cast(pl.String).str.slice(0, 100)
        said = pl.concat_str(pl.lit(f"bad_cell|{column.name}|"), shown)
        faults.append(pl.when(bad).then(said))
    first = pl.col("subject_id").is_first_distinct()
    said = pl.concat_str(pl.lit("duplicate||"), pl.col("subject_id"))
    faults.append(pl.when(~first).then(said))
    return pl.coalesce(*faults).alias("\0reason")


def _rejects(path: Path, rows: pl.DataFrame, headers: Sequence[str]) -> pl.DataFrame:
    parts = pl.col("\0reason").str.splitn("|", 3)
    raw = pl.concat_str(*(pl.col(h).cast(pl.String).fill_null("") for h in headers), separator=",")
    return rows.select(
        pl.lit(str(path)).alias("file"),
        pl.col("line").cast(pl.UInt64),
        parts.struct.field("field_0").alias("reason"),
        pl.when(parts.struct.field("field_1") != "")
        .then(parts.struct.field("field_1"))
        .alias("field"),
        parts.struct.field("field_2").alias("detail"),
        raw.str.slice(0, 2000).alias("raw"),
    )


Read = tuple[pl.DataFrame, pl.DataFrame]


def _delimited(source: Source) -> Read:
    text = b"".join(utf8_blocks(source, detect(source))).decode("utf-8", "replace")
    if not text.strip():
        raise InputNotFoundError(source.path, "is empty")
    first = text.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return _rows(source.path, reader)
    except csv.Error as error:
        remedy = "Save it again as CSV from a spreadsheet."
        raise UnreadableInputError(
            source.path, f"line {reader.line_num}: {error}", remedy
        ) from None


def _rows(path: Path, reader: "Iterator[list[str]]") -> Read:
    headers = _unique(next(reader, []))
    line = 2
    lines, rows, refused = [], [], []
    for row in reader:
        if any(cell.strip() for cell in row):
            if len(row) == len(headers):
                lines.append(line)
                rows.append(row)
            else:
                detail = f"{len(row)} fields, {len(headers)} expected"
                refused.append((str(path), line, "field_count", None, detail, ",".join(row)[:2000]))
        line = getattr(reader, "line_num", line) + 1
    columns = dict(zip(headers, zip(*rows, strict=True), strict=True)) if rows else {}
    schema: dict[str, pl.DataType | type[pl.DataType]] = dict.fromkeys(headers, pl.String)
    frame = pl.DataFrame(columns or None, schema=schema)
    rejects = pl.DataFrame(refused, schema=_REJECT, orient="row")
    return frame.with_columns(pl.Series("line", lines, pl.UInt64)), rejects


def _unique(headers: Sequence[str]) -> list[str]:
    """Name a column that has no header, or one already used, by its place."""
    seen: list[str] = []
    for place, header in enumerate(headers, start=1):
        name = header.strip().removeprefix("\ufeff") or f"column {place}"
        seen.append(name if name not in seen else f"{name} ({place})")
    return seen


def _parquet(source: Source) -> Read:
    try:
        frame = pl.read_parquet(source.path, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        problem = f"is no readable Parquet file: {str(error).splitlines()[0][:200]}"
        raise UnreadableInputError(
            source.path, problem, "Write it again, or fetch it again."
        ) from None
    return _numbered(frame)


def _xlsx(source: Source) -> Read:
    found = sheets(source.path)
    if not found:
        raise InputNotFoundError(source.path, "has no row in any sheet")
    return _numbered(next(iter(found.values())))


def _json_lines(source: Source) -> Read:
    return _numbered(json_rows(source))


def _numbered(frame: pl.DataFrame) -> Read:
    lines = pl.int_range(2, pl.len() + 2, dtype=pl.UInt64).alias("line")
    return frame.with_columns(lines), pl.DataFrame(schema=_REJECT)


_REJECT: dict[str, pl.DataType | type[pl.DataType]] = {
    name: pl.UInt64 if name == "line" else pl.String for name in Reject.column_names()
}
_TABLES = {
    Format.DELIMITED: _delimited,
    Format.PARQUET: _parquet,
    Format.XLSX: _xlsx,
    Format.JSON_LINES: _json_lines,
}
