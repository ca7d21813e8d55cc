"""Cells of a registry: what says nothing, what is too long, what stands in the wrong column."""

import tomllib
from functools import cache
from importlib.resources import files

import polars as pl

MAX_CELL_BYTES = 1_000_000
_AMOUNT = (
    r"^\s*[\d,，.]+\s*[(（]?\s*[百千万亿]*\s*(?:人民币|元|美元|港元|港币|欧元|日元|英镑|[A-Z]{3}\b)"
)
_CODE_OR_DATE = r"^(?:[0-9A-Z]{15,18}|\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?)$"
_NUMERAL = r"[\d零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]"
_BLANK = " \t\r\n\v\f\u00a0\u3000\u200b\u200c\u200d\u2060\ufeff"
"""Blanks of all kinds, also those that cannot be seen, which spreadsheets leave around codes."""
_MIDNIGHT = r"[ T]00:00(?::00(?:\.0+)?)?$"
_PLACES = ("province", "prefecture", "county")


@cache
def words(kind: str) -> tuple[str, ...]:
    """Read a list of words from ``definitions/registry/cells.toml``."""
    text = files("townworks.definitions").joinpath("registry/cells.toml").read_text("utf-8")
    table: dict[str, list[str]] = tomllib.loads(text)
    return tuple(table[kind])


@cache
def spellings(kind: str) -> list[str]:
    """List such words in lower, upper and title case: comparing these is faster than folding."""
    found = {style(word) for word in words(kind) for style in (str, str.upper, str.title)}
    return sorted(found)


def clean_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """Strip every text cell, and empty those that say nothing (``N/A``, ``-`` …).

    A day of registration loses the midnight that workbooks and databases add to it.

    >>> clean_cells(pl.DataFrame({"line": [2, 3], "name": [" 甲厂　", "N/A"]}))["name"].to_list()
    ['甲厂', None]
    """
    text = pl.selectors.string()
    frame = frame.with_columns(text.str.strip_chars(_BLANK))
    if "registered_on" in frame.columns:
        frame = frame.with_columns(pl.col("registered_on").str.replace(_MIDNIGHT, ""))
    return frame.with_columns(pl.when(~text.is_in(spellings("nothing"))).then(text))


def is_faulty(frame: pl.DataFrame) -> pl.Series:
    """Mark the rows that cannot be kept; `explain_faults` says why."""
    return frame.select(
        pl.any_horizontal(test.fill_null(value=False) for _, _, test in _faults(frame))
    ).to_series()


def explain_faults(rows: pl.DataFrame) -> pl.DataFrame:
    """Say of each faulty row its reason, the field at fault and what that says.

    ``cell_too_long``: a cell over 1,000,000 bytes. ``empty_row``: nothing in any cell.
    ``shifted_columns``: see `list_shift_signs`.
    """
    faults = _faults(rows)
    return rows.select(
        reason=pl.coalesce(pl.when(test).then(pl.lit(reason)) for reason, _, test in faults),
        field=pl.coalesce(pl.when(test).then(pl.lit(field)) for _, field, test in faults),
        detail=pl.coalesce(
            pl.when(test).then(_describe(reason, field)) for reason, field, test in faults
        ),
    )


def _faults(frame: pl.DataFrame) -> list[tuple[str, str, pl.Expr]]:
    """List the tests of a row, the gravest first: reason, field ("" for none), test."""
    fields = [name for name in frame.columns if name != "line"]
    long = [
        ("cell_too_long", name, pl.col(name).str.len_bytes() > MAX_CELL_BYTES) for name in fields
    ]
    empty = ("empty_row", "", pl.all_horizontal(pl.col(name).is_null() for name in fields))
    shifts = [("shifted_columns", name, test) for name, test in list_shift_signs(fields)]
    return [*long, empty, *shifts]


def _describe(reason: str, field: str) -> pl.Expr:
    if reason == "cell_too_long":
        return pl.format("{} bytes, at most {}", pl.col(field).str.len_bytes(), MAX_CELL_BYTES)
    if reason == "empty_row":
        return pl.lit("no cell says anything")
    return pl.format("“{}”", pl.col(field).str.head(100))


def list_shift_signs(columns: list[str]) -> list[tuple[str, pl.Expr]]:
    """List the tests that show a row's cells to stand in the wrong columns, each with its field.

    One sign is enough where a cell can only belong elsewhere: an amount, a date, a credit code or
    a legal form where a place should be, or an amount as enterprise type. A capital without any
    numeral and a province that is none of China's are each too weak alone (an unstated capital, a
    foreign register): it takes both, or such a capital beside an empty province.
    """
    signs = [(place, _is_no_place(place)) for place in _PLACES if place in columns]
    if "enterprise_type" in columns:
        signs.append(("enterprise_type", pl.col("enterprise_type").str.contains(_AMOUNT)))
    if {"capital", "province"} <= set(columns):
        unstated = pl.col("capital").is_in(spellings("unstated"))
        odd_capital = ~pl.col("capital").str.contains(_NUMERAL) & ~unstated
        signs.append(("capital", odd_capital & ~_is_province()))
    return signs


def _is_no_place(place: str) -> pl.Expr:
    cell = pl.col(place)
    legal_form = cell.str.contains_any(list(words("legal_forms")))
    return cell.str.contains(_AMOUNT) | cell.str.contains(_CODE_OR_DATE) | legal_form


def _is_province() -> pl.Expr:
    """Test whether the province is one of China's; false where it is empty."""
    cell = pl.col("province")
    chinese = f"^(?:{'|'.join(words('provinces'))})"
    latin = f"(?i)^(?:{'|'.join(words('provinces_latin'))})"
    return (cell.str.contains(chinese) | cell.str.contains(latin)).fill_null(value=False)
