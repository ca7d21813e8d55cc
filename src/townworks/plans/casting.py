"""From candidates and request to values and a problem."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from townworks.measures.arrays import FloatArray, IntArray
from townworks.plans.demands import allowed, demands_of
from townworks.plans.portfolio import HUNDREDTHS, Portfolio
from townworks.plans.problem import Problem
from townworks.plans.request import PlanRequest
from townworks.plans.valuing import (
    Correction,
    Record,
    Value,
    Values,
    learn,
    plain_weights,
    realised_ratio,
    standard_scores,
    value_claims,
    value_effect,
)
from townworks.schema.plans import OBJECTIVES


@dataclass(frozen=True, slots=True)
class Past:
    """What is known from before: realised and planned of earlier towns, and published effects.

    ratios: `sector`, `ratio` (realised over planned, above 0). effects: objective → mean and
    standard deviation in log points; empty: applicants' own forecasts are used.
    """

    ratios: pl.DataFrame
    effects: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that a plan is made from, in numbers."""

    portfolio: Portfolio
    request: PlanRequest
    correction: Correction
    values: Values
    ratio: Value
    problem: Problem
    past: Past

    @property
    def expected_ratio(self) -> FloatArray:
        """Expected realised over planned investment of each candidate, (n,)."""
        return self.ratio.expected()


def cast(portfolio: Portfolio, request: PlanRequest, past: Past, rng: np.random.Generator) -> Case:
    """Value the candidates, draw the scenarios, write the demands."""
    names = portfolio.table["sector"].unique().sort().to_list()
    sector = _numbers(portfolio.table["sector"], names)
    correction = _learned(past.ratios, names, request)
    scores = standard_scores(sector, request.scenarios, rng)
    values = Values(
        {
            name: _value(portfolio, name, request, correction, past)
            for name in _told(portfolio, request, past)
        },
        plain_weights(request.weights),
        scores,
    )
    ratio = realised_ratio(_planned(portfolio, request), sector, correction)
    return posed(Case(portfolio, request, correction, values, ratio, _EMPTY, past))


def cast_anew(case: Case, request: PlanRequest) -> Case:
    """Value the candidates anew for a request that assumes otherwise, with the same draws."""
    return cast(case.portfolio, request, case.past, np.random.default_rng(request.seed))


def posed(case: Case) -> Case:
    """Write the problem of a case anew, after its other fields were changed."""
    request = case.request
    pairs, pair_value = case.portfolio.pair_numbers()
    problem = Problem(
        case.values.expected(),
        _left(case),
        allowed(case.portfolio.table, request),
        pairs,
        pair_value,
        demands_of(case.portfolio, request, case.expected_ratio),
        case.values.draws(),
        request.risk_aversion,
        request.tail,
    )
    return replace(case, problem=problem)


def _left(case: Case) -> FloatArray:
    """Return what a start in each year leaves of each one's worth, (n, years).

    Delay costs the discount; and of investment only what falls into the plan's years counts.
    """
    request = case.request
    years = np.arange(request.years, dtype=np.float64)
    discount = (1 + request.assumptions.discount) ** -years
    worth = case.values.expected()
    weight = case.values.weights.get("investment_cny", 0.0)
    if not weight:
        return discount
    own = weight * case.values.objectives["investment_cny"].expected()
    share = np.divide(own, worth, out=np.zeros(len(own)), where=worth > 0)[:, None]
    within = case.portfolio.within("investment", request.years)
    first = within[np.arange(len(own)), _first_year(case.portfolio, request)][:, None]
    counted = np.divide(within, first, out=np.ones(within.shape), where=first > 0)
    found: FloatArray = discount * (1 - share + share * counted)
    return found


def _first_year(portfolio: Portfolio, request: PlanRequest) -> IntArray:
    """Return the first year of the plan that each may start in, (n,)."""
    found: IntArray = allowed(portfolio.table, request).argmax(axis=1)
    return found


def revalued(case: Case, error: float) -> Values:
    """Return the values if forecasts had another error (log points)."""
    other = replace(case.correction, error=error)
    found = {}
    for name, value in case.values.objectives.items():
        claims = set(value.basis) <= {"claim", "sector", "programme"}
        if name == "investment_cny" or not claims:
            found[name] = value
        else:
            stated = _floats(case.portfolio.table["claim_error"]) * error / case.correction.error
            found[name] = value_claims(value.claimed, value.sector, stated, other)
    return replace(case.values, objectives=found)


def _numbers(column: pl.Series, names: list[str]) -> IntArray:
    index = {name: i for i, name in enumerate(names)}
    return np.array([index[name] for name in column], np.int64)


def _learned(ratios: pl.DataFrame, names: list[str], request: PlanRequest) -> Correction:
    """Learn from the record; earlier towns of sectors that nobody applies in count for all."""
    known = [*names, *sorted(set(ratios["sector"].drop_nulls()) - set(names)), ""]
    sector = _numbers(ratios["sector"].fill_null(""), known)
    logs = np.log(ratios["ratio"].to_numpy().astype(np.float64))
    found = learn(Record(logs, sector), len(known), request.assumptions)
    n = len(names)
    return replace(found, bias=found.bias[:n], sector_doubt=found.sector_doubt[:n])


def _told(portfolio: Portfolio, request: PlanRequest, past: Past) -> list[str]:
    """Return the objectives of which anything is said: those weighed, and those claimed besides."""
    table = portfolio.table
    found = list(plain_weights(request.weights))
    for name in OBJECTIVES:
        told = f"base_{name}" if name in past.effects else name
        if name not in found and table[told].count():
            found.append(name)
    return found


def _value(
    portfolio: Portfolio, name: str, request: PlanRequest, correction: Correction, past: Past
) -> Value:
    table = portfolio.table
    sector = _numbers(table["sector"], table["sector"].unique().sort().to_list())
    if name == "investment_cny":
        return _investment(_planned(portfolio, request), sector, correction)
    if name in past.effects:
        return value_effect(_floats(table[f"base_{name}"]), sector, past.effects[name], correction)
    stated = _floats(table["claim_error"])
    return value_claims(_floats(table[name]), sector, stated, correction)


def _investment(planned: FloatArray, sector: IntArray, correction: Correction) -> Value:
    """Value planned investment; one of which no amount is known brings none that counts."""
    found = value_claims(planned, sector, np.full(len(planned), np.nan), correction)
    basis = ["claim" if amount > 0 else "nothing" for amount in planned]
    return replace(found, basis=basis)


def _planned(portfolio: Portfolio, request: PlanRequest) -> FloatArray:
    """Return what each invests within the plan's years if it starts as soon as it may, (n,)."""
    within = portfolio.within("investment", request.years)
    return within[np.arange(len(within)), _first_year(portfolio, request)] / HUNDREDTHS


def _floats(column: pl.Series) -> FloatArray:
    return column.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(np.float64)


_EMPTY = Problem(
    np.empty(0),
    np.empty(0),
    np.empty((0, 0), bool),
    np.empty((0, 2), np.int64),
    np.empty(0),
    (),
    np.empty((0, 0)),
)
