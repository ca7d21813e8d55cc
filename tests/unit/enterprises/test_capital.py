"""Registered capital as written, to the fen."""

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townworks.enterprises.capital import LONGEST, SCALES, parse_capital
from townworks.schema.currencies import currency_names

UNITS = {"": 1, "千": 10**3, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8}
FEN = Decimal("0.01")


def read(*texts: str | None) -> list[tuple[Decimal | None, str | None]]:
    return parse_capital(pl.Series(texts, dtype=pl.String)).rows()


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("50(万元人民币)", "500000.00", "CNY"),
        ("1,000(万元人民币)", "10000000.00", "CNY"),
        ("26(万美元)", "260000.00", "USD"),
        ("50(万)", "500000.00", "CNY"),
        ("100万人民币", "1000000.00", "CNY"),
        ("9万人民币元", "90000.00", "CNY"),
        ("100万元整", "1000000.00", "CNY"),
        ("50（万元人民币）", "500000.00", "CNY"),
        ("５０．５(万元人民币)", "505000.00", "CNY"),
        ("１，０００万元", "10000000.00", "CNY"),
        ("((50))(万元(人民币))", "500000.00", "CNY"),
        (" 50 万 元 ", "500000.00", "CNY"),
        ("300000", "300000.00", "CNY"),
        ("5百万港元", "5000000.00", "HKD"),
        ("5千万日元", "50000000.00", "JPY"),
        ("1.2亿欧元", "120000000.00", "EUR"),
        ("10万香港元", "100000.00", "HKD"),
        ("10万新台币", "100000.00", "TWD"),
        ("10万新西兰元", "100000.00", "NZD"),
        ("0", "0.00", "CNY"),
        ("0.005", "0.01", "CNY"),
        ("0.0049999", "0.00", "CNY"),
        ("0.1234565(万)", "1234.57", "CNY"),
    ],
)
def test_reads_what_registrars_write(text: str, amount: str, currency: str) -> None:
    assert read(text) == [(Decimal(amount), currency)]


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "三十万",
        "万元",
        "-50(万元)",
        "50万金币",
        "50万元美元加人民币",
        "约50万元",
        "1.2.3",
        ".5万",
        "٥٠",
        "1e6",
        "1" * (LONGEST + 1),
        "9" * LONGEST + "亿",
    ],
)
def test_what_cannot_be_read_is_null(text: str | None) -> None:
    assert read(text) == [(None, None)]


@st.composite
def amounts(draw: st.DrawFn) -> tuple[str, Decimal, str]:
    """Draw a capital as written, with its amount by Python's decimal and its currency."""
    whole = draw(st.integers(0, 10**13 - 1))
    part = draw(st.one_of(st.none(), st.text("0123456789", max_size=14)))
    unit = draw(st.sampled_from(sorted(UNITS)))
    name = draw(st.sampled_from(["", *sorted(currency_names())]))
    number = f"{whole:,}" if draw(st.booleans()) else str(whole)
    number += "" if part is None else f".{part}"
    exact = Decimal(f"{whole}.{part or 0}") * UNITS[unit]
    form = draw(st.sampled_from(["{}({}元{})", "{}{}{}", "{}({}{}元)", "{}（{}{}）"]))
    rounded = exact.quantize(FEN, rounding=ROUND_HALF_UP)
    return form.format(number, unit, name), rounded, currency_names().get(name, "CNY")


@settings(deadline=None)
@given(st.lists(amounts(), max_size=10))
def test_exact_to_the_fen(drawn: list[tuple[str, Decimal, str]]) -> None:
    assert read(*(text for text, *_ in drawn)) == [(amount, code) for _, amount, code in drawn]


@settings(deadline=None)
@given(amounts())
def test_width_of_the_characters_does_not_matter(drawn: tuple[str, Decimal, str]) -> None:
    text, amount, code = drawn
    wide = text.translate({c: c + 0xFEE0 for c in range(0x21, 0x7F)})
    assert read(wide) == [(amount, code)]


@settings(deadline=None)
@given(st.text("0123456789.,()（）万元美人民币亿千 ", max_size=12))
def test_any_text_has_both_or_neither(text: str) -> None:
    [(amount, currency)] = read(text)
    assert (amount is None) == (currency is None)
    assert amount is None or amount >= 0


def test_every_unit_is_tried() -> None:
    assert {unit: 10**power for unit, power in SCALES.items()} == UNITS


def test_order_nulls_and_repetitions_stay() -> None:
    texts = ["2万", None, "1万", "x", "2万"]
    assert [amount and int(amount) for amount, _ in read(*texts)] == [
        20000,
        None,
        10000,
        None,
        20000,
    ]


@pytest.mark.parametrize("texts", [[], [None]])
def test_columns_are_those_of_the_table(texts: list[str | None]) -> None:
    read_empty = parse_capital(pl.Series(texts, dtype=pl.String))
    assert read_empty.schema == {"capital": pl.Decimal(24, 2), "capital_currency": pl.String}
    assert read_empty.height == len(texts)


@pytest.mark.shared
def test_every_real_text_that_begins_with_a_digit_is_read(registry_path: Path) -> None:
    texts = pl.read_parquet(registry_path, columns=["注册资金"]).to_series()
    found = parse_capital(texts)
    unread = texts.filter(found["capital"].is_null() & (texts != "N/A"))
    assert (unread.len(), unread.str.contains("^[0-9]").any()) == (18, False)
    assert found["capital_currency"].value_counts(sort=True).rows()[:4] == [
        ("CNY", 128_991),
        (None, 57_632),
        ("USD", 3_409),
        ("HKD", 102),
    ]


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("人民币100万元", "1000000.00", "CNY"),
        ("美元26万", "260000.00", "USD"),
        ("人民币：50万", "500000.00", "CNY"),
        ("人民币100万元人民币", "1000000.00", "CNY"),
        ("人民币100万美元", None, None),
    ],
)
def test_the_currency_may_come_first(text: str, amount: str | None, currency: str | None) -> None:
    row = parse_capital(pl.Series([text])).row(0)
    assert (row[0] and str(row[0]), row[1]) == (amount, currency)
