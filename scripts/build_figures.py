"""Make the figures that ship: counts from the registration sample, small counts left out.

usage: python scripts/build_figures.py REGISTRY SOURCE.toml

REGISTRY is the sample (see docs/figures.md for what it is and where it comes from); nothing of it
but counts of five enterprises or more goes into the package. SOURCE.toml holds what is known of it
and is copied, with the years covered, the counts and the hash of the file added.
"""

import sys
import tomllib
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import polars as pl

from townworks.candidates import Counts, count_years
from townworks.workflow import discovery
from townworks.workflow.figures import LEAST

OUT = Path(__file__).parents[1] / "src/townworks/definitions/figures/zhejiang"
LEVELS: tuple[discovery.Level, ...] = ("county", "township")


def main(registry_path: Path, source_path: Path) -> None:
    """Read the registry once; write totals, and cells by county, township and year."""
    registry = discovery.load_registry([registry_path], discovery.DiscoverOptions())
    streamed = discovery.find_mentions(registry)
    found = discovery.Mentions(streamed.names, list(streamed.chunks))
    OUT.mkdir(parents=True, exist_ok=True)
    counts = {level: discovery.count_by(registry, found, level) for level in LEVELS}
    specialities = totals(counts["county"].cells)
    specialities.write_csv(OUT / "specialities.csv")
    for level in LEVELS:
        write_level(level, counts[level], specialities)
        located, _ = discovery.registry_places(registry, level)
        by_year = count_years(found.chunks, found.names, located)
        write_years(level, by_year, specialities)
    write_source(registry, registry_path, source_path, counts["county"].years)


def totals(cells: pl.DataFrame) -> pl.DataFrame:
    """`id`, `speciality`, and how many enterprises have it, of which as main business."""
    return (
        cells.group_by("speciality")
        .agg(pl.sum("enterprises", "main"))
        .filter(pl.col("enterprises") >= LEAST)
        .with_columns(main=shown("main"))
        .sort("speciality")
        .with_row_index("id")
    )


def shown(column: str) -> pl.Expr:
    """Null where a count is one of the small ones."""
    return pl.when(pl.col(column) >= LEAST).then(column)


def write_level(level: str, counts: Counts, specialities: pl.DataFrame) -> None:
    """Write the cells and places of one level; places below the least have only their total."""
    places = counts.places.filter((pl.col("enterprises") >= LEAST) | pl.col("place_code").is_null())
    places.write_csv(OUT / f"{level}-places.csv")
    counts.cells.filter(pl.col("place_code").is_not_null(), pl.col("enterprises") >= LEAST).join(
        specialities.select("id", "speciality"), on="speciality"
    ).select(
        "place_code",
        "id",
        "enterprises",
        shown("main"),
        shown("alone"),
        "first_year",
        shown("recent"),
    ).sort("place_code", "id").write_csv(OUT / f"{level}.csv")


def write_years(level: str, by_year: pl.DataFrame, specialities: pl.DataFrame) -> None:
    """Write how many were registered in each year, where at least the least were."""
    by_year.filter(
        pl.col("place_code").is_not_null(),
        pl.col("year").is_not_null(),
        pl.col("enterprises") >= LEAST,
    ).join(specialities.select("id", "speciality"), on="speciality").select(
        "place_code", "id", "year", "enterprises"
    ).sort("place_code", "id", "year").write_csv(OUT / f"{level}-years.csv")


def write_source(
    registry: discovery.Registry, path: Path, source_path: Path, years: tuple[int, ...]
) -> None:
    """Copy what is known of the source and add what was measured."""
    told = source_path.read_text(encoding="utf-8")
    tomllib.loads(told)
    tally = registry.tally
    first, last = years[0], years[-1]
    measured = {
        "made_on": f"{datetime.now(tz=UTC).date()}",
        "sha256_of_sample": f'"{sha256(path.read_bytes()).hexdigest()}"',
        "rows_read": tally.read,
        "rows_kept": tally.kept,
        "rows_rejected": tally.rejected,
        "rows_merged": tally.merged,
        "enterprises_counted": registry.enterprises.height,
        "branches_left_out": registry.branches,
        "with_county": tally.with_county,
        "with_township": tally.with_township,
        "least_count_shown": LEAST,
        "years_covered": list(years),
        "years_missing": sorted(set(range(first, last + 1)) - set(years)),
    }
    added = "\n".join(f"{key} = {value}" for key, value in measured.items())
    (OUT / "source.toml").write_text(
        f"{told}\n# Measured by the script\n{added}\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
