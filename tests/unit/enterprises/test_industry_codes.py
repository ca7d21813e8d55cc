"""Industry codes and the vocabulary they come from."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townworks.enterprises.industry_codes import coded_specialities

CHINESE = "91350100M000100Y43"
SCHEMA = {"enterprise": pl.UInt32, "industry_code": pl.String, "credit_code": pl.String}


def named(code: str | None, credit_code: str | None = None) -> list[str]:
    frame = pl.DataFrame([(7, code, credit_code)], schema=SCHEMA, orient="row")
    return coded_specialities(frame)["name"].to_list()


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("62.01", "NACE 62.01"),
        ("62.01 Computer programming", "NACE 62.01 Computer programming"),
        ("62012 - Business software", "UK SIC 62012 - Business software"),
        ("C1830", "GB/T 4754 C1830"),
        ("C18", "GB/T 4754 C18"),
        ("C1830纺织服装制造", "GB/T 4754 C1830纺织服装制造"),
        ("1430", "four-digit code 1430"),
        ("143 Knitting", "four-digit code 143 Knitting"),
        (" 1430 ", "four-digit code 1430"),
        ("Z1830", "Z1830"),
        ("C18300", "C18300"),
        ("143012", "143012"),
        ("纺织业", "纺织业"),
    ],
)
def test_form_tells_the_vocabulary(code: str, name: str) -> None:
    assert named(code) == [name]


@pytest.mark.parametrize(
    ("credit_code", "name"),
    [
        (CHINESE, "GB/T 4754 1830"),
        ("52350100M000100Y43", "four-digit code 1830"),
        (None, "four-digit code 1830"),
    ],
)
def test_bare_digits_of_chinese_enterprises_are_gb_t_4754(
    credit_code: str | None, name: str
) -> None:
    assert named("1830", credit_code) == [name]


@pytest.mark.parametrize("code", ["62.01", "62012", "C1830", "纺织业"])
def test_other_forms_are_what_they_are_in_china_too(code: str) -> None:
    assert named(code, CHINESE) == named(code)


@pytest.mark.parametrize("code", [None, "", "  "])
def test_without_a_code_there_is_no_row(code: str | None) -> None:
    assert named(code, CHINESE) == []


@settings(deadline=None)
@given(st.lists(st.sampled_from(["1830", "C18", None, "", "62.01", "甲"]), max_size=10))
def test_each_row_is_read_as_if_alone(codes: list[str | None]) -> None:
    rows = [(number, code, None) for number, code in enumerate(codes)]
    found = coded_specialities(pl.DataFrame(rows, schema=SCHEMA, orient="row"))
    assert found.schema == {"enterprise": pl.UInt32, "name": pl.String}
    assert found.rows() == [(i, name) for i, code in enumerate(codes) for name in named(code)]
