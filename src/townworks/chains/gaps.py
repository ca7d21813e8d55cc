"""What a chain lacks at a place: each stage filled, thin, missing, or not known."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from townworks.chains.requirements import SCHEMES, Requirements
from townworks.measures.arrays import BoolArray, IntArray
from townworks.measures.specialisation import garwood_interval
from townworks.schema.chains import Chain

CONFIDENCE = 0.90


@dataclass(frozen=True, slots=True)
class Counts:
    """Enterprises by stage of one chain: at the place, its county, within the distance, in all.

    is_known: the registry has enough of the place for it to be judged at all.
    """

    place: IntArray
    county: IntArray
    within: IntArray
    registry: IntArray
    is_known: bool = True


def gaps(chain: Chain, place_code: str, counts: Counts, need: Requirements) -> pl.DataFrame:
    """Return `schema.Gap`: a row per stage, the widest gap first.

    Filled: as many as are needed, or more. Thin: some, but fewer. Missing: none, where the registry
    knows enough of the stage to say so; else not known. Fragile is what one enterprise alone does,
    and what must all come from outside.
    """
    counts_low = garwood_interval(counts.place, np.ones(len(counts.place)), CONFIDENCE)
    known = need.known & counts.is_known
    short = 1 - np.minimum(1.0, counts.place / need.needed)
    weight = need.weights[SCHEMES.index("links")]
    table = pl.DataFrame(
        {
            "chain_id": [chain.chain_id] * len(chain.stages),
            "place_code": [place_code] * len(chain.stages),
            "stage_id": list(chain.stage_ids),
            "stage_en": [stage.title["en"] for stage in chain.stages],
            "stage_zh": [stage.title["zh"] for stage in chain.stages],
            "position": [stage.position for stage in chain.stages],
            "weight": weight,
            "state": _states(counts.place, known, need),
            "needed": need.needed,
            "place": counts.place,
            "low": counts_low.low,
            "high": counts_low.high,
            "county": counts.county,
            "within": counts.within,
            "province": counts.registry,
            "gap": weight * short,
            "fragility": _fragility(counts, known),
        }
    )
    return table.with_columns(
        pl.when(pl.Series(known)).then(pl.col(name)).alias(name) for name in ("needed", "gap")
    ).sort("gap", "weight", "stage_id", descending=[True, True, False], nulls_last=True)


def _states(place: IntArray, known: BoolArray, need: Requirements) -> list[str]:
    choices = [~known, place >= need.needed, place > 0]
    return [str(state) for state in np.select(choices, ["not_known", "filled", "thin"], "missing")]


def _fragility(counts: Counts, known: BoolArray) -> list[str]:
    outside = (counts.place == 0) & (counts.registry > 0)
    choices = [~known, counts.place == 1, outside]
    return [
        str(word) for word in np.select(choices, ["none", "single_supplier", "outside"], "none")
    ]
