"""Simulated programmes of which the truth is known: what each town would really bring."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import polars as pl

from townworks.measures.arrays import FloatArray, IntArray
from townworks.plans.casting import Past
from townworks.plans.request import Limit, PlanRequest

FIRST = 2015
SECTORS = ("classic", "environment", "equipment", "fashion", "finance", "health", "it", "tourism")


@dataclass(frozen=True, slots=True)
class World:
    """How truths, claims and the record come about; the defaults are what the plan assumes.

    centres, spread: log deviation of sectors' centres, and of towns within. bias, sector_bias: log
    deviation of the bias of all and of a sector's; over: what all claims are too high by besides.
    noise: log deviation of a claim's error, of which all towns of a round of applications have
    `shared` of the variance in common, those of a sector `sector_shared`. tails: degrees of freedom
    of truth and error (None: normal). odd: a bias more for the largest sector. picked: earlier
    towns are those who claimed most of so many times as many. ceilings: of money and land.
    """

    towns: int = 200
    chosen: int = 60
    earlier: int = 15
    centres: float = 0.4
    spread: float = 0.6
    bias: float = 0.3
    sector_bias: float = 0.15
    over: float = 0.0
    noise: float = 0.5
    shared: float = 0.1
    sector_shared: float = 0.15
    tails: float | None = None
    odd: float = 0.0
    picked: int = 1
    ceilings: bool = True


@dataclass(frozen=True, slots=True)
class Programme:
    """Candidates as `make_plan` reads them, the record, and what becomes of each.

    truth: what it brings a year, (n,). ratio: realised over planned, (n,).
    """

    frame: pl.DataFrame
    past: Past
    truth: FloatArray
    ratio: FloatArray


def programme(world: World, rng: np.random.Generator) -> Programme:
    """Make one programme."""
    k = len(SECTORS)
    share = rng.dirichlet(np.full(k, 4.0))
    sector = rng.choice(k, world.towns, p=share)
    centre = np.log(2e8) + world.centres * rng.standard_normal(k)
    bias = world.bias * rng.standard_normal() + world.sector_bias * rng.standard_normal(k)
    bias = bias - world.over - world.odd * (np.arange(k) == np.bincount(sector).argmax())
    truth = centre[sector] + world.spread * _scores(world, world.towns, rng)
    claim = truth - bias[sector] + _errors(world, sector, rng)
    claimed: list[Decimal | None] = [Decimal(f"{value:.2f}") for value in np.exp(claim)]
    for number in np.flatnonzero(rng.random(world.towns) < 0.1):
        claimed[number] = None
    size = np.exp(0.6 * (claim - claim.mean()) + 0.4 * rng.standard_normal(world.towns))
    frame = _frame(sector, claimed, size, rng)
    record = _record(world, share, centre, bias, rng)
    return Programme(frame, Past(record, {}), np.exp(truth), np.exp(truth - claim))


def _scores(world: World, n: int, rng: np.random.Generator) -> FloatArray:
    """Standard scores, normal or with heavy tails."""
    if world.tails is None:
        return np.asarray(rng.standard_normal(n))
    found: FloatArray = rng.standard_t(world.tails, n) / np.sqrt(world.tails / (world.tails - 2))
    return found


def _errors(world: World, sector: IntArray, rng: np.random.Generator) -> FloatArray:
    """Errors of one round of applications, in part alike."""
    a, b = world.shared, world.sector_shared
    alike = np.sqrt(a) * rng.standard_normal() + np.sqrt(b) * rng.standard_normal(len(SECTORS))
    own = np.sqrt(1 - a - b) * _scores(world, len(sector), rng)
    errors: FloatArray = world.noise * (alike[sector] + own)
    return errors


def _record(
    world: World, share: FloatArray, centre: FloatArray, bias: FloatArray, rng: np.random.Generator
) -> pl.DataFrame:
    """Realised over planned of earlier towns, a round of applications of their own."""
    sector = rng.choice(len(SECTORS), world.earlier * world.picked, p=share)
    error = _errors(world, sector, rng)
    claim = centre[sector] + world.spread * _scores(world, len(sector), rng) - bias[sector] + error
    kept = np.argsort(-claim, kind="stable")[: world.earlier] if world.picked > 1 else slice(None)
    ratio = np.exp(bias[sector] - error)[kept]
    names = [SECTORS[s] for s in sector[kept]]
    return pl.DataFrame({"sector": names, "ratio": ratio}, schema_overrides={"sector": pl.String})


def _frame(
    sector: IntArray, claimed: list[Decimal | None], size: FloatArray, rng: np.random.Generator
) -> pl.DataFrame:
    """Candidates; who claims more costs more."""
    n = len(sector)
    amounts = {
        f"{name}_{year}_{unit}": [
            Decimal(f"{v:.2f}") for v in size * scale * rng.uniform(0.6, 1.4, n)
        ]
        for name, unit, scale in (
            ("private_investment", "cny", 1.2e9),
            ("public_investment", "cny", 5e8),
            ("land", "mu", 300),
        )
        for year in (1, 2, 3)
    }
    return pl.DataFrame(
        {
            "candidate_id": [f"c{i:04}" for i in range(n)],
            "name": [f"小镇{i}" for i in range(n)],
            "sector": [SECTORS[s] for s in sector],
            "industry": [f"{SECTORS[s]} {rng.integers(12)}" for s in sector],
            "county_code": [f"3301{rng.integers(1, 60):02}" for _ in range(n)],
            "ready_year": rng.choice([FIRST, FIRST + 1], n, p=[0.8, 0.2]).astype(np.int32),
            "growth_cny": claimed,
            **amounts,
            "prefecture": [f"P{i:02}" for i in rng.integers(0, 11, n)],
        }
    )


def request_of(frame: pl.DataFrame, world: World, seed: int) -> PlanRequest:
    """Ask for towns within ceilings that bind: of public outlay in all and in one year, of land."""
    k = world.chosen

    def mean(name: str) -> float:
        columns = [c for c in frame.columns if c.startswith(name)]
        return float(sum(frame[c].cast(pl.Float64).to_numpy().mean() for c in columns))

    if not world.ceilings:
        return PlanRequest(FIRST, 3, k, seed=seed, gap=2e-3, seconds=10)
    return PlanRequest(
        FIRST,
        3,
        k,
        Decimal(int(0.6 * k * (mean("private") + mean("public")))),
        limits=(
            Limit("public_investment", Decimal(int(0.95 * k * mean("public")))),
            Limit("public_investment", Decimal(int(0.33 * k * mean("public"))), FIRST),
            Limit("land", Decimal(int(0.95 * k * mean("land")))),
        ),
        starts={FIRST: int(0.6 * k)},
        seed=seed,
        gap=2e-3,
        seconds=10,
    )
