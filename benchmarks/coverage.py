"""Do the intervals hold? Split the registry at random; one half must predict the other.

usage: python benchmarks/coverage.py ../shared/data/zhejiang-registry.parquet [--out coverage.md]

For every place and speciality with three enterprises or more in half A, the 95 % interval for its
count in half B is computed from A alone, and it is counted how often B lies in it (`covered`; and
`calibrated`, with ties of whole numbers broken at random, which should be 95 % exactly).
"""

import sys
from pathlib import Path

import numpy as np
import polars as pl

from townworks.measures import split_half_coverage
from townworks.workflow.discovery import (
    DiscoverOptions,
    Level,
    find_mentions,
    load_registry,
    registry_places,
)

SEEDS = (1, 2, 3)
LEVELS: tuple[Level, ...] = ("county", "township")
BANDS = ((3, 5), (6, 20), (21, 100), (101, 10**9))


def main(registry: Path) -> str:
    """Coverage by level, seed and size of the count."""
    loaded = load_registry([registry], DiscoverOptions())
    pairs = pl.concat(find_mentions(loaded).chunks).select("enterprise", "speciality")
    lines = [
        "| places | seed | enterprises in A | cells | covered | calibrated |",
        "|---|--:|---|--:|--:|--:|",
    ]
    for level in LEVELS:
        located, _ = registry_places(loaded, level)
        for seed in SEEDS:
            rng = np.random.default_rng(seed)
            halves = split(pairs, located, rng)
            lines += one(level, seed, halves, rng)
    return "\n".join(lines)


def split(
    pairs: pl.DataFrame, located: pl.DataFrame, rng: np.random.Generator
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give every enterprise to one half; return cells with both counts, and places with both."""
    half = rng.integers(2, size=located.height)
    index = located.select(pl.col("place_code").rank("dense") - 1).to_series()
    enterprises = pl.DataFrame({"place": index, "second": half == 1}).with_row_index("enterprise")
    both = (pl.len() - pl.sum("second")).alias("a"), pl.sum("second").alias("b")
    known = enterprises.drop_nulls("place")
    cells = pairs.join(known, on="enterprise").group_by("place", "speciality").agg(*both)
    return cells.sort("place", "speciality"), known.group_by("place").agg(*both).sort("place")


def one(
    level: str, seed: int, halves: tuple[pl.DataFrame, pl.DataFrame], rng: np.random.Generator
) -> list[str]:
    """Coverage overall and by size band."""
    cells, places = halves
    counts = cells.select("a", "b").to_numpy().T
    found = split_half_coverage(
        cells["place"].to_numpy(),
        cells["speciality"].to_numpy(),
        counts,
        places.select("a", "b").to_numpy().T,
        rng,
    )
    first = counts[0][found.cell]
    lines = []
    for low, high in ((3, 10**9), *(BANDS if seed == SEEDS[0] else ())):
        chosen = (first >= low) & (first <= high)
        band = f"{low}–{high}" if high < 10**9 else f"{low} or more"
        covered, calibrated = found.covered[chosen].mean(), found.calibrated[chosen].mean()
        lines.append(
            f"| {level} | {seed} | {band} | {chosen.sum():,} | {covered:.1%} | {calibrated:.1%} |"
        )
    return lines


if __name__ == "__main__":
    text = main(Path(sys.argv[1]))
    print(text)
    if "--out" in sys.argv:
        Path(sys.argv[sys.argv.index("--out") + 1]).write_text(text + "\n", encoding="utf-8")
