"""Checks on the published record of Zhejiang, and what they say."""

from decimal import Decimal

import polars as pl
import pytest

from townworks.errors import DefinitionsError
from townworks.evaluation.record import Record, check_record
from townworks.io import find_programme, programme_files, read_programme
from townworks.schema.accounts import RecordCheck

FOLDER = find_programme("zhejiang")
TABLES = read_programme(FOLDER)
PLAN = programme_files(FOLDER)["record.toml"]
LOWER = ("information_economy", "finance", "tourism", "historical_classics")


def record(**changes: pl.DataFrame) -> Record:
    """The record, with the first-year minimum by sector (1 bn, or 0.6 bn for four)."""
    lower = pl.col("sector").is_in(LOWER)
    required = TABLES.towns.select(
        "town_id",
        pl.when(lower)
        .then(6 * 10**8)
        .otherwise(10**9)
        .cast(pl.Decimal(38, 2))
        .alias("required_cny"),
    )
    names = ("towns", "figures", "outcomes", "tallies", "counts")
    tables = {name: getattr(TABLES, name) for name in names}
    return Record(**{**tables, "required": required, **changes})


CHECKS = {row["check"]: row for row in check_record(record(), PLAN).iter_rows(named=True)}


@pytest.mark.parametrize(
    ("check", "expected", "found", "agrees"),
    [
        ("minimum_of_prefecture.嘉兴市", "4200000000", "4200000000", True),
        ("reward.金华市.2018", "9", "8", False),
        ("province_reward", "3263.9", "3263.9", True),
        ("mean_investment", "1290000000", "1290000000", True),
        ("featured_share", "0.7257", "0.7257", True),
        ("grades_add_up.2018.creation", "115", "115", True),
        ("grades_add_up.2019.creation", "110", "110", True),
        ("excellent_named.2016", "16", "16", True),
        ("all_lists", "194", "194", True),
        ("list_size.1", "37", "37", True),
        ("list_size.2", "42", "42", True),
    ],
)
def test_published_numbers_beside_each_other(
    check: str,
    expected: str,
    found: str,
    agrees: bool,  # noqa: FBT001
) -> None:
    row = CHECKS[check]
    assert (row["expected"], row["found"], row["agrees"]) == (
        Decimal(expected),
        Decimal(found),
        agrees,
    )
    assert row["sources"].startswith("http")


def test_the_minimum_of_the_whole_list_stands_beside_what_was_done() -> None:
    row = CHECKS["minimum_of_list"]
    assert row["agrees"] is None
    assert row["found"] == Decimal(47_790_000_000)
    lower = TABLES.towns.filter(pl.col("batch") == "1", pl.col("sector").is_in(LOWER)).height
    assert row["expected"] == (37 - lower) * 10**9 + lower * 6 * 10**8
    assert "reported: CNY 47.79 bn." in row["sentence_en"]


def test_the_ninth_town_is_unexplained() -> None:
    row = CHECKS["reward.金华市.2018"]
    assert "no source says: unexplained" in row["sentence_en"]
    assert "未说明" in row["sentence_zh"]


def test_a_check_without_its_numbers_is_left_out() -> None:
    found = check_record(record(figures=TABLES.figures.clear()), PLAN)
    RecordCheck.validate(found)
    assert {name.split(".")[0] for name in found["check"]} == {
        "reward",
        "grades_add_up",
        "excellent_named",
        "list_size",
    }


def test_faults_of_a_plan_come_together() -> None:
    plan = '[[minimun]]\n[[reward]]\narea = "x"\nyear = 2018.5\nrewarded = "8"\nsource = "s"'
    with pytest.raises(DefinitionsError) as caught:
        check_record(record(), plan)
    assert [key for _, key, _ in caught.value.faults] == [
        "minimun",
        "reward[1].year",
        "reward[1].rewarded",
    ]
    assert check_record(record(), "").is_empty()
