"""The verb `plan`: candidates and a request → which towns, with what support, in which year."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import polars as pl

from townworks.errors import InputNotFoundError, OutputError, PlanRequestError, RequestError
from townworks.io import check_suffix, write_table, write_text
from townworks.io.declared import read_table
from townworks.io.plan_inputs import PlanInput, read_candidates, read_pairs
from townworks.plans.asking import parse_weights, read_request
from townworks.plans.casting import Past
from townworks.plans.checking import plan_faults
from townworks.plans.comparing import compare_plans
from townworks.plans.planning import Planned, Stage, make_plan
from townworks.plans.request import Limit, PlanRequest
from townworks.plans.telling import request_words
from townworks.report.plans import PlanFacts, plan_page
from townworks.schema.messages import Language
from townworks.schema.plans import OBJECTIVES, PlanLine
from townworks.workflow.programmes import Programme, open_programme
from townworks.workflow.runs import digest, run_of, write_run

Valued = Literal["claims", "effects"]
"""Applicants' own forecasts, corrected; or published effects of zones on what a place has."""
TOWNS, TARGET = "towns_target", "investment_target"
"""Facts of a programme's profile that stand in for what is not asked."""
PAGE = ".html"
Table = Path | pl.DataFrame


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """How a plan is made.

    request: TOML file; asked: fields of `plans.request.PlanRequest` that go before it. What neither
    says comes from the programme: towns, investment target, first year and years of its aim.
    details: with shadow values, trade-offs and sensitivity.
    """

    programme: str | Path = "zhejiang"
    request: Path | None = None
    asked: Mapping[str, Any] | None = None
    values: Valued = "claims"
    details: bool = True


@dataclass(frozen=True, slots=True)
class PlanResult:
    """A plan, what it was made from, and the request in words.

    unused: headers of the file that mean nothing here.
    """

    planned: Planned
    request: PlanRequest
    requested: Mapping[str, tuple[str, ...]]
    programme: Programme
    options: PlanOptions
    inputs: tuple[Path, ...]
    unused: tuple[str, ...]
    as_of: date

    @property
    def lines(self) -> pl.DataFrame:
        """Every candidate with its decision and the reason (`schema.PlanLine`)."""
        return self.planned.lines

    def compared(self, other: Path) -> pl.DataFrame:
        """Return this plan beside another one that was written (`schema.PlanComparison`)."""
        return compare_plans(self.lines, read_table(other, PlanLine))

    def happened(self) -> pl.DataFrame:
        """Return this plan beside the programme's record: who was listed, what was reported."""
        return compare_plans(self.lines, record_of(self.programme))


def plan(
    candidates: Table,
    options: PlanOptions | None = None,
    pairs: Table | None = None,
    tell: Stage = lambda _stage: None,
) -> PlanResult:
    """Choose which towns to back, with what, in which year, and say why.

    candidates, pairs: files or frames of `schema.PlanCandidate` (with amounts by year) and
    `schema.PlanPair`. tell: is told what is being done. Raises `PlanRequestError` with every fault
    of candidates, pairs and request, `NoPlanError` with the demands that conflict, and what
    `open_programme` raises.
    """
    options = options or PlanOptions()
    programme = open_programme(options.programme)
    request = _request(options, programme)
    found = _input(candidates, read_candidates)
    other = None if pairs is None else _input(pairs, read_pairs)
    past = past_of(programme, options.values)
    _raise_faults(found, other, request, past)
    planned = make_plan(
        found.frame,
        None if other is None else other.frame,
        request,
        past,
        details=options.details,
        tell=tell,
    )
    inputs = tuple(p for p in (candidates, pairs, options.request) if isinstance(p, Path))
    unused = (*found.unused, *(() if other is None else other.unused))
    day = datetime.now(tz=UTC).date()
    words = request_words(request)
    return PlanResult(planned, request, words, programme, options, inputs, unused, day)


