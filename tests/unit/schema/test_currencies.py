"""Names of currencies."""

import re
import tomllib
from collections import Counter
from importlib.resources import files

import pytest

from townworks.schema.currencies import currency_names

PATH = files("townworks.definitions") / "registry" / "currencies.toml"
TABLE: dict[str, list[str]] = tomllib.loads(PATH.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("人民币", "CNY"),
        ("美", "USD"),
        ("港", "HKD"),
        ("新台币", "TWD"),
        ("日", "JPY"),
        ("欧", "EUR"),
        ("英镑", "GBP"),
        ("瑞士法郎", "CHF"),
        ("法国法郎", "FRF"),
        ("德国马克", "DEM"),
        ("新西兰", "NZD"),
        ("新加坡", "SGD"),
        ("澳门", "MOP"),
        ("澳", "AUD"),
    ],
)
def test_codes_are_those_of_iso_4217(name: str, code: str) -> None:
    assert currency_names()[name] == code


def test_no_name_stands_for_two_currencies() -> None:
    times = Counter(name for names in TABLE.values() for name in names)
    assert {name: n for name, n in times.items() if n > 1} == {}
    assert len(currency_names()) == times.total()


def test_codes_are_three_letters_and_only_their_own_name() -> None:
    for name, code in currency_names().items():
        assert re.fullmatch("[A-Z]{3}", code)
        assert name == code or name not in TABLE


def test_no_name_ends_in_the_unit_that_is_implied() -> None:
    assert [name for name in currency_names() if name.endswith("元")] == []
