import polars as pl
import pytest

from townworks.io.cells import clean_cells, explain_faults, is_faulty

SOUND = {
    "name": "甲厂",
    "registered_on": "2001-02-03",
    "enterprise_type": "有限责任公司",
    "capital": "50(万元人民币)",
    "activity": "玩具",
    "province": "浙江",
    "prefecture": "丽水",
    "county": "云和县",
}


def faults_of(**cells: str | None) -> list[tuple[str, str | None]]:
    frame = clean_cells(pl.DataFrame({"line": [2], **{k: [v] for k, v in (SOUND | cells).items()}}))
    rows = frame.filter(is_faulty(frame))
    return [(reason, field) for reason, field, _ in explain_faults(rows).iter_rows()]


@pytest.mark.parametrize(
    "word", ["N/A", "n/a", "-", " ", "", "　", "NULL", "—", r"\N", "#N/A", "NaN"]
)
def test_words_for_nothing(word: str) -> None:
    assert clean_cells(pl.DataFrame({"a": [word]}))["a"].to_list() == [None]


@pytest.mark.parametrize("word", ["无", "0", "甲", "--- x", "Nan Fang"])
def test_words_for_something(word: str) -> None:
    assert clean_cells(pl.DataFrame({"a": [word]}))["a"].to_list() == [word]


@pytest.mark.parametrize(
    "cells",
    [
        {},
        {"province": "N/A"},
        {"province": "N/A", "capital": "N/A"},
        {"province": "N/A", "capital": "无"},
        {"province": "浙江省"},
        {"province": "浙江省丽水市"},
        {"province": "内蒙古自治区"},
        {"province": "香港特别行政区"},
        {"province": "Zhejiang"},
        {"province": "Bayern"},
        {"province": "Bayern", "capital": "25000 EUR"},
        {"capital": "伍拾万元"},
        {"capital": "unlimited"},
        {"enterprise_type": "3人合伙"},
        {"county": "四会市"},
    ],
)
def test_sound_rows_are_kept(cells: dict[str, str]) -> None:
    assert faults_of(**cells) == []


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"province": "390(万元人民币)"}, "province"),
        ({"province": "500万美元"}, "province"),
        ({"province": "有限责任公司 外商投资企业"}, "province"),
        ({"province": "2019-04-25"}, "province"),
        ({"prefecture": "91330782MA2E917BXE"}, "prefecture"),
        ({"county": "1,000.5万人民币"}, "county"),
        ({"enterprise_type": "30(万美元)"}, "enterprise_type"),
        ({"enterprise_type": "2万美元", "province": "N/A"}, "enterprise_type"),
        ({"province": "N/A", "capital": "JOHN SMITH"}, "capital"),
        ({"province": "张三", "capital": "李明"}, "capital"),
    ],
)
def test_shifted_rows_are_found(cells: dict[str, str], field: str) -> None:
    assert faults_of(**cells) == [("shifted_columns", field)]


def test_an_empty_row_and_a_long_cell() -> None:
    assert faults_of(**dict.fromkeys(SOUND, "N/A")) == [("empty_row", "")]
    assert faults_of(activity="x" * 1_000_000) == []
    assert faults_of(activity="x" * 1_000_001) == [("cell_too_long", "activity")]
    assert faults_of(activity="厂" * 333_334) == [("cell_too_long", "activity")]


def test_blanks_that_cannot_be_seen_are_stripped() -> None:
    frame = pl.DataFrame({"credit_code": ["\u200b91330100\ufeff", "\u00a0x\u2060"]})
    assert clean_cells(frame)["credit_code"].to_list() == ["91330100", "x"]
