from collections.abc import Callable
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townworks.rules import RuleBook, Subjects, judge, load_rules
from townworks.rules.book import Input
from townworks.rules.facts import input_type, json_column, value_json
from townworks.rules.verdicts import LEAN, eligibility, outcomes
from townworks.rules.wording import digits, fact_words, number_words
from townworks.schema.units import plain, spoken

Load = Callable[..., RuleBook]
Know = Callable[..., Subjects]
DAY = date(2018, 6, 1)
GIVEN = {"is_startup": True, "admitted_on": DAY, "floor_m2": 10}


def entry(kind: str, unit: str = "count") -> Input:
    """An input of a type."""
    return Input("x", "enterprise", kind, unit, {"en": "thing", "zh": "事"}, ())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "kind", "unit", "en", "zh"),
    [
        (None, "number", "cny", "thing not known", "事未知"),
        (True, "boolean", "", "thing: yes", "事：是"),
        (False, "boolean", "", "thing: no", "事：否"),
        (Decimal("1500000.00"), "number", "cny", "thing CNY 1.5 m", "事150万元"),
        (Decimal("0.7"), "number", "share", "thing 70 %", "事70%"),
        (DAY, "date", "", "thing 2018-06-01", "事2018-06-01"),
        ("a {b}", "text", "", "thing a {b}", "事a {b}"),
    ],
)
def test_words(value: object, kind: str, unit: str, en: str, zh: str) -> None:
    of = entry(kind, unit)
    frame = pl.DataFrame([pl.Series("x", [value], dtype=input_type(of))])
    assert frame.select(fact_words(of, "en")).item() == en
    assert frame.select(fact_words(of, "zh")).item() == zh


MONEY = st.one_of(
    st.decimals(-(10**14), 10**14, places=2, allow_nan=False),
    st.integers(-(10**6), 10**6).map(lambda n: Decimal(n) * 10**4),
    st.integers(-(10**6), 10**6).map(lambda n: Decimal(n) * 10**7),
)


@given(value=MONEY, unit=st.sampled_from(["cny", "usd", "m2", "count", "share", "cny/m2"]))
def test_columns_are_worded_as_single_values_are(value: Decimal, unit: str) -> None:
    frame = pl.DataFrame([pl.Series("x", [value, None], dtype=pl.Decimal(38, 2))])
    for language in ("en", "zh"):
        found = frame.select(number_words(pl.col("x"), unit, language)).to_series()
        assert found[0] == spoken(value, unit, language)
    assert frame.select(digits(pl.col("x"))).to_series()[0] == plain(value)


VALUES = {
    "number": st.decimals(-(10**9), 10**9, places=6, allow_nan=False),
    "date": st.dates(),
    "boolean": st.booleans(),
    "text": st.text(st.characters(exclude_categories=["Cs", "Cc"])),
}


@given(kind=st.sampled_from(sorted(VALUES)), data=st.data())
def test_json_of_a_column_is_that_of_its_values(kind: str, data: st.DataObject) -> None:
    import json

    values = data.draw(st.lists(st.none() | VALUES[kind], min_size=1, max_size=5))
    frame = pl.DataFrame([pl.Series("x", values, dtype=input_type(entry(kind)))])
    found = frame.select(json_column("x", entry(kind))).to_series().to_list()
    assert found == [value_json(v) for v in frame["x"]]
    assert all(
        json.loads(text) is None or value is not None
        for text, value in zip(found, values, strict=True)
    )


def test_what_is_known_of_nobody_is_missing_all_the_same(load: Load) -> None:
    book = load()
    bare = Subjects.of(pl.DataFrame({"subject_id": ["a", "b"]}), book.inputs)
    assert bare.frame.columns == ["subject_id"]
    found = judge([book.rules["rent"]], bare, DAY)
    assert found["needs"].to_list() == ["is_startup, admitted_on, floor_m2"] * 2


def test_lean_outcomes_and_flags_agree_with_full_verdicts(load: Load, know: Know) -> None:
    book = load()
    subjects = know(book, GIVEN, {**GIVEN, "is_startup": False}, {"is_startup": True}, {})
    rules = list(book.rules.values())
    full = judge(rules, subjects, DAY)
    lean = outcomes(rules, subjects, DAY)
    assert lean.rows() == full.select(LEAN).rows()
    flags = eligibility(rules, subjects, DAY)
    assert flags.columns == ["subject_id", "rent"]
    assert flags["rent"].to_list() == [True, False, None, None]
    assert outcomes(rules, subjects, date(2010, 1, 1)).is_empty()


def test_no_subjects_no_verdicts(files: dict[str, str]) -> None:
    book = load_rules(files)
    nobody = Subjects.of(pl.DataFrame(schema={"subject_id": pl.String}), book.inputs)
    assert judge(book.instruments(), nobody, DAY).is_empty()
