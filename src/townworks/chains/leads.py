"""Which enterprises elsewhere could fill a gap, best first, each with its reason.

score = Σ w·s / Σ w over what is known of an enterprise, with s between 0 and 1:

    fit       how surely the stage is its business (`members`)
    nearness  exp(-d / 100 km), between the seats of counties
    size      rank of its registered capital among the stage's enterprises
    age       1 - exp(-years / 5): it has lasted
    service   whether it already serves this industry: it says the word of another stage too
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from townworks.schema.messages import LANGUAGES, message

WEIGHTS = {"fit": 0.35, "nearness": 0.30, "size": 0.10, "age": 0.10, "service": 0.15}
"""Published, not fitted: how well they do is measured in `benchmarks/chains.py`."""
FALL_OFF_KM = 100.0
LASTING_YEARS = 5.0
MOST = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """Which gap: chain, stage (its id, and number among all stages), and the day of asking."""

    chain_id: str
    stage_id: str
    stage: int
    as_of: date


def leads(
    members: pl.DataFrame, elsewhere: pl.DataFrame, asked: Asked, most: int = MOST
) -> pl.DataFrame:
    """Return `schema.Lead`: the best enterprises of a stage that are not at the place.

    members: of the chain: `enterprise`, `stage`, `words`, `fit`. elsewhere: the enterprises that
    are not at the place, and no branches: `enterprise`, `enterprise_id`, `name`, `county_code`,
    `county`, `distance_km` (null where not known), `capital_cny`, `registered_on`. Ties go by id,
    so that the same input gives the same order.
    """
    own = members.filter(pl.col("stage") == asked.stage)
    others = (
        members.filter(pl.col("stage") != asked.stage)
        .group_by("enterprise")
        .agg(serves=pl.col("words").str.split("、").explode().unique().sort().str.join("、"))
    )
    found = own.join(elsewhere, on="enterprise").join(others, on="enterprise", how="left")
    ranked = (
        _scored(found, asked.as_of)
        .sort("score", "enterprise_id", descending=[True, False])
        .head(most)
        .with_row_index("rank", offset=1)
    )
    return ranked.select(
        pl.lit(asked.chain_id).alias("chain_id"),
        pl.lit(asked.stage_id).alias("stage_id"),
        *("rank", "enterprise_id", "name", "county_code", "county", "distance_km", "capital_cny"),
        "registered_on",
        pl.col("words").alias("terms"),
        *("serves", "score", *WEIGHTS),
        *(_reasons(ranked, language).alias(f"reason_{language}") for language in LANGUAGES),
    )


def _scored(found: pl.DataFrame, as_of: date) -> pl.DataFrame:
    years = (pl.lit(as_of) - pl.col("registered_on")).dt.total_days() / 365.25
    capital = pl.col("capital_cny").cast(pl.Float64)
    known = capital.count().clip(lower_bound=1)
    parts = found.with_columns(
        nearness=(-pl.col("distance_km") / FALL_OFF_KM).exp(),
        size=capital.rank("average") / known,
        age=1 - (-years.clip(lower_bound=0) / LASTING_YEARS).exp(),
        service=pl.col("serves").is_not_null().cast(pl.Float64),
    )
    total = pl.sum_horizontal(pl.col(name) * weight for name, weight in WEIGHTS.items())
    weights = pl.sum_horizontal(
        pl.col(name).is_not_null().cast(pl.Float64) * weight for name, weight in WEIGHTS.items()
    )
    return parts.with_columns(score=(total / weights).clip(0, 1))


def _reasons(ranked: pl.DataFrame, language: str) -> pl.Series:
    return pl.Series(
        [_reason(row, language) for row in ranked.iter_rows(named=True)], dtype=pl.String
    )


def _reason(row: dict[str, object], language: str) -> str:
    """Return what speaks for it, in words: its own words first, then distance, age, service."""
    parts = [message("chains.reason.terms", language, terms=row["words"])]
    if row["distance_km"] is None:
        parts.append(message("chains.reason.nowhere", language))
    else:
        parts.append(message("chains.reason.distance", language, km=row["distance_km"]))
    if isinstance(founded := row["registered_on"], date):
        parts.append(message("chains.reason.since", language, year=founded.year))
    if row["serves"]:
        parts.append(message("chains.reason.serves", language, terms=row["serves"]))
    return ("; " if language == "en" else "；").join(parts)
