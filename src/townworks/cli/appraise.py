"""`townworks appraise`: listed towns and places beside them, as candidates for a plan."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from townworks.cli.account import account
from townworks.cli.options import Files, Reading
from townworks.cli.policies import ProgrammeName
from townworks.cli.progress import rows_read


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Appraising:
    """What to appraise and where to write it."""

    programme: ProgrammeName = "zhejiang"
    on: Annotated[date, Parameter(help="Towns that were on a list by this day.")]
    out: Annotated[Path, Parameter(help="Candidates for `townworks plan`: .csv, .parquet, .xlsx.")]
    report: Annotated[
        Path | None, Parameter(help="Towns with minimum, plan, evidence: .csv, .parquet, .xlsx.")
    ] = None
    alternatives: Annotated[int, Parameter(help="Places that no listed town covers, at most.")] = (
        100
    )
    standing: Annotated[
        Literal["open", "committed"], Parameter(help="Of the listed towns in the plan.")
    ] = "open"
    language: Annotated[Literal["en", "zh"], Parameter(help="Language of what is printed.")] = "en"


def appraise(files: Files, *, asking: Appraising, reading: Reading | None = None) -> None:
    """Put the listed towns beside what a registry shows: candidates for a plan.

    Places are given in the divisions that the year of --on began with, unless --vintage is given.

    Example: townworks appraise registry.csv --on 2016-01-29 --out candidates.csv
    """
    from townworks.report.appraisal import account_lines, evidence_lines, investment_lines
    from townworks.schema.messages import message
    from townworks.workflow import check_places, check_tables
    from townworks.workflow.appraising import AppraiseOptions, write_appraised
    from townworks.workflow.appraising import appraise as run

    options = AppraiseOptions(
        programme=asking.programme,
        on=asking.on,
        alternatives=asking.alternatives,
        standing=asking.standing,
        read=(reading or Reading()).options(),
    )
    check_tables(asking.out, asking.report, inputs=files)
    check_places(asking.out, asking.report)
    with rows_read("Reading") as progress:
        found = run(files, options, progress)
    language = asking.language
    print(account(found.tally))
    for line in (
        *account_lines(found.rows(), asking.on, found.years, language),
        *evidence_lines(found.towns, language),
        *investment_lines(found.account, found.last, language),
    ):
        print(line)
    for path in write_appraised(found, options, files, asking.out, asking.report):
        print(message("policies.account.wrote", language, path=path))
