"""Candidates and pairs of a plan from files: every cell understood, or every fault named."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import dataframely as dy
import polars as pl

from townworks.io.headers import fold
from townworks.io.sources import identify
from townworks.io.subjects import SubjectColumn, read_subjects, read_texts
from townworks.schema.messages import LANGUAGES, message
from townworks.schema.plans import RESOURCES, PlanCandidate, PlanPair

FLOW_YEARS = 30
"""Years since the start that a file may give amounts for."""
_PRECISE = pl.Decimal(20, 8)
"""Of measures: degrees, quotients, log errors."""


@dataclass(frozen=True, slots=True)
class PlanInput:
    """Rows as read, and what is wrong with the file, each with its line and column.

    unused: headers that mean nothing here.
    """

    frame: pl.DataFrame
    faults: tuple[str, ...]
    unused: tuple[str, ...]


def read_candidates(path: Path) -> PlanInput:
    """Read candidates (`schema.PlanCandidate`, and amounts by year) from a table of any kind.

    Headers are the columns' names, or their names in English or Chinese. No row is passed over: a
    cell that cannot be understood, an amount below 0, an id that stands twice are faults. Raises
    `InputNotFoundError`, `UnreadableInputError`, `MissingColumnsError` (no id).
    """
    columns = [*_columns(PlanCandidate), *_flows()]
    return _read(path, columns, PlanCandidate)


def read_pairs(path: Path) -> PlanInput:
    """Read pairs that help or harm each other (`schema.PlanPair`)."""
    return _read(path, _columns(PlanPair), PlanPair)


def _read(path: Path, columns: list[SubjectColumn], schema: type[dy.Schema]) -> PlanInput:
    key = list(schema.primary_key())
    file = read_subjects(path, columns, _identity(path, key))
    texts = {column.name for column in columns if column.dtype == pl.String}
    wanted = schema.create_empty().schema
    frame = file.kept.select(
        pl.col(name) if name in texts or name not in wanted else _cast(name, wanted[name])
        for name in file.found
    )
    faults = [
        f"{row['file']}, line {row['line']}: {_said(row)}"
        for row in file.rejects.sort("line").iter_rows(named=True)
    ]
    return PlanInput(frame, tuple(faults), file.unused)


def _identity(path: Path, key: list[str]) -> tuple[str, ...]:
    """Headers that hold the key: its columns by name, or as people call them."""
    if not path.exists():
        return tuple(key)
    headers = {fold(name) for name in read_texts(identify(path))[0].columns}
    found = []
    for name in key:
        labels = [name, *(message(f"planning.column.{name}", each) for each in LANGUAGES)]
        found.append(next((label for label in labels if fold(label) in headers), name))
    return tuple(found)


def _cast(name: str, dtype: pl.DataType) -> pl.Expr:
    return pl.col(name).cast(dtype, strict=False)


def _said(row: Mapping[str, object]) -> str:
    """Say what is wrong with a row.

    >>> _said({"reason": "bad_cell", "field": "jobs", "detail": "-3"})
    "jobs is '-3': write a number of at least 0, or leave the cell empty if it is not known"
    """
    field, detail = row["field"], row["detail"]
    if row["reason"] == "bad_cell":
        return f"{field} is '{detail}': {_wanted(str(field))}"
    if row["reason"] == "duplicate":
        return f"'{detail}' stands twice: give each its own id"
    if row["reason"] == "no_identity":
        return "the id is empty: every candidate needs one"
    return f"{row['reason']}: {detail}"


def _wanted(name: str) -> str:
    column = PlanCandidate.columns().get(name)
    if isinstance(column, dy.Enum):
        return f"write {', '.join(column.categories)}"
    if isinstance(column, dy.Int32):
        return "write a year, such as 2016"
    if name in ("lon", "lat", "value_cny"):
        return "write a number"
    return "write a number of at least 0, or leave the cell empty if it is not known"


def _columns(schema: type[dy.Schema]) -> list[SubjectColumn]:
    return [_column(name, column) for name, column in schema.columns().items()]


def _column(name: str, column: dy.Column) -> SubjectColumn:
    headers = tuple(message(f"planning.column.{name}", language) for language in LANGUAGES)
    if isinstance(column, dy.Enum):
        return SubjectColumn(name, headers, pl.String, tuple(column.categories))
    if isinstance(column, dy.String):
        return SubjectColumn(name, headers, pl.String)
    signed = name in ("lon", "lat", "value_cny")
    if isinstance(column, dy.Decimal):
        return SubjectColumn(name, headers, pl.Decimal(38, 2), signed=signed, is_float=True)
    whole = isinstance(column, dy.Int32 | dy.UInt32)
    dtype = pl.Decimal(38, 0) if whole else _PRECISE
    return SubjectColumn(name, headers, dtype, signed=signed, is_float=not whole)


def _flows() -> list[SubjectColumn]:
    """Amounts by resource and year since the start; year 0 is the sum."""
    found = []
    for resource in RESOURCES:
        unit = "mu" if resource == "land" else "cny"
        for year in range(FLOW_YEARS + 1):
            number = f"_{year}" if year else ""
            labels = tuple(_flow_label(resource, year, language) for language in LANGUAGES)
            name = f"{resource}{number}_{unit}"
            column = SubjectColumn(name, labels, pl.Decimal(38, 2), signed=False, is_float=True)
            found.append(column)
    return found


def _flow_label(resource: str, year: int, language: str) -> str:
    name = message(f"planning.resource.{resource}", language)
    return message("planning.column_of_year", language, name=name, year=year) if year else name