def _request(options: PlanOptions, programme: Programme) -> PlanRequest:
    """Read the request; the programme's aim stands in for what is not asked."""
    text, name = "", "the request"
    if options.request is not None:
        if not options.request.is_file():
            raise InputNotFoundError(options.request, "does not exist")
        name = str(options.request)
        try:
            text = options.request.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            problem = f"{name} is no UTF-8 (byte {error.start})"
            raise RequestError(problem, "Save it as UTF-8.") from None
    return read_request(text, name, _aim(programme), dict(options.asked or {}))


def _aim(programme: Programme) -> dict[str, Any]:
    """Return what the programme's profile aims at, as fields of a request."""
    facts = {fact.key: fact for fact in programme.profile.facts}
    aim: dict[str, Any] = {}
    if programme.profile.first is not None:
        aim["first_year"] = programme.profile.first.year
    if TOWNS in facts:
        aim["towns"] = int(facts[TOWNS].value)
    if TARGET in facts:
        fact = facts[TARGET]
        aim["investment_target_cny"] = Decimal(fact.value)
        if fact.first and fact.last:
            aim |= {"first_year": fact.first.year, "years": fact.last.year - fact.first.year + 1}
    return aim


def _input(table: Table, read: Callable[[Path], PlanInput]) -> PlanInput:
    if isinstance(table, pl.DataFrame):
        return PlanInput(table, (), ())
    return read(table)


def _raise_faults(
    found: PlanInput, pairs: PlanInput | None, request: PlanRequest, past: Past
) -> None:
    """Raise every fault of the files and of what they say together."""
    own = [*found.faults, *(() if pairs is None else pairs.faults)]
    linked = None if pairs is None else pairs.frame
    rest = plan_faults(found.frame, linked, request, past.effects)
    if own:  # rows that could not be read are missing: what follows from that is no fault
        rest = [fault for fault in rest if "candidate" not in fault]
    if own or rest:
        raise PlanRequestError([*own, *rest])


def past_of(programme: Programme, values: Valued) -> Past:
    """Return what a programme's folder knows from before: comparable outcomes, chosen effects.

    Raises `RequestError` if effects are asked for and the programme has none.
    """
    ratios = programme.tables.realised.filter(
        pl.col("comparable") & (pl.col("realised_cny") > 0)
    ).select("sector", ratio=pl.col("realised_cny").cast(float) / pl.col("planned_cny").cast(float))
    if values == "claims":
        return Past(ratios, {})
    if programme.effects is None:
        problem = f"The programme '{programme.name}' has no published effects"
        raise RequestError(problem, "Write plan/effects.toml, or value by claims.")
    preferred = {name: programme.effects.preferred(name) for name in OBJECTIVES}
    return Past(ratios, {n: (e.mean, e.sd) for n, e in preferred.items() if e is not None})


def record_of(programme: Programme) -> pl.DataFrame:
    """Return the listed towns as lines of a plan: year of listing, latest reported investment."""
    latest = (
        programme.tables.figures.filter(
            (pl.col("metric") == "fixed_asset_investment_cny")
            & (pl.col("evidence") == "reported")
            & (pl.col("population") == "all")
            & pl.col("town_id").is_not_null()
        )
        .sort("period_to", "period_from", "value", descending=[False, True, False])
        .unique("town_id", keep="last", maintain_order=True)
        .select("town_id", "value", note=pl.concat_str("period", "source", separator=", "))
    )
    listed = programme.tables.towns.drop_nulls("listed_on")
    return listed.join(latest, on="town_id", how="left", maintain_order="left").select(
        pl.col("town_id").alias("candidate_id"),
        pl.col("name_zh").alias("name"),
        pl.lit(value=True).alias("chosen"),
        pl.col("listed_on").dt.year().alias("start_year"),
        pl.col("value").cast(pl.Decimal(20, 2)).alias("investment_cny"),
        "note",
    )


