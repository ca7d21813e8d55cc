"""The figures that ship."""

from pathlib import Path

import polars as pl
import pytest

from townworks.schema import Specialisation
from townworks.workflow import discover_figures, load_figures
from townworks.workflow.figures import LEAST, Level

LEVELS: tuple[Level, ...] = ("county", "township")

FOLDER = Path(__file__).parents[3] / "src/townworks/definitions/figures/zhejiang"


@pytest.mark.parametrize("level", LEVELS)
def test_no_small_count_is_shown(level: Level) -> None:
    for name in (f"{level}.csv", f"{level}-years.csv", "specialities.csv", f"{level}-places.csv"):
        table = pl.read_csv(FOLDER / name)
        for column in set(table.columns) & {"enterprises", "main", "alone", "recent"}:
            assert (table[column].drop_nulls() >= LEAST).all(), (name, column)


@pytest.mark.parametrize("level", LEVELS)
def test_cells_add_up_to_the_totals(level: Level) -> None:
    counts = load_figures(level).counts
    totals = pl.read_csv(FOLDER / "specialities.csv").select("speciality", "enterprises")
    sums = counts.cells.group_by("speciality").agg(pl.sum("enterprises"))
    assert sums.sort("speciality").equals(totals.sort("speciality"))
    assert (counts.cells["enterprises"] >= 0).all()


@pytest.mark.parametrize("level", LEVELS)
def test_they_give_a_result_that_holds_its_table(level: Level) -> None:
    found = discover_figures(level)
    Specialisation.validate(found)
    assert found["place_code"].n_unique() > 80


def test_the_source_says_what_is_missing() -> None:
    source = load_figures("county").source
    assert {2007, 2014, 2016, 2017} <= set(source["years_missing"])
    assert source["rows_read"] == source["rows_kept"] + source["rows_rejected"]
