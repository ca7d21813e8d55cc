"""Rows as they stand in a file, and the batches of filings and rejects they become."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from townworks.io.cells import clean_cells, explain_faults, is_faulty
from townworks.schema import FILING_FIELDS, Filing, Reject

DETAIL_CHARACTERS, RAW_CHARACTERS = 200, 2_000
_FILING_TYPES = Filing.create_empty().schema
_REJECT_TYPES = Reject.create_empty().schema


class Refusal(NamedTuple):
    """A row that cannot be kept: where it starts, why, and what it says."""

    line: int
    reason: str
    detail: str
    raw: str
    field: str | None = None


@dataclass(frozen=True)
class RawRows:
    """Rows of one file: `line` and a text column per field found, and the rows refused so far."""

    frame: pl.DataFrame
    refusals: Sequence[Refusal] = field(default=())


@dataclass(frozen=True)
class FilingBatch:
    """A part of a registry file: rows kept, rows refused, and how many were read."""

    filings: pl.DataFrame
    rejects: pl.DataFrame
    n_read: int


def settle(file: str, rows: RawRows) -> FilingBatch:
    """Turn the rows of a file into filings and rejects; every row becomes one or the other."""
    cleaned = clean_cells(rows.frame.rechunk())  # pl.format panics on some chunks (Polars 2.1)
    faulty = is_faulty(cleaned)
    refused = _from_refusals(file, rows.refusals)
    faults = _from_faults(file, cleaned.filter(faulty).rechunk())
    return FilingBatch(
        filings=_as_filings(file, cleaned.filter(~faulty)),
        rejects=pl.concat([refused, faults]).sort("line", maintain_order=True),
        n_read=rows.frame.height + len(rows.refusals),
    )


def _as_filings(file: str, kept: pl.DataFrame) -> pl.DataFrame:
    fields = [
        pl.col(name) if name in kept.columns else pl.lit(None, pl.String).alias(name)
        for name in FILING_FIELDS
    ]
    frame = kept.select(pl.lit(file).alias("file"), pl.col("line"), *fields)
    return frame.cast(_FILING_TYPES)


def _from_refusals(file: str, refusals: Sequence[Refusal]) -> pl.DataFrame:
    rows = [
        (file, r.line, r.reason, r.field, r.detail[:DETAIL_CHARACTERS], r.raw[:RAW_CHARACTERS])
        for r in refusals
    ]
    return pl.DataFrame(rows, schema=_REJECT_TYPES, orient="row")


def _from_faults(file: str, rows: pl.DataFrame) -> pl.DataFrame:
    if rows.is_empty():
        return _from_refusals(file, [])
    cells = pl.struct(pl.exclude("line").str.head(RAW_CHARACTERS)).struct.json_encode()
    faults = explain_faults(rows).select(
        pl.lit(file).alias("file"),
        rows["line"],
        "reason",
        pl.col("field").replace("", None),
        pl.col("detail").str.head(DETAIL_CHARACTERS),
        rows.select(raw=cells.str.head(RAW_CHARACTERS)).to_series(),
    )
    return faults.cast(_REJECT_TYPES)
