"""The plan that ships with the programme is what its script makes of the example today."""

from importlib import util
from pathlib import Path

import polars as pl
import pytest

from townworks.io import read_table
from townworks.schema.plans import PlanLine, PlanTotal, PlanYear

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "src/townworks/definitions/zhejiang/plan"


def test_the_shipped_plan_is_up_to_date(tmp_path: Path) -> None:
    spec = util.spec_from_file_location("script", ROOT / "scripts/build_zhejiang_plan.py")
    assert spec
    assert spec.loader
    script = util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.__dict__["OUT"] = tmp_path
    script.main()
    for path in sorted(tmp_path.iterdir()):
        assert path.read_bytes() == (FOLDER / path.name).read_bytes(), path.name


def test_it_is_the_79_listed_towns_with_the_investment_of_their_years() -> None:
    lines = read_table(FOLDER / "plan.csv", PlanLine)
    years = read_table(FOLDER / "plan.years.csv", PlanYear)
    totals = read_table(FOLDER / "plan.totals.csv", PlanTotal)
    assert lines["chosen"].all()
    assert dict(lines["start_year"].value_counts().iter_rows()) == {2015: 37, 2016: 42}
    parts = [pl.col(f"{part}_investment_cny").cast(pl.Float64) for part in ("private", "public")]
    whole = float(years.select((parts[0] + parts[1]).sum()).item())
    assert whole == pytest.approx(float(lines["investment_cny"].cast(pl.Float64).sum()))
    planned = totals.filter((pl.col("quantity") == "investment") & pl.col("year").is_null())
    assert float(planned["planned"].item()) == pytest.approx(whole)
    assert 232e9 < whole < 234e9
