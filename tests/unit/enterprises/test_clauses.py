"""Scopes of business cut into things and roles."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townworks.enterprises.clauses import MAKE, SERVICE, TRADE, clauses
from townworks.schema.language import activity_language

LANGUAGE = activity_language()


def read(text: str | None) -> list[tuple[str, int]]:
    texts = pl.DataFrame(
        {"enterprise": [1], "activity": [text]},
        schema={"enterprise": pl.UInt32, "activity": pl.String},
    )
    return clauses(texts, LANGUAGE).select("phrase", "role").rows()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("制造、加工、销售：阀门、泵。", [("阀门", MAKE | TRADE), ("泵", MAKE | TRADE)]),
        ("阀门、泵的制造、加工", [("阀门", MAKE), ("泵", MAKE)]),
        (
            "塑料制品、模具制造、销售；机械设备批发",
            [("塑料制品", MAKE), ("模具", MAKE), ("机械设备", TRADE)],
        ),
        (
            "生产：甲物、乙物，销售丙物、丁物",
            [("甲物", MAKE), ("乙物", MAKE), ("丙物", TRADE), ("丁物", TRADE)],
        ),
        ("汽车配件、滤清器", [("汽车配件", 0), ("滤清器", 0)]),
        ("汽车维修", [("汽车维修", SERVICE)]),
        ("物业管理服务", [("物业管理", SERVICE)]),
        ("一般经营项目：袜子制造（不含染色）", [("袜子", MAKE)]),
        ("袜子制造（凭许可证（副本）经营）", [("袜子", MAKE)]),
        ("袜子制造（依法须经批准的项目", [("袜子", MAKE)]),
        ("袜子制造，凡涉及许可证的凭证经营", [("袜子", MAKE)]),
        ("1、袜子；2、领带。", [("袜子", 0), ("领带", 0)]),
        ("销售", []),
        ("", []),
        (None, []),
    ],
)
def test_reads_things_and_roles(text: str | None, expected: list[tuple[str, int]]) -> None:
    assert read(text) == expected


def test_first_thing_of_each_text_is_the_main_business() -> None:
    texts = pl.DataFrame(
        {"enterprise": [1, 2, 3], "activity": ["袜子、领带", None, "销售：泵、阀门"]}
    )
    found = clauses(texts, LANGUAGE)
    assert found.filter("main").select("enterprise", "phrase").rows() == [(1, "袜子"), (3, "泵")]


@given(st.lists(st.text("袜子制造、，；（）销售。 1AＡ", max_size=30), max_size=8))
def test_any_text_is_read_and_order_kept(texts: list[str]) -> None:
    frame = pl.DataFrame(
        {"enterprise": range(len(texts)), "activity": texts},
        schema={"enterprise": pl.UInt32, "activity": pl.String},
    )
    found = clauses(frame, LANGUAGE)
    assert found["enterprise"].is_sorted()
    assert found["phrase"].str.len_chars().min() != 0
    assert (found["role"] <= MAKE | TRADE | SERVICE).all()
    assert found.filter("main")["enterprise"].is_unique().all()


@given(
    st.lists(
        st.sampled_from(["袜子制造", "批发：泵", "阀门、泵的加工、销售", "", "甲"]), max_size=6
    )
)
def test_each_text_is_read_as_if_alone(texts: list[str]) -> None:
    frame = pl.DataFrame(
        {"enterprise": range(len(texts)), "activity": texts},
        schema={"enterprise": pl.UInt32, "activity": pl.String},
    )
    together = clauses(frame, LANGUAGE).select("phrase", "role").rows()
    assert together == [pair for text in texts for pair in read(text)]
