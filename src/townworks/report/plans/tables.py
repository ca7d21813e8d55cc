"""The smaller tables of a plan's page: evidence, list against plan, pairs, trade-offs."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl
from markupsafe import Markup

from townworks.report.charts.amounts import Unit, unit_for
from townworks.report.plans.facts import PlanFacts, Row
from townworks.report.plans.rows import CATEGORIES, category
from townworks.report.plans.writing import Words, number
from townworks.schema.messages import LANGUAGES
from townworks.schema.plans import EVIDENCE, OBJECTIVES

SHOWN_PAIRS = 20
SYMBOLS = {
    "both": Markup('<circle r="5"/>'),
    "plan_only": Markup('<path d="M0-6 6 5h-12z"/>'),
    "list_only": Markup('<path d="M0-6.5 5 0 0 6.5-5 0z"/>'),
    "neither": Markup('<circle r="5"/>'),
}
"""In the key of the inclusion chart."""


def money_units(facts: PlanFacts) -> dict[str, Unit]:
    """Return the unit of investment, by language; the same for all rows of a table."""
    largest = facts.chosen["investment_cny"].sum() or 0
    return {lang: unit_for(largest, lang) for lang in LANGUAGES}


def invested(facts: PlanFacts) -> Callable[[Decimal | None], Words]:
    """Make the function: CNY → digits in the unit of investment, by language."""
    units = money_units(facts)

    def digits(amount: Decimal | None) -> Words:
        return {lang: number(unit.drawn(amount or 0)) for lang, unit in units.items()}

    return digits


def brings(facts: PlanFacts) -> list[Row]:
    """Return what the chosen bring by objective: claimed (null: worth), expected, interval."""
    rows = [facts.total(name) for name in (*OBJECTIVES, "value")]
    return [row for row in rows if row is not None and row["expected"] is not None]


def evidence(facts: PlanFacts) -> list[dict[str, Any]]:
    """Count the chosen and the refused by what the registry says of them."""
    table = facts.lines.with_columns(pl.col("evidence").cast(pl.String))
    return [
        {"code": code, "chosen": found["chosen"].sum(), "refused": (~found["chosen"]).sum()}
        for code in EVIDENCE
        for found in [table.filter(evidence=code)]
    ]


def categories(facts: PlanFacts) -> dict[str, int]:
    """Count candidates in the plan and on the plain list, in one of them, in neither."""
    counts = dict.fromkeys(CATEGORIES, 0)
    for row in facts.lines.iter_rows(named=True):
        counts[category(row)] += 1
    return counts


def is_bounded(facts: PlanFacts) -> bool:
    """Return whether bounds are of the same worth as the values beside them.

    A plan that is averse to risk is sought by a goal that weighs bad scenarios; its bound lies
    below the expected worth, and says nothing about that.
    """
    least = facts.frontier.select((pl.col("bound_cny") - pl.col("value_cny")).min()).item()
    return not facts.summary.risk_aversion and (least is None or least > -1)


def frontiers(facts: PlanFacts) -> dict[str, list[Row]]:
    """Return the points of each trade-off, from the tightest limit to the widest."""
    table = facts.frontier.sort("limit")
    names = table["across"].unique().sort().to_list()
    return {across: table.filter(across=across).to_dicts() for across in names}


def pairs(facts: PlanFacts) -> dict[str, Any]:
    """Return pairs of which both are chosen: the weightiest, how many there are, what they add."""
    chosen = facts.chosen["candidate_id"].implode()
    table = facts.pairs.filter(pl.col("one").is_in(chosen) & pl.col("other").is_in(chosen)).sort(
        pl.col("value_cny").abs(), "one", "other", descending=[True, False, False]
    )
    return {
        "shown": table.head(SHOWN_PAIRS).to_dicts(),
        "n": table.height,
        "given": facts.pairs.height,
        "sum": table["value_cny"].sum(),
    }
