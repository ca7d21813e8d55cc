"""Each check on a return of one or two lines: what it says, at which cell, what it proposes."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from townworks.returns.checks import Background, check
from townworks.returns.checks.checking import PROCEDURES
from townworks.returns.collecting import frame_of
from townworks.returns.correcting import all_proposals, corrected
from townworks.schema.checks import checks
from townworks.schema.returns import SEVERITIES, Entry, Past, Presence

TOWN, QUARTER = "t", "2016Q2"
MILLION = 1_000_000
Row = dict[str, Any]


def amount(value: float | str, name: str = "amount_cny", **more: object) -> Row:
    """One value of a project."""
    row: Row = {
        "file": "a.xlsx",
        "sheet": "表",
        "form": "investment",
        "record": 1,
        "town_id": TOWN,
        "quarter": QUARTER,
        "subject": "一号楼",
        "field": name,
        "basis": "quarter",
        "text": str(value),
        "value": Decimal(str(value)),
        "unit": "cny",
        "scale": Decimal(10_000),
        "word": None,
    }
    return {**row, **more}


def figure(value: float | str, metric: str, **more: object) -> Row:
    """One value of the town itself."""
    return {**amount(value, metric), "form": "figure", "subject": "", **more}


def word(text: str, name: str, **more: object) -> Row:
    """A text of a project."""
    given = {"value": None, "unit": None, "scale": None, "basis": "none", "word": text}
    return {**amount(0, name), **given, "text": text, **more}


def entries(*rows: Row) -> pl.DataFrame:
    own = [{"entry": n, "cell": f"C{n + 2}", **row} for n, row in enumerate(rows)]
    return frame_of(Entry, own)


def past(*values: float, name: str = "amount_cny", **more: object) -> list[Row]:
    """Values of the quarters before, the last one first: 2016Q1, 2015Q4 …"""
    quarters = ("2016Q1", "2015Q4", "2015Q3", "2015Q2", "2015Q1")
    common = {"town_id": TOWN, "form": "investment", "subject": "一号楼", "field": name}
    common |= {"basis": "quarter", "unit": "cny", "evidence": "reported"}
    return [
        {**common, "quarter": quarter, "value": Decimal(str(value)), **more}
        for quarter, value in zip(quarters, values, strict=False)
    ]


def found(
    rows: list[Row], before: list[Row] | None = None, where: list[Row] | None = None
) -> pl.DataFrame:
    known = Background(frame_of(Past, before or []), frame_of(Presence, where or []))
    return check(entries(*rows), known)


def told(findings: pl.DataFrame) -> list[tuple[object, ...]]:
    return findings.select("check", "cell", "action", "proposed").rows()


STEADY = past(*[30 * MILLION] * 5)


@pytest.mark.parametrize(
    ("value", "name", "proposed"),
    [
        (31 * MILLION * 10_000, "unit_1e4", 31 * MILLION),
        (3_100, "unit_1e4", 31 * MILLION),
        (31 * MILLION * 100_000_000, "unit_1e8", 31 * MILLION),
        ("0.31", "unit_1e8", 31 * MILLION),
    ],
)
def test_slips_of_the_unit(value: float, name: str, proposed: int) -> None:
    assert told(found([amount(value)], STEADY)) == [(name, "C2", "set", Decimal(proposed))]


def test_the_year_so_far_given_as_the_quarter() -> None:
    """The town's own figure leaves 32 m for the project: that decides it."""
    year = amount(62 * MILLION, "year_to_date_cny", basis="year")
    own = figure(32 * MILLION, "fixed_asset_investment_cny", record=2)
    rows = [amount(62 * MILLION), year, own]
    assert told(found(rows, STEADY)) == [
        ("cumulative_as_quarter", "C2", "set", Decimal(32 * MILLION))
    ]


def test_the_quarter_given_as_the_year_so_far() -> None:
    year = amount(28 * MILLION, "year_to_date_cny", basis="year")
    rows = [amount(28 * MILLION), year]
    assert told(found(rows, STEADY)) == [
        ("quarter_as_cumulative", "C3", "set", Decimal(58 * MILLION))
    ]


def test_where_nothing_says_which_is_wrong_both_wait_for_the_town() -> None:
    rows = [amount(45 * MILLION), amount(45 * MILLION, "year_to_date_cny", basis="year")]
    before = past(20 * MILLION, 15 * MILLION, 90 * MILLION, 33 * MILLION, 40 * MILLION)
    assert [row[:3] for row in told(found(rows, before))] == [
        ("quarter_or_year", "C2", "none"),
        ("quarter_or_year", "C3", "none"),
    ]


