"""The verb `assess`: what a year's figures show of each town, beside what was published."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from townworks.errors import RequestError
from townworks.evaluation import (
    Criteria,
    grade,
    parse_criteria,
    rank_intervals,
    score,
)
from townworks.evaluation.scope import Scope, Scoped, in_scope, parse_scopes
from townworks.io import read_table
from townworks.rules import Rule, Subjects, judge
from townworks.schema.evaluation import Measurement
from townworks.schema.messages import message
from townworks.schema.programme import Figure
from townworks.schema.verdicts import Assessment
from townworks.workflow.programmes import Programme, open_programme
from townworks.workflow.runs import Run, run_of, write_named

SCOPES = "scopes.toml"


@dataclass(frozen=True)
class AssessOptions:
    """What is asked: programme, year; other figures, measurements for scored criteria, the seed."""

    programme: str | Path
    year: int
    figures: Path | None = None
    criteria: str | None = None
    measurements: Path | None = None
    seed: int = 2015
    draws: int = 10_000


@dataclass(frozen=True)
class YearAssessed:
    """verdicts: town × condition; assessments: a row a town; used: the figures that counted.

    scores and contributions are empty unless criteria were asked for.
    """

    verdicts: pl.DataFrame
    assessments: pl.DataFrame
    used: pl.DataFrame
    scores: pl.DataFrame
    contributions: pl.DataFrame
    labels: Mapping[str, Mapping[str, str]]
    titles: Mapping[str, Mapping[str, str]]
    run: Run


def assess(options: AssessOptions) -> YearAssessed:
    """Judge every town on the list by the conditions in force at the end of a year.

    Only figures whose scope fits count (`scopes.toml`); what has none cannot be decided. With
    criteria and measurements, scores, grades and rank intervals are added. Raises what
    `open_programme` does, `RequestError` for a year before the programme or unknown criteria.
    """
    programme = open_programme(options.programme)
    towns = _listed(programme, options.year)
    figures = programme.tables.figures
    if options.figures is not None:
        figures = read_table(options.figures, Figure)
    scoped = in_scope(figures, towns, _scopes(programme), options.year)
    rules = _in_force(programme, options.year)
    verdicts = _bounded(programme, rules, towns, scoped, options.year)
    scores, contributions = _scored(programme, options)
    return YearAssessed(
        verdicts,
        _missing_only(_summed(verdicts, towns, programme, scores, options.year), scoped),
        scoped.used,
        scores,
        contributions,
        {name: entry.label for name, entry in programme.book.inputs.items()},
        {rule.id: rule.title for rule in rules},
        run_of(
            filter(None, (options.figures, options.measurements)),
            options,
            {"programme_sha256": programme.digest},
            options.seed if options.criteria else None,
        ),
    )


def write_assessed(found: YearAssessed, places: Mapping[str, Path | None]) -> list[Path]:
    """Write the tables of an assessed year to the places named after them; return these."""
    return write_named(found, places, found.run)


def _listed(programme: Programme, year: int) -> pl.DataFrame:
    towns = programme.tables.towns.filter(pl.col("listed_on") <= date(year, 12, 31))
    if towns.is_empty():
        first = programme.tables.towns["listed_on"].min()
        problem = f"No town of {programme.name} was on a list by the end of {year}"
        raise RequestError(problem, f"The first list is of {first!s}.")
    return towns.sort("town_id")


def _scopes(programme: Programme) -> tuple[Scope, ...]:
    return parse_scopes(programme.texts.get(SCOPES, ""))


def _in_force(programme: Programme, year: int) -> tuple[Rule, ...]:
    day = date(year, 12, 31)
    conditions = (r for r in programme.book.conditions() if r.subject == "town")
    return tuple(r for r in conditions if r.first <= day and (r.last is None or day <= r.last))


def _bounded(
    programme: Programme, rules: tuple[Rule, ...], towns: pl.DataFrame, scoped: Scoped, year: int
) -> pl.DataFrame:
    """Judge with the lower and the upper bound of each figure; where they differ it is open."""
    known = [n for n in ("sector", "county_code") if n in programme.book.inputs]
    base = towns.select(pl.col("town_id").alias("subject_id"), *known)
    sides = []
    for frame in (scoped.low, scoped.high):
        inputs = programme.book.inputs
        subjects = Subjects.of(base.with_columns(frame.drop("town_id")), inputs)
        sides.append(judge(rules, subjects, date(year, 12, 31)))
    low, high = sides
    agree = pl.Series("agree", low["outcome"] == high["outcome"])
    differs = {
        "outcome": pl.lit("undecided").cast(low.schema["outcome"]),
        "clause": pl.lit(None, pl.UInt8),
        "needs": _open_inputs(rules, scoped),
        "sentence_en": pl.lit(message("policies.assess.bound_only", "en")),
        "sentence_zh": pl.lit(message("policies.assess.bound_only", "zh")),
    }
    return low.with_columns(
        pl.when(agree).then(pl.col(name)).otherwise(value).alias(name)
        for name, value in differs.items()
    )


def _open_inputs(rules: tuple[Rule, ...], scoped: Scoped) -> pl.Expr:
    """Inputs of each rule and town that are known by a bound only, with commas between."""
    names = [name for name in scoped.low.columns if name != "town_id"]
    known = {n: pl.Series(scoped.low[n].eq_missing(scoped.high[n])) for n in names}
    said = pl.lit(None, pl.String)
    for rule in rules:
        used = [name for name in names if name in rule.names()]
        towns = [
            ", ".join(n for n in used if not known[n][row]) for row in range(scoped.low.height)
        ]
        by_town = dict(zip(scoped.low["town_id"], towns, strict=True))
        mine = pl.col("subject_id").replace_strict(by_town, return_dtype=pl.String)
        said = pl.when(pl.col("rule_id").cast(pl.String) == rule.id).then(mine).otherwise(said)
    return said


def _scored(programme: Programme, options: AssessOptions) -> tuple[pl.DataFrame, pl.DataFrame]:
    if options.criteria is None:
        return pl.DataFrame(), pl.DataFrame()
    criteria = find_criteria(programme, options.criteria)
    if options.measurements is None:
        raise RequestError("--criteria is given without --measurements", "Name the file of values.")
    values = read_table(options.measurements, Measurement)
    found = score(criteria, values)
    rng = np.random.default_rng(options.seed)
    graded = grade(criteria, found.scores, rank_intervals(criteria, values, rng, options.draws))
    return graded, found.contributions


def find_criteria(programme: Programme, name: str) -> Criteria:
    """Return the criteria of a name (`criteria/<name>.toml`); raises `RequestError`."""
    file = f"criteria/{name}.toml"
    if file in programme.texts:
        return parse_criteria(programme.texts[file], file)
    known = [
        p.removeprefix("criteria/").removesuffix(".toml")
        for p in programme.texts
        if p.startswith("criteria/")
    ]
    hint = f"There are {', '.join(known)}." if known else "The programme has none."
    raise RequestError(f"There are no criteria '{name}'", hint)


def _summed(
    verdicts: pl.DataFrame,
    towns: pl.DataFrame,
    programme: Programme,
    scores: pl.DataFrame,
    year: int,
) -> pl.DataFrame:
    """One row a town: counts of its verdicts, what is missing, the published grade."""
    outcome = pl.col("outcome")
    needed = pl.col("needs").filter(outcome == "undecided").str.split(", ").explode()
    sums = verdicts.group_by(pl.col("subject_id").alias("town_id")).agg(
        pl.len().alias("conditions"),
        (outcome == "eligible").sum().alias("met"),
        (outcome == "not_eligible").sum().alias("not_met"),
        (outcome == "undecided").sum().alias("undecided"),
        pl.col("rule_id")
        .cast(pl.String)
        .filter(outcome == "not_eligible")
        .sort()
        .str.join(", ")
        .alias("failed"),
        needed.unique().sort().str.join(", ").alias("missing"),
    )
    published = programme.tables.outcomes.filter(pl.col("year") == year).select(
        "town_id",
        pl.col("grade").cast(pl.String).alias("published_grade"),
        pl.col("score").alias("published_score"),
        pl.col("source").alias("published_source"),
    )
    frame = towns.select("town_id", "name_zh", "name_en", pl.lit(year).alias("year"))
    frame = frame.join(sums, on="town_id", how="left", maintain_order="left")
    frame = frame.join(published, on="town_id", how="left", maintain_order="left")
    return Assessment.cast(_with_grades(frame, scores))


def _missing_only(assessments: pl.DataFrame, scoped: Scoped) -> pl.DataFrame:
    """Leave out of `missing` what is known by a bound."""
    known = {
        row["town_id"]: {name for name, value in row.items() if value is not None}
        for row in scoped.low.iter_rows(named=True)
    }
    left = [
        ", ".join(name for name in missing.split(", ") if name not in known[town])
        for town, missing in assessments.select("town_id", "missing").iter_rows()
    ]
    return Assessment.cast(assessments.with_columns(pl.Series("missing", left, pl.String)))


def _with_grades(frame: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    counts = pl.col("conditions", "met", "not_met", "undecided").fill_null(0)
    frame = frame.with_columns(counts, pl.col("failed", "missing").fill_null(""))
    if scores.is_empty():
        return frame.with_columns(
            pl.lit(None, pl.String).alias("grade"),
            pl.lit("undecided").alias("standing"),
            pl.lit(None, pl.Float64).alias("score"),
        )
    graded = scores.select(
        pl.col("subject_id").alias("town_id"),
        pl.col("grade").cast(pl.String),
        pl.col("standing").cast(pl.String),
        "score",
    )
    joined = frame.join(graded, on="town_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col("standing").fill_null("undecided"))
