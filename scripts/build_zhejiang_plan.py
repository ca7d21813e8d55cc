"""Write `definitions/zhejiang/plan/plan.csv` and its tables: the 79 towns of 2015 and 2016.

The towns, their listing and their planned investment (a published plan, else the guideline's
minimum) are those of `examples/plan/candidates.csv`; each is committed in the year of its listing.
A practice register loads it, so that its pages have a plan to follow.
"""

from decimal import Decimal
from pathlib import Path

import polars as pl

from townworks.io import write_table
from townworks.io.plan_inputs import read_candidates
from townworks.workflow.planning import PlanOptions, PlanResult, plan

ROOT = Path(__file__).parents[1]
OUT = ROOT / "src/townworks/definitions/zhejiang/plan"
KEPT = ("years", "totals")
"""Tables that the register takes besides the lines."""


def listed() -> PlanResult:
    """Plan exactly the towns that were listed."""
    found = read_candidates(ROOT / "examples/plan/candidates.csv").frame
    towns = found.filter(pl.col("origin") == "application").with_columns(
        standing=pl.lit("committed"), start_year=pl.col("ready_year")
    )
    asked = {
        "towns": towns.height,
        "investment_target_cny": None,
        "weights": {"investment_cny": Decimal(1)},
    }
    return plan(towns, PlanOptions(asked=asked, details=False))


def main() -> None:
    """Write the tables."""
    found = listed()
    write_table(found.lines, OUT / "plan.csv")
    for name in KEPT:
        write_table(found.planned.tables()[name], OUT / f"plan.{name}.csv")


if __name__ == "__main__":
    main()
