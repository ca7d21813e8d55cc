"""`townworks assess`: what a year's figures show of each town, beside the published grade."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from townworks.cli.policies import ProgrammeName


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Scoring:
    """Scores by criteria, where the values for them are at hand."""

    criteria: Annotated[
        str | None, Parameter(help="Criteria to score by, of those in criteria/.")
    ] = None
    measurements: Annotated[
        Path | None, Parameter(help="Table of values: subject_id, metric, value, author, source.")
    ] = None
    scores: Annotated[Path | None, Parameter(help="Scores with grades and rank intervals.")] = None
    contributions: Annotated[Path | None, Parameter(help="What each score is made of.")] = None
    seed: Annotated[int, Parameter(help="Seed of the rank intervals.")] = 2015


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Tables:
    """Where the results go."""

    out: Annotated[Path | None, Parameter(help="Every verdict: town × condition.")] = None
    towns: Annotated[Path | None, Parameter(help="A row a town, with the published grade.")] = None
    used: Annotated[Path | None, Parameter(help="The figures that counted, with source.")] = None


def assess(
    *,
    programme: ProgrammeName = "zhejiang",
    year: Annotated[int, Parameter(help="Year that is assessed.")],
    figures: Annotated[
        Path | None, Parameter(help="Figures in place of the published ones (table Figure).")
    ] = None,
    tables: Tables | None = None,
    scoring: Scoring | None = None,
    language: Annotated[Literal["en", "zh"], Parameter(help="Language of what is printed.")] = "en",
) -> None:
    """Assess the towns of a programme for a year; what is not known stays open.

    Example: townworks assess --programme zhejiang --year 2015
    """
    from townworks.report import assessment_outline
    from townworks.schema.messages import message
    from townworks.workflow import AssessOptions, check_tables, write_assessed
    from townworks.workflow import assess as run

    tables, scoring = tables or Tables(), scoring or Scoring()
    places = {
        "verdicts": tables.out,
        "assessments": tables.towns,
        "used": tables.used,
        "scores": scoring.scores,
        "contributions": scoring.contributions,
    }
    check_tables(*places.values(), inputs=[figures, scoring.measurements])
    options = AssessOptions(
        programme, year, figures, scoring.criteria, scoring.measurements, scoring.seed
    )
    found = run(options)
    words = (found.labels, found.titles)
    print(assessment_outline(found.assessments, found.verdicts, words, language))
    for path in write_assessed(found, places):
        print(message("policies.account.wrote", language, path=path))
