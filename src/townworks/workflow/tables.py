"""`townworks read`: registry files → one table of enterprises, clean, located and classified."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from townworks.enterprises.clauses import MAKE, SERVICE, TRADE
from townworks.enterprises.industry_codes import coded_specialities
from townworks.enterprises.names import is_branch
from townworks.enterprises.phrases import Phrases, join_phrases, keep, read_phrases
from townworks.enterprises.specialities import learn_lexicon
from townworks.errors import OutputError
from townworks.io import TableSink
from townworks.schema import Activity
from townworks.schema.language import activity_language
from townworks.workflow.discovery import mentions_of
from townworks.workflow.reading import Progress, ReadOptions, Tally, read_enterprises

BETWEEN = "、"
"""Stands between the specialities of an enterprise."""


def read_to(
    paths: Sequence[Path],
    out: Path,
    options: ReadOptions,
    activities: Path | None = None,
    progress: Progress | None = None,
) -> Tally:
    """Read registry files into one table, `out`, and who does what into another, `activities`.

    `out` has the columns of `schema.Enterprise` and `specialities`: what the enterprise does, main
    business first. `activities` is `schema.Activity`. Batches wait in a hidden folder beside `out`
    until the vocabulary of all is known; files appear only when all went well.
    """
    tally = Tally()
    with ExitStack() as stack:
        sink = stack.enter_context(TableSink(out))
        pairs = None if activities is None else stack.enter_context(TableSink(activities))
        folder = Path(stack.enter_context(_waiting_room(out)))
        phrases, codes, branches = [], [], []
        parts: list[Path] = []
        first = 0
        for batch in read_enterprises(paths, options, tally, progress):
            part = folder / f"{len(parts):08}.parquet"
            numbered = batch.with_row_index("enterprise", offset=first)
            first += batch.height
            _wait(numbered, part, out)
            parts.append(part)
            phrases.append(read_phrases(numbered, activity_language()))
            codes.append(coded_specialities(numbered))
            branches.append(batch.select(is_branch(pl.col("name"), activity_language())))
        if not parts:
            return tally
        said = _classify(join_phrases(phrases), pl.concat(codes), pl.concat(branches))
        for part in parts:
            enterprises = pl.read_parquet(part)
            here = said.join(
                enterprises.select("enterprise"), on="enterprise", how="semi", maintain_order="left"
            )
            sink.add(_with_specialities(enterprises, here))
            if pairs is not None:
                pairs.add(_activities(enterprises, here))
    return tally


def _waiting_room(out: Path) -> TemporaryDirectory[str]:
    try:
        return TemporaryDirectory(prefix=".townworks-", dir=out.resolve().parent)
    except OSError as error:
        raise OutputError(out, error.strerror or str(error)) from error


def _wait(batch: pl.DataFrame, part: Path, out: Path) -> None:
    try:
        batch.write_parquet(part)
    except OSError as error:
        raise OutputError(out, error.strerror or str(error)) from error


def _classify(phrases: Phrases, codes: pl.DataFrame, branches: pl.DataFrame) -> pl.DataFrame:
    """Who does what: `enterprise`, `name`, `role`, `main`, `alone`, the most telling first.

    The vocabulary is learned as `discover` learns it, without branches, and used for all.
    """
    lexicon = learn_lexicon(keep(phrases, ~branches.to_series()))
    found = mentions_of(phrases, codes, lexicon, "all")
    names = pl.DataFrame({"name": found.names}).with_row_index("speciality")
    return (
        pl.concat(found.chunks)
        .join(names, on="speciality")
        .sort("enterprise", "main", "alone", "name", descending=[False, True, True, False])
    )


def _with_specialities(enterprises: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    listed = said.group_by("enterprise", maintain_order=True).agg(
        specialities=pl.col("name").str.join(BETWEEN)
    )
    return enterprises.join(listed, on="enterprise", how="left", maintain_order="left").drop(
        "enterprise"
    )


def _activities(enterprises: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Return `schema.Activity`: an enterprise that makes and sells a thing makes it."""
    role = pl.col("role")
    named = (
        pl.when(role & MAKE > 0)
        .then(pl.lit("make"))
        .when(role & SERVICE > 0)
        .then(pl.lit("service"))
        .when(role & TRADE > 0)
        .then(pl.lit("trade"))
        .otherwise(pl.lit("unstated"))
    )
    return (
        said.join(
            enterprises.select("enterprise", "enterprise_id"),
            on="enterprise",
            maintain_order="left",
        )
        .select("enterprise_id", speciality="name", role=named)
        .cast(Activity.create_empty().schema)
    )
