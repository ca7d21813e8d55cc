"""A table of a declaration from a file of any kind: checked whole, with every fault at once."""

from pathlib import Path
from typing import TypeVar

import dataframely as dy
import polars as pl

from townworks.errors import DefinitionsError, InputNotFoundError
from townworks.io.sources import identify
from townworks.io.subjects import read_texts
from townworks.io.typed_cells import cell_value

S = TypeVar("S", bound=dy.Schema)
Fault = tuple[str, str, str]


def read_table(path: Path, schema: type[S]) -> dy.DataFrame[S]:
    """Read a CSV, TSV, Parquet, XLSX or JSON-lines file as a declared table.

    Columns that may be empty may be left out; others than declared are passed over. Raises
    `InputNotFoundError`, `UnreadableInputError`, and `DefinitionsError` with every cell that cannot
    be read and every rule of the declaration that is broken.
    """
    if not path.exists():
        raise InputNotFoundError(path, "does not exist")
    texts, rejects = read_texts(identify(path))
    faults: list[Fault] = [
        (str(path), f"line {line}", detail)
        for line, detail in rejects.select("line", "detail").iter_rows()
    ]
    faults += _missing(texts, schema, path)
    if not faults:
        frame, bad = _typed(texts, schema, path)
        faults += bad
        if not faults:
            faults += _broken(frame, schema, path)
    if faults:
        raise DefinitionsError(faults)
    return schema.validate(frame)


def _missing(texts: pl.DataFrame, schema: type[S], path: Path) -> list[Fault]:
    needed = [n for n, column in schema.columns().items() if not column.nullable]
    there = ", ".join(name for name in texts.columns if name != "line")
    return [
        (str(path), "header", f"lacks the column {name}; it has {there}")
        for name in needed
        if name not in texts.columns
    ]


def _typed(texts: pl.DataFrame, schema: type[S], path: Path) -> tuple[pl.DataFrame, list[Fault]]:
    """Read every cell by its column's declaration; keep a fault for each that is none."""
    faults: list[Fault] = []
    columns: dict[str, list[object]] = {}
    for name, column in schema.columns().items():
        values = texts[name].cast(pl.String) if name in texts.columns else [None] * texts.height
        columns[name] = []
        for line, cell in zip(texts["line"], values, strict=True):
            try:
                columns[name].append(cell_value(column, (cell or "").strip()))
            except ValueError as error:
                faults.append((str(path), f"line {line}, column {name}", str(error)))
    if faults:
        return schema.create_empty(), faults
    return pl.DataFrame(columns, schema=dict(schema.create_empty().schema)), []


def _broken(frame: pl.DataFrame, schema: type[S], path: Path) -> list[Fault]:
    """Rules of the declaration that rows break, with the number of rows."""
    _, failure = schema.filter(frame)
    return [
        (str(path), rule.replace("|", ": "), f"broken by {count} rows")
        for rule, count in failure.counts().items()
    ]
