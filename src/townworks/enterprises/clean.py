"""Filings (text as received) → enterprises (understood), or rejects with the reason."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

import polars as pl

from townworks.enterprises.capital import parse_capital
from townworks.enterprises.credit_code import LENGTH, is_valid_credit_code, normalise_credit_code
from townworks.enterprises.dates import EARLIEST, parse_date
from townworks.schema import Reject

DETAIL_CHARACTERS, RAW_CHARACTERS = 200, 2_000
_FIELDS = {"missing_name": "name", "bad_credit_code": "credit_code", "bad_date": "registered_on"}
_FULL_WIDTH = r"[\s\x{3000}\x{FF01}-\x{FF5E}]"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Enterprises that could be understood, the rows that could not, and what was left empty.

    enterprises: the columns of `schema.Enterprise` but for location, and the place columns as
    received. rejects: `schema.Reject`. unreadable: field → cells that say something nobody can
    read and were left empty.
    """

    enterprises: pl.DataFrame
    rejects: pl.DataFrame
    unreadable: Counter[str]


def clean(filings: pl.DataFrame, as_of: date) -> Cleaned:
    """Understand filings (table `schema.Filing`); every row is kept or rejected.

    Rejected are rows without a name (`missing_name`), with a credit code of wrong form or check
    character (`bad_credit_code`), or with a date that is none or not between 1949-10-01 and
    `as_of` (`bad_date`). The first of these is the reason; the detail names them all. A row
    without a credit code is kept and known by name and address; one without a date is kept.
    """
    code = filings.select(normalise_credit_code(pl.col("credit_code"))).to_series()
    read = filings.with_columns(
        code,
        name=_fold(pl.col("name")),
        valid=is_valid_credit_code(code),
        day=parse_date(pl.col("registered_on")),
    )
    day = pl.col("day")
    faults = {
        "missing_name": pl.col("name").is_null(),
        "bad_credit_code": ~pl.col("valid"),
        "bad_date": pl.col("registered_on").is_not_null()
        & ~day.is_between(EARLIEST, as_of).fill_null(value=False),
    }
    read = read.with_columns(*(test.fill_null(value=False).alias(k) for k, test in faults.items()))
    fault = read.select(pl.any_horizontal(*faults)).to_series()
    kept = read.filter(~fault)
    amounts = parse_capital(kept["capital"])
    unreadable = kept["capital"].is_not_null() & amounts["capital"].is_null()
    return Cleaned(
        enterprises=_enterprises(kept.drop("capital").hstack(amounts)),
        rejects=_rejects(read.filter(fault), _raw(filings.filter(fault)), as_of),
        unreadable=Counter({"capital": int(unreadable.sum())} if unreadable.any() else {}),
    )


def _fold(name: pl.Expr) -> pl.Expr:
    """Full-width letters, digits and signs to plain ones, no white space; Chinese signs stay."""
    folded = name.str.normalize("NFKC").str.replace_all(r"\s", "")
    plain = pl.when(name.str.contains(_FULL_WIDTH)).then(folded).otherwise(name)
    return pl.when(plain.str.len_chars() > 0).then(plain)


def _enterprises(kept: pl.DataFrame) -> pl.DataFrame:
    place = pl.concat_str("name", "address", separator="|", ignore_nulls=True)
    return kept.select(
        "credit_code",
        "name",
        pl.col("day").alias("registered_on"),
        "enterprise_type",
        "capital",
        "capital_currency",
        "activity",
        "industry_code",
        "province",
        "prefecture",
        "county",
        "township",
        "address",
        "file",
        "line",
        enterprise_id=pl.coalesce("credit_code", place),
    )


def _raw(filings: pl.DataFrame) -> pl.Series:
    """Say in JSON what the telling cells of each row held as received."""
    cells = pl.struct("name", "credit_code", "registered_on", "activity", "address")
    return filings.select(raw=cells.struct.json_encode().str.head(RAW_CHARACTERS)).to_series()


def _rejects(faulty: pl.DataFrame, raw: pl.Series, as_of: date) -> pl.DataFrame:
    """Name all faults of each row, the first as its reason."""
    says = {
        "missing_name": pl.lit("no name"),
        "bad_credit_code": _say_code(pl.col("credit_code")),
        "bad_date": pl.format(
            "“{}” is no day from {} to {}",
            pl.col("registered_on"),
            pl.lit(str(EARLIEST)),
            pl.lit(str(as_of)),
        ),
    }
    details = (pl.when(reason).then(words) for reason, words in says.items())
    return faulty.select(
        "file",
        "line",
        reason=pl.coalesce(pl.when(reason).then(pl.lit(reason)) for reason in says),
        field=pl.coalesce(pl.when(r).then(pl.lit(field)) for r, field in _FIELDS.items()),
        detail=pl.concat_str(*details, separator="; ", ignore_nulls=True).str.head(
            DETAIL_CHARACTERS
        ),
        raw=raw,
    ).cast(Reject.create_empty().schema)


def _say_code(code: pl.Expr) -> pl.Expr:
    old = code.str.contains(r"^\d{13}$|^\d{15}$")
    return (
        pl.when(old)
        .then(pl.format("“{}” is a registration number from before 2015", code))
        .when(code.str.len_chars() != LENGTH)
        .then(pl.format("“{}” has {} characters, not 18", code, code.str.len_chars()))
        .otherwise(pl.format("“{}” has a wrong check character", code))
    )