def check_plan_places(places: Sequence[Path], inputs: Sequence[Path | None]) -> None:
    """Raise `RequestError` or `OutputError` before long work, if a result could not be written."""
    taken = {path.resolve() for path in inputs if path is not None}
    for path in places:
        check_suffix(path, more=(PAGE,))
        if path.resolve() in taken:
            raise RequestError(f"{path} is to be written over its own input", "Name another place.")
        if not path.resolve().parent.is_dir():
            raise OutputError(path, f"there is no folder {path.resolve().parent}")


def write_plan(found: PlanResult, out: Path, language: Language) -> list[Path]:
    """Write a plan by its ending: the page, or its lines and beside them its other tables.

    Beside plan.csv stand plan.years.csv, plan.totals.csv … and the record of the run.
    """
    if out.suffix == PAGE:
        write_text(plan_page(facts_of(found), language), out)
        written = [out]
    else:
        write_table(found.lines, out)
        written = [out]
        for name, table in found.planned.tables().items():
            path = out.with_name(f"{out.stem}.{name}{out.suffix}")
            write_table(table, path)
            written.append(path)
    more = {
        "programme_sha256": found.programme.digest,
        "asked": found.requested["en"],
        "gap": found.planned.summary.gap,
        "proven": found.planned.summary.is_proven,
        "summary": asdict(found.planned.summary),
    }
    write_run(out, run_of(found.inputs, found.options, more, found.request.seed))
    return [*written, out.with_name(out.name + ".run.json")]


def facts_of(found: PlanResult) -> PlanFacts:
    """Return what the page shows."""
    planned = found.planned
    return PlanFacts(
        title=found.programme.profile.title,
        summary=planned.summary,
        lines=planned.lines,
        **planned.tables(),
        requested=found.requested,
        as_of=found.as_of,
        version=version("townworks"),
        inputs=tuple(f"{path.name} ({digest(path)[:12]})" for path in found.inputs),
        sectors=found.programme.profile.sectors,
    )


def asked_fields(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed as fields of a request: amounts exact, lists apart, nothing unsaid.

    typed: options of `townworks plan` by name, None where not given. Raises `RequestError` for an
    amount that is no number.

    >>> asked_fields({"investment_target": "500e9", "must": "a,", "towns": None})
    {'investment_target_cny': Decimal('5.00E+11'), 'must': frozenset({'a'})}
    """
    given = {name: value for name, value in typed.items() if value is not None}
    found = {name: value for name, value in given.items() if name in _PLAIN}
    for name in ("investment_target", "investment_limit"):
        if name in given:
            found[f"{name}_cny"] = _amount(name, given[name])
    limits = [
        Limit(resource, amount)
        for name, resource in _LIMITED.items()
        if name in given and (amount := _amount(name, given[name])) is not None
    ]
    if limits:
        found["limits"] = tuple(limits)
    for name in ("must", "must_not"):
        if name in given:
            found[name] = frozenset(filter(None, map(str.strip, given[name].split(","))))
    if "weights" in given:
        found["weights"] = parse_weights(given["weights"])
    return found | _apart(given.get("same_industry"))


_PLAIN = (
    *("towns", "years", "first_year", "counts", "risk_aversion", "scenarios", "seed"),
    *("gap", "seconds"),
)
_LIMITED = {
    "public_outlay": "public_investment",
    "fiscal_return": "fiscal_return",
    "land_quota_mu": "land",
}


def _amount(name: str, text: str) -> Decimal | None:
    """Read an amount; "none" asks for none."""
    if text.strip().lower() == "none":
        return None
    try:
        return Decimal(text.replace(",", "").replace("_", ""))
    except ArithmeticError:
        option = name.replace("_", "-")
        problem = f"--{option} is '{text}'"
        raise RequestError(problem, "Write a number, such as 500e9, or none.") from None


def _apart(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    if text in ("county", "none"):
        return {"apart": text}
    try:
        return {"apart": "none", "apart_km": float(text)}
    except ValueError:
        problem = f"--same-industry is '{text}'"
        raise RequestError(problem, "Write county, none, or a distance in km.") from None
