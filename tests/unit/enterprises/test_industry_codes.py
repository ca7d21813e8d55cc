"""Industry codes and the vocabulary they come from."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townworks.enterprises.industry_codes import coded_specialities

CHINESE, FOREIGN = "大明袜厂", "Acme Hosiery Ltd"
SCHEMA = {"enterprise": pl.UInt32, "industry_code": pl.String, "name": pl.String}


def named(code: str | None, name: str = FOREIGN) -> list[str]:
    frame = pl.DataFrame([(7, code, name)], schema=SCHEMA, orient="row")
    return coded_specialities(frame)["name"].to_list()


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("62.01", "NACE 62.01"),
        ("C18.11", "NACE C18.11"),
        ("62.01 Computer programming", "NACE 62.01 Computer programming"),
        ("62012 - Business software", "UK SIC 62012 - Business software"),
        ("C1430", "ISIC C1430"),
        ("1430", "ISIC or SIC 1430"),
        ("143 Knitting", "ISIC or SIC 143 Knitting"),
        (" 1430 ", "ISIC or SIC 1430"),
        ("Z1830", "Z1830"),
        ("C18300", "C18300"),
        ("143012", "143012"),
        ("hosiery", "hosiery"),
    ],
)
def test_form_tells_the_vocabulary(code: str, name: str) -> None:
    assert named(code) == [name]


@pytest.mark.parametrize("code", ["C1830", "C18", "C1830纺织服装制造", "1830", "18"])
def test_codes_of_chinese_enterprises_are_gb_t_4754(code: str) -> None:
    assert named(code, CHINESE) == [f"GB/T 4754 {code}"]


@pytest.mark.parametrize("code", ["62.01", "62012", "Z1830", "纺织业"])
def test_other_forms_are_what_they_are_in_china_too(code: str) -> None:
    assert named(code, CHINESE) == named(code)


@pytest.mark.parametrize("code", [None, "", "  "])
def test_without_a_code_there_is_no_row(code: str | None) -> None:
    assert named(code, CHINESE) == []


@settings(deadline=None)
@given(st.lists(st.sampled_from(["1830", "C18", None, "", "62.01", "甲"]), max_size=10))
def test_each_row_is_read_as_if_alone(codes: list[str | None]) -> None:
    rows = [(number, code, FOREIGN) for number, code in enumerate(codes)]
    found = coded_specialities(pl.DataFrame(rows, schema=SCHEMA, orient="row"))
    assert found.schema == {"enterprise": pl.UInt32, "name": pl.String}
    assert found.rows() == [(i, name) for i, code in enumerate(codes) for name in named(code)]
