"""SQL of rules against SQLite, which has three-valued logic of its own, and against exact sums."""

import sqlite3
from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townworks.rules.compiling import compile_expression, date_columns, divisors
from townworks.rules.expressions import Kind, read_expression

NAMES = {name: Kind("number") for name in "xyz"} | {"p": Kind("boolean"), "q": Kind("boolean")}
NUMBER = pl.Decimal(38, 2)
ROWS = st.fixed_dictionaries(
    {name: st.none() | st.integers(-3, 3) for name in "xyz"}
    | {name: st.none() | st.booleans() for name in "pq"}
)
TERMS = st.sampled_from(
    ["x", "y", "z", "0", "1", "x + y", "y - z", "LEAST(x, y)", "GREATEST(x, z)"]
)
TESTS = st.one_of(
    st.sampled_from(["p", "q", "x IS NULL", "y IS NOT NULL", "p IS NULL"]),
    st.builds("{} {} {}".format, TERMS, st.sampled_from(["<", "<=", "=", "<>", ">", ">="]), TERMS),
    st.builds("{} IN ({}, {})".format, TERMS, TERMS, TERMS),
    st.builds("{} NOT IN ({}, {})".format, TERMS, TERMS, TERMS),
    st.builds("{} BETWEEN {} AND {}".format, TERMS, TERMS, TERMS),
)
LOGIC = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.builds("({}) AND ({})".format, inner, inner),
        st.builds("({}) OR ({})".format, inner, inner),
        st.builds("NOT ({})".format, inner),
    ),
    max_leaves=5,
)


def value(sql: str, row: dict[str, object], constants: dict[str, Decimal] | None = None) -> object:
    """Compute an expression for one row."""
    expression = read_expression(sql, NAMES | {n: Kind("number") for n in constants or {}})
    frame = pl.DataFrame(
        {n: [row.get(n)] for n in NAMES},
        schema={n: NUMBER if k.type == "number" else pl.Boolean for n, k in NAMES.items()},
    )
    return frame.select(compile_expression(expression, constants or {})).item()


@settings(max_examples=400)
@given(LOGIC, ROWS)
def test_logic_is_that_of_sqlite(sql: str, row: dict[str, object]) -> None:
    # SQLite's two-argument MIN and MAX are unknown where one argument is, as ours are
    theirs = sql.replace("LEAST", "MIN").replace("GREATEST", "MAX")
    select = f"SELECT {theirs} FROM (SELECT :x AS x, :y AS y, :z AS z, :p AS p, :q AS q)"  # noqa: S608
    found = sqlite3.connect(":memory:").execute(select, row).fetchone()[0]
    assert value(sql, row) == (None if found is None else bool(found))


@given(ROWS)
def test_case_with_an_unknown_condition_is_unknown(row: dict[str, object]) -> None:
    found = value("CASE WHEN p THEN x WHEN q THEN y ELSE z END", row)
    chosen = "x" if row["p"] else "y" if row["q"] else "z"
    is_open = row["p"] is None or (row["p"] is False and row["q"] is None)
    assert found == (None if is_open else row[chosen])


MONEY = st.decimals(places=2, min_value=0, max_value=5 * 10**12, allow_nan=False)
SHARE = st.decimals(places=4, min_value=0, max_value=1, allow_nan=False)


@given(MONEY, SHARE, MONEY)
def test_sums_are_exact_beyond_five_hundred_billion(x: Decimal, part: Decimal, y: Decimal) -> None:
    found = value("x * part + y - x", {"x": x, "y": y}, {"part": part})
    exact = Fraction(x) * Fraction(part) + Fraction(y) - Fraction(x)
    assert Fraction(Decimal(str(found))) == exact


def test_a_quotient_keeps_twelve_digits() -> None:
    third = Decimal("0.333333333333")
    assert value("x / y", {"x": Decimal(1), "y": Decimal(3)}) == third


WHOLE = st.integers(-(10**14), 10**14)


@given(WHOLE, WHOLE.filter(bool), st.sampled_from(["FLOOR", "CEIL"]))
def test_floor_and_ceil_of_a_quotient_are_exact(above: int, below: int, word: str) -> None:
    row: dict[str, object] = {"x": Decimal(above) / 100, "y": Decimal(below) / 100}
    exact = Fraction(above, below)
    wanted = exact.__floor__() if word == "FLOOR" else exact.__ceil__()
    assert value(f"{word}(x / y)", row) == wanted
    assert value(f"{word}((x) / y)", row) == wanted
    assert value(f"{word}(x / (y - y))", row) is None


def test_division_by_zero_is_unknown_and_can_be_told() -> None:
    row: dict[str, object] = {"x": Decimal(1), "y": Decimal(0)}
    assert value("x / y", row) is None
    expression = read_expression("x / (y - z)", NAMES)
    frame = pl.DataFrame({"y": [Decimal(2)], "z": [Decimal(2)]}, schema={"y": NUMBER, "z": NUMBER})
    assert frame.select(divisors(expression, {})[0]).item() == 0


DATES = st.dates(date(1999, 1, 1), date(2030, 12, 31))
DAYS = {"a": Kind("date"), "b": Kind("date")}


def between(function: str, a: date, b: date) -> object:
    """Compute a function of two dates."""
    expression = read_expression(f"{function}(a, b)", DAYS)
    frame = pl.DataFrame({"a": [a], "b": [b]}).with_columns(date_columns((expression,), {}))
    return frame.select(compile_expression(expression, {})).item()


def month_later(day: date, months: int) -> date:
    """Return the same day some months later, or the first of the next month if there is none."""
    year, month = divmod(day.month - 1 + months, 12)
    last = monthrange(day.year + year, month + 1)[1]
    if day.day <= last:
        return date(day.year + year, month + 1, day.day)
    return date(day.year + year, month + 1, last) + timedelta(days=1)


@given(DATES, DATES)
def test_full_years_and_months_by_counting(a: date, b: date) -> None:
    a, b = min(a, b), max(a, b)
    months = 0
    while month_later(a, months + 1) <= b:
        months += 1
    assert between("MONTHS_BETWEEN", a, b) == months
    assert between("YEARS_BETWEEN", a, b) == months // 12
    assert between("DAYS_BETWEEN", a, b) == (b - a).days


def test_born_on_29_february_is_a_year_older_on_1_march() -> None:
    assert between("YEARS_BETWEEN", date(2016, 2, 29), date(2017, 2, 28)) == 0
    assert between("YEARS_BETWEEN", date(2016, 2, 29), date(2017, 3, 1)) == 1


def test_an_unknown_date_is_unknown() -> None:
    expression = read_expression("YEARS_BETWEEN(a, b)", DAYS)
    frame = pl.DataFrame(
        {"a": [None], "b": [date(2018, 1, 1)]}, schema={"a": pl.Date, "b": pl.Date}
    )
    frame = frame.with_columns(date_columns((expression,), {}))
    assert frame.select(compile_expression(expression, {})).item() is None


@pytest.mark.parametrize("word", ["it's", 'a"b', "a; DROP TABLE x", "\\"])
def test_words_are_never_read_as_sql(word: str) -> None:
    expression = read_expression("t = w", {"t": Kind("text"), "w": Kind("text")})
    frame = pl.DataFrame({"t": [word, "other"]})
    assert frame.select(compile_expression(expression, {"w": word})).to_series().to_list() == [
        True,
        False,
    ]
