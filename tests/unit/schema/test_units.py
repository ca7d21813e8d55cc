from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townworks.schema.units import SYMBOLS, dimension, name, plain, product, spoken

UNITS = st.lists(st.tuples(st.sampled_from("*/"), st.sampled_from(SYMBOLS)), max_size=4).map(
    lambda parts: "1" + "".join(sign + symbol for sign, symbol in parts)
)


@given(UNITS, UNITS)
def test_quotient_undoes_product(one: str, other: str) -> None:
    both = product(dimension(one), dimension(other))
    assert product(both, dimension(other), -1) == dimension(one)


@given(UNITS)
def test_a_name_reads_back(unit: str) -> None:
    of = dimension(unit)
    assert of == () or dimension(name(of)) == of


def test_unknown_unit_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no unit 'm³'; use cny, usd, eur"):
        dimension("cny/m³")


@pytest.mark.parametrize(
    ("value", "unit", "en", "zh"),
    [
        ("500000000000", "cny", "CNY 500 bn", "5,000亿元"),
        ("500000000000.01", "cny", "CNY 500,000,000,000.01", "500,000,000,000.01元"),
        ("1500000", "cny", "CNY 1.5 m", "150万元"),
        ("12345", "cny", "CNY 12,345", "12,345元"),
        ("0", "cny", "CNY 0", "0元"),
        ("-20000", "cny", "CNY -20,000", "-2万元"),
        ("450000", "usd", "USD 450,000", "45万美元"),
        ("23.50", "mu", "23.5 mu", "23.5亩"),
        ("0.6825", "share", "68.25 %", "68.25%"),
        ("365", "cny/m2/day", "365 CNY/m²/days", "365元/平方米/天"),
        ("7", "count", "7", "7"),
        (
            "123456789012345678901234567890.12",
            "cny",
            "CNY 123,456,789,012,345,678,901,234,567,890.12",
            "123,456,789,012,345,678,901,234,567,890.12元",
        ),
    ],
)
def test_values_as_people_read_them(value: str, unit: str, en: str, zh: str) -> None:
    assert (spoken(Decimal(value), unit, "en"), spoken(Decimal(value), unit, "zh")) == (en, zh)


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=2, min_value=-(10**15), max_value=10**15
    )
)
def test_no_digit_is_lost(value: Decimal) -> None:
    assert Decimal(plain(value).replace(",", "")) == value
    words = spoken(value, "cny", "en").removeprefix("CNY ").replace(",", "")
    number, _, size = words.partition(" ")
    assert Decimal(number) * {"": 1, "m": 10**6, "bn": 10**9}[size] == value
