"""`townworks plan`: which towns, with what support, in which year."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from townworks.cli.policies import ProgrammeName
from townworks.errors import NoPlanError, RequestError

if TYPE_CHECKING:
    from townworks.workflow.planning import PlanResult

SHOWN = 5
"""Towns printed; all are in the file."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked of the plan; more fits into a request file (docs/plans.md)."""

    towns: Annotated[int | None, Parameter(help="Towns to choose [the programme's aim].")] = None
    years: Annotated[int | None, Parameter(help="Years of the plan [the programme's].")] = None
    first_year: Annotated[int | None, Parameter(help="Its first year [the programme's].")] = None
    investment_target: Annotated[
        str | None, Parameter(help="CNY to be reached; none: no target [the programme's aim].")
    ] = None
    investment_limit: Annotated[str | None, Parameter(help="CNY not to be exceeded.")] = None
    public_outlay: Annotated[str | None, Parameter(help="CNY of public investment at most.")] = None
    fiscal_return: Annotated[str | None, Parameter(help="CNY of fiscal return at most.")] = None
    land_quota_mu: Annotated[str | None, Parameter(help="Mu of land quota at most.")] = None
    counts: Annotated[
        Literal["planned", "expected"] | None,
        Parameter(help="Investment as planned, or as earlier towns lead to expect [planned]."),
    ] = None
    weights: Annotated[
        str | None, Parameter(help="CNY that a unit is worth [growth_cny=1]: jobs=50000,….")
    ] = None
    must: Annotated[str | None, Parameter(help="Ids that must be in, with commas.")] = None
    must_not: Annotated[str | None, Parameter(help="Ids that must not.")] = None
    same_industry: Annotated[
        str | None,
        Parameter(help="Apart in a county, not (none), or by so many km [county]."),
    ] = None
    risk_aversion: Annotated[
        float | None, Parameter(help="Weight of the worst fifth of scenarios, 0 to 1 [0].")
    ] = None
    scenarios: Annotated[int | None, Parameter(help="Draws of what nobody knows [200].")] = None
    seed: Annotated[int | None, Parameter(help="Of the draws; the same gives the same.")] = None
    gap: Annotated[float | None, Parameter(help="Proof wanted: share of the best [0.001].")] = None
    seconds: Annotated[float | None, Parameter(help="For one solution at most [60].")] = None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Making:
    """From what, by which values, with what besides."""

    programme: ProgrammeName = "zhejiang"
    request: Annotated[Path | None, Parameter(help="TOML file with all that is asked.")] = None
    pairs: Annotated[
        Path | None, Parameter(help="Table of pairs that help or harm: one, other, value_cny.")
    ] = None
    values: Annotated[
        Literal["claims", "effects"],
        Parameter(help="Forecasts, corrected; or published effects on what a place has."),
    ] = "claims"
    details: Annotated[
        bool, Parameter(help="Shadow values, trade-offs, sensitivity: some thirty solutions.")
    ] = True


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Writing:
    """Where results go."""

    out: Annotated[
        list[Path] | None,
        Parameter(help="plan.csv, .parquet, .xlsx (other tables beside it), .html; may repeat."),
    ] = None
    compare: Annotated[Path | None, Parameter(help="Another plan.csv to compare with.")] = None
    comparison: Annotated[
        Path | None, Parameter(help="Table of the comparison; alone: with what happened.")
    ] = None
    language: Annotated[Literal["en", "zh"], Parameter(help="Of the page and of print.")] = "en"

    def places(self) -> list[Path]:
        """Return every place that is written; raises `RequestError` for a comparison of nothing."""
        if self.compare is not None and self.comparison is None:
            problem = "--compare names a plan, and nothing says where the comparison goes"
            raise RequestError(problem, "Name a table with --comparison.")
        return [*(self.out or []), *([self.comparison] if self.comparison else [])]


def plan(
    candidates: Annotated[
        Path, Parameter(help="Table of candidates, a row each: docs/plans.md has its columns.")
    ],
    *,
    wanted: Wanted | None = None,
    making: Making | None = None,
    writing: Writing | None = None,
) -> None:
    """Choose the towns to back and the year each starts, with a reason for every candidate.

    Example: townworks plan candidates.csv --towns 12 --investment-target none --out plan.csv
    """
    from townworks.workflow.planning import PlanOptions, asked_fields, check_plan_places, write_plan
    from townworks.workflow.planning import plan as run

    making, writing = making or Making(), writing or Writing()
    inputs = [candidates, making.pairs, making.request, writing.compare]
    check_plan_places(writing.places(), inputs)
    options = PlanOptions(
        programme=making.programme,
        request=making.request,
        asked=asked_fields(asdict(wanted or Wanted())),
        values=making.values,
        details=making.details,
    )
    try:
        with _stages() as tell:
            found = run(candidates, options, making.pairs, tell)
    except NoPlanError as error:
        raise NoPlanError(error.texts, writing.language) from None
    _say(found, writing.language)
    written = [p for out in writing.out or [] for p in write_plan(found, out, writing.language)]
    written += _compared(found, writing)
    for path in written:
        print(f"wrote {path}")


def _compared(found: "PlanResult", writing: Writing) -> list[Path]:
    if writing.comparison is None:
        return []
    from townworks.io import write_table

    table = found.happened() if writing.compare is None else found.compared(writing.compare)
    write_table(table, writing.comparison)
    return [writing.comparison]


@contextmanager
def _stages() -> Iterator[Callable[[str], None]]:
    """Show on a terminal what is being done; stay quiet in a pipe."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _stage: None
        return
    with console.status("reading") as status:
        yield status.update


def _say(found: "PlanResult", language: str) -> None:
    """Print the plan in a few lines."""
    from townworks.report.plan_account import plan_account

    for header in found.unused:
        print(f"column '{header}' means nothing here and was not used")
    for line in plan_account(found.planned.summary, found.planned.totals, found.lines, language):
        print(line)
