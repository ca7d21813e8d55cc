"""Results to files: each with a record of the run beside it."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import polars as pl

from townworks.errors import OutputError, RequestError
from townworks.io import check_suffix, write_table, write_text
from townworks.report import DiscoveryCounts, DiscoveryFacts, discovery_page
from townworks.schema.seats import seats
from townworks.workflow.discovery import Discovery
from townworks.workflow.runs import digest, write_run

Language = Literal["en", "zh"]
PAGES = (".html", ".geojson")
"""What a discovery can be written as, besides tables."""


def check_places(out: Path | None, candidates: Path | None = None) -> None:
    """Raise `RequestError` or `OutputError` before long work, if a result could not be written.

    The page shows every speciality; candidates are a table or points.
    """
    if candidates is not None and candidates.suffix == ".html":
        problem = f"{candidates} is to hold candidates, which have no page"
        raise RequestError(problem, "Name a table or .geojson; --out takes the page.")
    for path in filter(None, (out, candidates)):
        check_suffix(path, more=PAGES)
        if not path.resolve().parent.is_dir():
            raise OutputError(path, f"there is no folder {path.resolve().parent}")


def write_discovery(
    found: Discovery, out: Path | None, candidates: Path | None, language: Language
) -> list[Path]:
    """Write what was found; return the files written.

    out: by its ending a page (.html), points (.geojson) or the table `schema.Specialisation`.
    candidates: the table `schema.Candidate`. Beside each stands `<name>.run.json`: version, inputs
    with their hashes, options, counts, day.
    """
    wanted = [(out, found.specialisation), (candidates, found.candidates)]
    digests = {path: digest(path) for path in found.files} if any(p for p, _ in wanted) else {}
    run = run_record(found, digests)
    written = []
    for path, table in wanted:
        if path is None:
            continue
        if path.suffix == ".html":
            write_text(_page(found, digests, language), path)
        elif path.suffix == ".geojson":
            write_text(_points(table), path)
        else:
            write_table(table, path)
        write_run(path, run)
        written += [path, path.with_name(path.name + ".run.json")]
    return written


def run_record(found: Discovery, digests: Mapping[Path, str]) -> dict[str, object]:
    """Return what a result rests on, so that anybody can make it again.

    digests: SHA-256 of the inputs, read once for all results of a run.
    """
    return {
        "townworks": version("townworks"),
        "made_on": datetime.now(tz=UTC).date(),
        "inputs": [{"file": str(path), "sha256": code} for path, code in digests.items()],
        "options": asdict(found.options),
        "seed": None,
        "rows": {
            "read": found.tally.read,
            "kept": found.tally.kept,
            "rejected": dict(found.tally.reasons),
            "merged": found.tally.merged,
        },
        "counted": found.counted,
        "branches": found.branches,
        "outside_period": found.outside,
        "years_covered": found.counts.years,
    }


def _page(found: Discovery, digests: Mapping[Path, str], language: Language) -> str:
    files = ", ".join(path.name for path in found.files)
    counts = DiscoveryCounts(
        read=found.tally.read,
        kept=found.tally.kept,
        rejected=found.tally.rejected,
        merged=found.tally.merged,
        with_county=found.tally.with_county,
        with_township=found.tally.with_township,
        counted=found.counted,
    )
    places = found.counts.places.drop_nulls("place_code")
    facts = DiscoveryFacts(
        source=files,
        level=found.options.by,
        as_of=found.as_of,
        years=found.counts.years,
        counts=counts,
        version=version("townworks"),
        input_hash=", ".join(code[:12] for code in digests.values()),
        licence="",
        since=found.options.since,
        until=found.options.until,
        places=tuple(places.select("place_code", "place").iter_rows()),
    )
    return discovery_page(found.specialisation, facts, language=language)


def _points(table: pl.DataFrame) -> str:
    """Return GeoJSON (RFC 7946, WGS 84): a point per row, null where no seat is known."""
    placed = table.join(
        seats(), left_on=pl.col("place_code").str.head(6), right_on="code", how="left"
    )
    features = [
        {
            "type": "Feature",
            "geometry": None if lon is None else {"type": "Point", "coordinates": [lon, lat]},
            "properties": dict(zip(table.columns, values, strict=True)),
        }
        for *values, lon, lat in placed.select(*table.columns, "lon", "lat").iter_rows()
    ]
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, ensure_ascii=False)
