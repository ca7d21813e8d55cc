"""A decision per candidate, with its reason, as the table `schema.PlanLine`."""

from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from townworks.measures.arrays import FloatArray, IntArray
from townworks.plans.casting import Case
from townworks.plans.exchanges import Exchanges
from townworks.plans.portfolio import exact
from townworks.plans.problem import NEVER, Plan, goal
from townworks.plans.reasons import Teller, Worth
from townworks.schema.plans import PlanLine

_CENT = Decimal("0.01")


def worth_of(case: Case, inclusion: FloatArray) -> Worth:
    """Return what each candidate is worth, with its interval."""
    low, high = case.values.interval()
    return Worth(case.values.expected(), low, high, case.values.basis(), inclusion)


def plan_lines(
    case: Case,
    plan: Plan,
    worth: Worth,
    found: Exchanges,
    listed: tuple[FloatArray, IntArray, Plan],
) -> pl.DataFrame:
    """Return the decisions. listed: points, rank, and the plan of the plain list."""
    teller = Teller(case, plan, worth, found)
    score, rank, by_list = listed
    names = PlanLine.create_empty().schema
    whole = goal(case.problem, plan)
    claimed = case.values.claimed()
    rows = []
    for who, row in enumerate(case.portfolio.table.to_dicts()):
        reason = teller.reason(who)
        kept = {name: value for name, value in row.items() if name in names}
        rows.append(
            kept
            | {"standing": teller.standing[who], "chosen": bool(plan.chosen[who])}
            | {"start_year": _start(case, plan, who)}
            | _worth(worth, claimed, who)
            | _amounts(case, plan, who)
            | {"score": float(score[who]), "score_rank": int(rank[who])}
            | {"on_list": bool(by_list.chosen[who]), "inclusion": float(worth.inclusion[who])}
            | _exchange(case, worth, found, who, whole)
            | {"reason": reason.code}
            | {f"reason_{language}": text for language, text in reason.text.items()}
        )
    return PlanLine.validate(pl.DataFrame(rows, schema=names, orient="row"))


def _start(case: Case, plan: Plan, who: int) -> int | None:
    if plan.start[who] == NEVER:
        return None
    begun = case.portfolio.table["start_year"][who]
    committed = case.portfolio.table["standing"][who] == "committed"
    return int(begun) if committed else case.request.first_year + int(plan.start[who])


def _worth(worth: Worth, claimed: FloatArray, who: int) -> dict[str, Any]:
    return {
        "value_claimed_cny": _money(claimed[who]),
        "value_cny": _money(worth.expected[who]),
        "value_low_cny": _money(worth.low[who]),
        "value_high_cny": _money(worth.high[who]),
        "value_basis": worth.basis[who],
    }


def _amounts(case: Case, plan: Plan, who: int) -> dict[str, Any]:
    """What it takes and brings in the plan's years; a refused one as if it had started first."""
    start = max(int(plan.start[who]), 0)

    def within(resource: str) -> Decimal:
        return exact(int(case.portfolio.within(resource, case.request.years)[who, start]))

    return {
        "investment_cny": within("investment"),
        "public_investment_cny": within("public_investment"),
        "fiscal_return_cny": within("fiscal_return"),
        "land_mu": within("land"),
    }


def _exchange(case: Case, worth: Worth, found: Exchanges, who: int, whole: float) -> dict[str, Any]:
    instead = int(found.instead[who])
    loss = found.loss[who]
    needed = worth.expected[who] + found.needed[who]
    return {
        "next_best": case.portfolio.ids[instead] if instead >= 0 else None,
        "regret_share": float(loss / whole) if np.isfinite(loss) and whole > 0 else None,
        "needed_value_cny": _money(needed),
    }


def _money(value: float) -> Decimal | None:
    return Decimal(str(value)).quantize(_CENT) if np.isfinite(value) else None
