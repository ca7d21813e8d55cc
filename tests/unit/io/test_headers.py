from pathlib import Path

import pytest

from townworks.errors import MissingColumnsError, RequestError
from townworks.io.headers import find_columns, fold, synonyms
from townworks.schema import FILING_FIELDS

PATH = Path("a.csv")


def test_every_field_has_names_and_no_name_stands_for_two_fields() -> None:
    names = [name for field in FILING_FIELDS for name in set(synonyms()[field])]
    assert all(synonyms()[field] for field in FILING_FIELDS)
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(
    "headers",
    [
        ["企业名称", "统一社会信用代码", "经营范围"],
        [" 企业 名称 ", "统一社会信用代码\n", "\ufeff经营范围"],
        ["Company Name", "CREDIT-CODE", "Business_Scope"],
        ["ｎａｍｅ", "ＵＳＣＣ", "activity"],
    ],
)
def test_headers_are_compared_folded(headers: list[str]) -> None:
    assert find_columns(PATH, headers) == {"name": 0, "credit_code": 1, "activity": 2}


def test_all_twelve_fields_of_a_full_file() -> None:
    headers = "企业名称,统一社会信用代码,成立日期,企业类型,注册资本,经营范围,行业代码,省份,城市"
    found = find_columns(PATH, [*headers.split(","), "区县", "乡镇", "住所"])
    assert found == {field: i for i, field in enumerate(FILING_FIELDS)}


def test_the_synonym_listed_first_wins_whatever_the_order() -> None:
    assert find_columns(PATH, ["名称", "地址", "注册地址", "企业名称", "经营范围"]) == {
        "name": 3,
        "activity": 4,
        "address": 2,
    }


def test_a_column_named_by_the_user_goes_before_the_synonyms() -> None:
    headers = ["企业名称", "曾用名", "地址", "经营范围"]
    assert find_columns(PATH, headers, {"name": "曾用名"})["name"] == 1


def test_missing_columns_are_listed_with_the_nearest() -> None:
    with pytest.raises(MissingColumnsError) as caught:
        find_columns(PATH, ["企业名", "地址", "经营范围说明"])
    assert str(caught.value) == (
        "a.csv lacks a column for activity or industry_code. It has: 企业名, 地址, 经营范围说明."
        " Did you mean activity=经营范围说明?"
        " Name columns yourself with --columns name=…,activity=…."
    )


def test_every_missing_group_is_named_at_once() -> None:
    with pytest.raises(MissingColumnsError) as caught:
        find_columns(PATH, ["x"])
    assert caught.value.missing == (
        "name",
        "credit_code or address",
        "activity or industry_code",
    )


def test_a_named_header_that_is_not_there() -> None:
    with pytest.raises(MissingColumnsError) as caught:
        find_columns(PATH, ["企业名称", "地址", "经营范围"], {"name": "企业名字"})
    assert str(caught.value) == (
        "a.csv lacks a column for name (“企业名字”). It has: 企业名称, 地址, 经营范围."
        " Did you mean name=企业名称? Name columns yourself with --columns name=…,activity=…."
    )


def test_a_named_field_that_does_not_exist() -> None:
    with pytest.raises(RequestError) as caught:
        find_columns(PATH, ["a"], {"nam": "a"})
    assert str(caught.value).startswith(
        "--columns names no field of a registry: nam. The fields are: name, credit_code,"
    )


def test_folding() -> None:
    assert fold("Reg. Capital（万元）") == "reg.capital(万元)"
