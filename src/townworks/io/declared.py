"""A table of a declaration from a file of any kind: checked whole, with every fault at once."""

from pathlib import Path
from typing import TypeVar

import dataframely as dy
import polars as pl

from townworks.errors import DefinitionsError, InputNotFoundError
from townworks.io.sources import identify
from townworks.io.subjects import read_texts

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
    """Cast every column; a filled cell that becomes nothing is a fault."""
    types = schema.create_empty().schema
    cells = texts.select(
        (pl.col(name) if name in texts.columns else pl.lit(None, pl.String)).alias(name)
        for name in types
    )
    filled = cells.with_columns(
        pl.when(pl.selectors.string().str.strip_chars() != "").then(pl.selectors.string())
    )
    typed = filled.select(_cast(name, filled.schema[name], dtype) for name, dtype in types.items())
    faults = []
    for name in types:
        lost = filled[name].is_not_null() & typed[name].is_null()
        for line, cell in zip(texts["line"].filter(lost), filled[name].filter(lost), strict=True):
            problem = f"is '{cell}'; write {types[name]}"
            faults.append((str(path), f"line {line}, column {name}", problem))
    return typed, faults


def _cast(name: str, found: pl.DataType, wanted: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if found == pl.String and wanted == pl.Boolean:
        return (
            column.str.to_lowercase()
            .replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
            .alias(name)
        )
    if found == pl.String and wanted == pl.Date:
        return column.str.to_date("%Y-%m-%d", strict=False)
    return column.cast(wanted, strict=False)


def _broken(frame: pl.DataFrame, schema: type[S], path: Path) -> list[Fault]:
    """Rules of the declaration that rows break, with the number of rows."""
    _, failure = schema.filter(frame)
    return [
        (str(path), rule.replace("|", ": "), f"broken by {count} rows")
        for rule, count in failure.counts().items()
    ]