def test_housing_by_its_column_and_by_its_name() -> None:
    part = amount(5 * MILLION, "housing_cny")
    assert told(found([amount(30 * MILLION), part], STEADY)) == [
        ("housing_included", "C2", "set", Decimal(25 * MILLION))
    ]
    named = [
        word("翠湖住宅小区", "project", subject="翠湖住宅小区"),
        amount(1, subject="翠湖住宅小区"),
    ]
    assert told(found(named)) == [("housing_project", "C2", "drop", None)]
    spared = [word("人才公寓", "project", subject="人才公寓")]
    assert told(found(spared)) == []


def test_another_area_than_the_town() -> None:
    rows = [
        figure(9_000, "employees", unit="count", basis="at"),
        word("county", "geography", form="figure", subject=""),
    ]
    assert told(found(rows)) == [("out_of_scope", "C2", "drop", None)]


def test_what_cannot_be_more_than_its_whole() -> None:
    rows = [figure(70, "tax_revenue_cny", record=1), figure(100, "output_cny", record=2)]
    assert told(found(rows)) == [("impossible_ratio", "C2", "none", None)]
    assert told(found([figure(60, "tax_revenue_cny"), figure(100, "output_cny", record=2)])) == []


def test_a_planned_area_is_the_registers() -> None:
    before = past(3, name="planned_area_km2", form="figure", subject="", basis="at", unit="km2")
    rows = [figure("3.5", "planned_area_km2", unit="km2", basis="at")]
    assert told(found(rows, before)) == [("area_changed", "C2", "set", Decimal(3))]


def test_totals_as_written_or_as_corrected() -> None:
    rows = [amount(30 * MILLION), amount(20 * MILLION, subject="二号楼", record=2)]
    total: Row = {"form": "total", "subject": "investment", "record": 3}
    assert told(found([*rows, amount(50 * MILLION, **total)])) == []
    assert told(found([*rows, amount(40 * MILLION, **total)])) == [
        ("total_not_sum", "C4", "set", Decimal(50 * MILLION))
    ]
    slipped = [amount(300_000 * MILLION), *rows[1:], amount(50 * MILLION, **total)]
    assert [row[0] for row in told(found(slipped, STEADY))] == ["unit_1e4"]


HERE = {"form": "project", "subject": "一号楼", "town_id": TOWN, "name": "一号楼"}


@pytest.mark.parametrize(
    ("homes", "expected"),
    [
        ([], [("project_twice", "C2", "none"), ("project_twice", "C3", "none")]),
        ([HERE], [("project_twice", "C3", "drop")]),
        ([{**HERE, "town_id": "u"}], [("project_twice", "C2", "drop")]),
    ],
)
def test_one_project_in_two_towns(homes: list[Row], expected: list[tuple[str, str, str]]) -> None:
    rows = [word("一号楼", "project"), word("一号楼", "project", town_id="u", record=2)]
    assert [row[:3] for row in told(found(rows, where=homes))] == expected


def test_twice_in_one_return() -> None:
    rows = [word("一号楼", "project"), word("一 号 楼", "project", subject="一号楼", record=2)]
    assert told(found(rows)) == [("row_twice", "C3", "drop", None)]


def test_a_jump_is_asked_about_and_goes_in() -> None:
    before = past(*[100] * 5, name="output_cny", form="figure", subject="")
    result = found([figure(400, "output_cny")], before)
    assert [row[0] for row in told(result)] == ["jump_history"]
    assert corrected(entries(figure(400, "output_cny")), result, {}).kept_out == frozenset()
    assert told(found([figure(230, "output_cny")], before)) == []


def test_a_negative_amount_stays_out() -> None:
    result = found([amount(-5)])
    assert [row[0] for row in told(result)] == ["negative"]
    assert corrected(entries(amount(-5)), result, {}).kept_out == {0}
    kept = {("a.xlsx", "表", "C2", "negative"): "keep"}
    assert corrected(entries(amount(-5)), result, kept).kept_out == frozenset()


def test_a_record_whose_key_is_doubtful_is_out_whole() -> None:
    rows = [word("一号楼", "project"), amount(7), word("一号楼", "project", town_id="u", record=2)]
    result = found(rows)
    mended = corrected(entries(*rows), result, all_proposals(result))
    assert mended.kept_out == {0, 1, 2}


def test_every_check_has_a_procedure_a_severity_and_both_texts() -> None:
    for each in checks().values():
        assert each.kind in PROCEDURES, each.id
        assert each.severity in SEVERITIES
        assert set(each.text) == {"en", "zh"}
    assert {each.kind for each in checks().values()} == set(PROCEDURES)


def test_nothing_is_doubted_in_nothing() -> None:
    assert found([]).is_empty()
