"""Precision: draw a blind sample of outputs to judge, then count the verdicts.

usage: python benchmarks/precision.py draw ../shared/data/zhejiang-registry.parquet FOLDER
       python benchmarks/precision.py count FOLDER JUDGE.csv [JUDGE.csv …] [--out precision.md]

`draw` takes 200 random outputs (place, one of its first five specialities, by county and township
alike) of ours and 200 of the plain method (benchmarks/recall.py), shuffles them together, and
writes FOLDER/sheet.csv without rank and method, and FOLDER/key.csv with them. A judge fills in
`verdict`: 1 if the speciality names a real product or service industry, 0 if it is a legal phrase,
a generic word, or two industries glued together. `count` joins verdicts and key.
"""

import sys
from pathlib import Path

import numpy as np
import polars as pl
import recall

from townworks.workflow import DiscoverOptions, ReadOptions, discover, read_enterprises
from townworks.workflow.reading import Tally

SAMPLE, FIRST, SEED = 200, 5, 2015


def draw(registry: Path, folder: Path) -> None:
    """Write the sheet and its key."""
    enterprises = pl.concat(read_enterprises([registry], ReadOptions(), Tally()))
    columns = ["place", "speciality", "rank"]
    parts = {"ours": [], "plain": []}
    for level in ("county", "township"):
        ours = discover([registry], DiscoverOptions(by=level)).specialisation
        parts["ours"].append(ours.select(columns).cast({"rank": pl.Int64}))
        parts["plain"].append(recall.baseline(enterprises, level).select(columns))
    drawn = [
        pl.concat(tables)
        .filter(pl.col("rank") <= FIRST)
        .sample(SAMPLE, seed=SEED)
        .with_columns(method=pl.lit(method))
        for method, tables in parts.items()
    ]
    key = pl.concat(drawn).sample(fraction=1, shuffle=True, seed=SEED).with_row_index("id")
    folder.mkdir(parents=True, exist_ok=True)
    key.write_csv(folder / "key.csv")
    key.select("id", "place", "speciality", verdict=pl.lit(None)).write_csv(folder / "sheet.csv")


def count(folder: Path, judges: list[Path]) -> str:
    """Share judged a real industry, by method and judge, with a Wilson interval; and agreement."""
    key = pl.read_csv(folder / "key.csv")
    lines = ["| method | judge | real industry | 95 % |", "|---|---|--:|--:|"]
    verdicts = [pl.read_csv(path).sort("id")["verdict"].to_numpy() for path in judges]
    for method in ("ours", "plain"):
        of_method = (key.sort("id")["method"] == method).to_numpy()
        for number, verdict in enumerate(verdicts, 1):
            yes, n = int(verdict[of_method].sum()), int(of_method.sum())
            low, high = wilson(yes, n)
            lines.append(
                f"| {method} | {number} | {yes} of {n} ({yes / n:.1%}) | {low:.1%}–{high:.1%} |"
            )
        both = np.logical_and.reduce([verdict[of_method] > 0 for verdict in verdicts])
        lines.append(
            f"| {method} | all agree | {both.sum()} of {len(both)} ({both.mean():.1%}) | |"
        )
    return "\n".join(lines)


def wilson(yes: int, n: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927)."""
    share, z2 = yes / n, 1.96**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = 1.96 * (share * (1 - share) / n + z2 / (4 * n * n)) ** 0.5 / (1 + z2 / n)
    return centre - half, centre + half


if __name__ == "__main__":
    verb, first, second, *rest = sys.argv[1:]
    if verb == "draw":
        draw(Path(first), Path(second))
    else:
        files = [Path(word) for word in (second, *rest) if word.endswith(".csv")]
        text = count(Path(first), files)
        print(text)
        if "--out" in rest:
            Path(rest[rest.index("--out") + 1]).write_text(text + "\n", encoding="utf-8")
