"""Made-up candidates and requests for tests of plans."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from townworks.plans.casting import Case, Past, cast
from townworks.plans.checking import checked
from townworks.plans.portfolio import begun_before, open_portfolio
from townworks.plans.request import Limit, PlanRequest, Quota
from townworks.schema.plans import PlanPair

NOTHING_KNOWN = Past(pl.DataFrame(schema={"sector": pl.String, "ratio": pl.Float64}), {})
FIRST = 2015


def money(values: np.ndarray) -> list[Decimal]:
    """Exact amounts with two decimals."""
    return [Decimal(f"{value:.2f}") for value in values]


def candidates(n: int, seed: int, years: int = 2) -> pl.DataFrame:
    """Candidates with everything that a file may hold."""
    rng = np.random.default_rng(seed)
    flows = {
        f"{name}_{year}_{unit}": money(rng.uniform(1, 9, n) * scale)
        for name, unit, scale in (
            ("private_investment", "cny", 1e9),
            ("public_investment", "cny", 1e8),
            ("fiscal_return", "cny", 1e7),
            ("land", "mu", 100),
        )
        for year in range(1, years + 1)
    }
    growth: list[Decimal | None] = list(money(rng.lognormal(19, 0.7, n)))
    if n > 3:
        growth[int(rng.integers(n))] = None
    return pl.DataFrame(
        {
            "candidate_id": [f"c{i:03}" for i in range(n)],
            "name": [f"小镇{i}" for i in range(n)],
            "sector": rng.choice(["health", "fashion", "finance"], n),
            "industry": [f"industry {rng.integers(max(n // 2, 1))}" for _ in range(n)],
            "prefecture": rng.choice(["A", "B", "C"], n),
            "county_code": [f"3301{rng.integers(1, 4):02}" for _ in range(n)],
            "site": [f"site {i % 4}" if rng.random() < 0.3 else None for i in range(n)],
            "ready_year": rng.choice([FIRST, FIRST, FIRST + 1], n).astype(np.int32),
            "growth_cny": growth,
            **flows,
        }
    )


def pairs(n: int, m: int, seed: int) -> pl.DataFrame:
    """Pairs that help and harm."""
    rng = np.random.default_rng(seed)
    every = [(i, j) for i in range(n) for j in range(i + 1, n)]
    taken = sorted(rng.choice(len(every), min(m, len(every)), replace=False))
    rows = [
        (f"c{every[k][0]:03}", f"c{every[k][1]:03}", Decimal(f"{rng.normal(0, 6e7):.2f}"), None)
        for k in taken
    ]
    return pl.DataFrame(rows, schema=PlanPair.create_empty().schema, orient="row")


def demanding(frame: pl.DataFrame, seed: int, towns: int | None, years: int = 2) -> PlanRequest:
    """A request that asks for everything that may be asked, some of it in vain."""
    rng = np.random.default_rng(seed)
    n = frame.height
    invested = [frame[f"private_investment_{year}_cny"].cast(pl.Float64) for year in (1, 2)]
    private = sum(float(column.sum()) for column in invested) / n
    k = towns or max(n // 2, 1)
    limits = [
        Limit("land", Decimal(int(k * 1_000 * rng.uniform(0.9, 1.5)))),
        Limit("public_investment", Decimal(int(k * 6e8)), FIRST + years - 1),
        Limit("fiscal_return", Decimal(int(k * 1.5e8))),
    ]
    first = str(frame["prefecture"][0])
    return PlanRequest(
        FIRST,
        years,
        towns,
        Decimal(int(private * k * rng.uniform(0.3, 0.7))),
        limits=tuple(limits),
        quotas=(Quota("prefecture", first, 1), Quota("sector", str(frame["sector"][0]), 0, k)),
        starts={FIRST: max(k - 1, 1)},
        must=frozenset({str(frame["candidate_id"][int(rng.integers(n))])}),
        risk_aversion=float(rng.choice([0.0, 0.4])),
        tail=0.4,
        scenarios=7,
        seed=seed,
    )


def case_of(
    frame: pl.DataFrame, linked: pl.DataFrame | None, request: PlanRequest, past: Past | None = None
) -> Case:
    """Everything in numbers."""
    portfolio = begun_before(open_portfolio(checked(frame), linked, request.years), request)
    rng = np.random.default_rng(request.seed)
    return cast(portfolio, request, past or NOTHING_KNOWN, rng)


def asked(request: PlanRequest, **changes: Any) -> PlanRequest:
    """A request with some of it changed."""
    return replace(request, **changes)
