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
        ("province_reward", "3263.9", "3263.9", None),  # listed: worked out from the same numbers
        ("mean_investment", "1290000000", "1290000000", True),
        ("featured_share", "0.7257", "0.7257", True),
        ("grades_add_up.2018.creation", "115", "115", True),
        ("grades_add_up.2019.creation", "110", "110", True),
        ("grade_named.2016.creation.excellent", "16", "16", True),
        ("all_lists", "194", "194", True),
        ("list_size.1", "37", "37", True),
        ("list_size.2", "42", "42", True),
    ],
)
def test_published_numbers_beside_each_other(
    check: str,
    expected: str,
    found: str,
    agrees: bool | None,  # noqa: FBT001
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
        "grade_named",
        "list_by_area",
        "list_size",
        "portion",
    }


def only(plan: str, **changes: pl.DataFrame) -> list[tuple[str, object, object, object]]:
    """Check, expected, found, agrees of a plan."""
    rows = check_record(record(**changes), plan).iter_rows(named=True)
    return [(row["check"], row["expected"], row["found"], row["agrees"]) for row in rows]


def test_cultivation_grades_add_up_with_those_that_withdrew() -> None:
    text = '[[grades]]\nyear = {}\nlist = "cultivation"\nstock = {}\n'
    assert only(text.format(2018, "2018-09-30") + text.format(2019, "2020-04-30")) == [
        ("grades_add_up.2018.cultivation", 64, 64, True),  # 10 + 16 + 24 + 8 + 6
        ("grades_add_up.2019.cultivation", 62, 62, True),  # 12 + 18 + 16 + 6 + 3, and 7 withdrew
    ]


def test_some_grades_cannot_add_up_to_the_list() -> None:
    plan = '[[grades]]\nyear = 2016\nlist = "creation"'
    assert only(plan) == [("grades_add_up.2016.creation", 16 + 6 + 5, 78, None)]
    assert only(plan + "\nstock = 2017-08-31") == [
        ("grades_add_up.2016.creation", 16 + 6 + 5, 108, None)
    ]


def test_towns_named_in_a_grade_are_counted_on_each_list_by_itself() -> None:
    found = only('[[named]]\nyear = 2019\ngrade = "excellent"')
    names = TABLES.outcomes.filter(
        pl.col("year") == 2019, pl.col("grade").cast(pl.String) == "excellent"
    )
    each = dict(names.group_by(pl.col("on_list").cast(pl.String)).len().iter_rows())
    assert found == [
        ("grade_named.2019.cultivation.excellent", 12, each["cultivation"], False),
        ("grade_named.2019.creation.excellent", 27, each["creation"], False),
    ]
    plan = '[[named]]\nyear = 2016\ngrade = "warning"'
    row = check_record(record(), plan).row(0, named=True)
    assert row["sentence_en"].startswith("Creation list: 6 towns are named as 'warning' for 2016")
    assert "创建名单中点名“警告”" in row["sentence_zh"]


def test_share_of_wenzhou_in_the_excellent_towns() -> None:
    plan = (
        '[[portion]]\narea = "温州市"\nyear = 2019\ngrade = "excellent"\ntowns = {}\n'
        'share = 0.282\nsource = "s"'
    )
    check = "portion.温州市.2019.excellent"
    assert only(plan.format(11)) == [(check, Decimal("0.282"), Decimal("0.282"), True)]
    assert only(plan.format(12)) == [(check, Decimal("0.308"), Decimal("0.282"), False)]
    assert only(plan.format(11), tallies=TABLES.tallies.clear()) == []


def test_a_list_by_prefecture() -> None:
    plan = '[[by_area]]\nbatch = "{}"\nsource = "s"\ntowns = {{ "杭州市" = {}, "宁波市" = 33 }}'
    assert only(plan.format("2", 9) + "\n" + plan.format("9", 9)) == [
        ("list_by_area.2", 42, 42, True)
    ]
    assert only(plan.format("2", 7)) == [("list_by_area.2", 42, 40, False)]


def test_a_minimum_that_lacks_a_town_is_not_taken_for_less() -> None:
    required = record().required.filter(pl.col("town_id") != "jiaxing-haining-leather")
    found = {name.split(".")[0] for name, *_ in only(PLAN, required=required)}
    assert "minimum_of_prefecture" not in found
    assert "minimum_of_list" not in found
    assert "reward" in found


def test_sentences_are_of_one_language() -> None:
    for row in CHECKS.values():
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in row["sentence_en"])
        assert "creation" not in row["sentence_zh"]
    assert "in Jiaxing had to invest" in CHECKS["minimum_of_prefecture.嘉兴市"]["sentence_en"]
    assert "创建名单" in CHECKS["grades_add_up.2018.creation"]["sentence_zh"]


def test_a_number_worked_out_from_its_own_parts_is_said_to_be() -> None:
    row = CHECKS["province_reward"]
    assert "(worked out from the same two numbers, not published)" in row["sentence_en"]
    published = TABLES.figures.with_columns(pl.lit("reported").alias("evidence"))
    after = {name: agrees for name, _, _, agrees in only(PLAN, figures=published)}
    assert after["province_reward"] is True


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
    with pytest.raises(DefinitionsError, match=r"part\[1\]\.share: is 0; write a share above 0"):
        check_record(record(), PLAN.replace("share = 0.1709", "share = 0"))
