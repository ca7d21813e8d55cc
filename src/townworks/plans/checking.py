"""Candidates, pairs and request together: every fault at once, before anything is computed."""

from collections.abc import Collection, Iterable

import polars as pl

from townworks.plans.portfolio import flow_columns
from townworks.plans.request import PlanRequest, Quota, request_faults
from townworks.schema.plans import OBJECTIVES, PlanCandidate

SHOWN = 5
"""Candidates named in one fault; the rest are counted."""


def plan_faults(
    frame: pl.DataFrame,
    pairs: pl.DataFrame | None,
    request: PlanRequest,
    effects: Collection[str] = (),
) -> list[str]:
    """Return every fault of a request for a plan, each with where it is and what to do.

    frame: columns of `schema.PlanCandidate` and flows, any of which may hold faults. effects:
    objectives that are valued by published effects on what a place has. No fault means
    that a problem can be written; whether a plan exists is another matter (see `conflicts`).
    """
    faults = request_faults(request)
    missing = sorted({"candidate_id", "name", "sector", "industry"} - set(frame.columns))
    if missing:
        return [*faults, f"the candidates lack the columns {', '.join(missing)}"]
    if frame.is_empty():
        return [*faults, "there are no candidates: give at least one"]
    own = [*_cells(frame)]
    return [
        *faults,
        *(own or _declared(frame)),
        *_ids(frame, request),
        *_years(frame, request),
        *_claims(frame, request, effects),
        *_places(frame, request),
        *([] if pairs is None else _pairs(frame, pairs)),
    ]


def named(ids: Iterable[object]) -> str:
    """Name a few and count the rest.

    >>> named("abcdefg")
    "'a', 'b', 'c', 'd', 'e' and 2 more"
    """
    every = [str(one) for one in ids]
    shown = ", ".join(f"'{one}'" for one in every[:SHOWN])
    return f"{shown} and {len(every) - SHOWN} more" if len(every) > SHOWN else shown


def _where(frame: pl.DataFrame, fault: pl.Expr) -> str | None:
    found = frame.filter(fault.fill_null(value=False))
    return named(found["candidate_id"]) if found.height else None


def _cells(frame: pl.DataFrame) -> Iterable[str]:
    """Numbers that are none, or below zero where they cannot be."""
    numeric = [
        name
        for name in (*OBJECTIVES, *flow_columns(frame.columns), "claim_error")
        if name in frame.columns
    ]
    for name in numeric:
        if frame.schema[name].is_float():
            odd = pl.col(name).is_nan() | pl.col(name).is_infinite()
            if where := _where(frame, odd):
                yield f"{name} is no number at {where}: leave the cell empty if it is not known"
        if where := _where(frame, pl.col(name) < 0):
            yield f"{name} is below 0 at {where}"
    yield from _doubled(frame)
    for name in ("candidate_id", "name", "sector", "industry"):
        empty = frame[name].is_null() | (frame[name].cast(pl.String).str.strip_chars() == "")
        if count := int(empty.fill_null(value=True).sum()):
            yield f"{name} is empty in {count} rows: every candidate needs one"


def _doubled(frame: pl.DataFrame) -> Iterable[str]:
    """Amounts that are given as a sum and by year as well."""
    columns = flow_columns(frame.columns)
    for name, (resource, year) in columns.items():
        by_year = [n for n, (other, y) in columns.items() if other == resource and y]
        if year or not by_year:
            continue
        both = pl.col(name).is_not_null() & pl.any_horizontal(pl.col(by_year).is_not_null())
        if where := _where(frame, both):
            yield f"{name} stands beside amounts by year at {where}: give the sum or the years"


def _declared(frame: pl.DataFrame) -> Iterable[str]:
    """Cells that break the declaration of their column, such as a code of five digits."""
    try:
        table = checked(frame).select(PlanCandidate.column_names())
    except (pl.exceptions.PolarsError, ValueError, TypeError) as error:
        yield f"the candidates are not as declared: {str(error).splitlines()[0]}"
        return
    for name, column in PlanCandidate.columns().items():
        if name == "candidate_id":
            continue  # doubles are told by name
        rules = column.validation_rules(pl.col(name))
        broken = pl.any_horizontal(pl.lit(value=False), *(~rule for rule in rules.values()))
        if where := _where(table, broken):
            shown = table.filter(broken.fill_null(value=False))[name][0]
            yield f"{name} is not as declared at {where}, such as '{shown}': see docs/tables.md"


def _ids(frame: pl.DataFrame, request: PlanRequest) -> Iterable[str]:
    ids = frame["candidate_id"].drop_nulls()
    if twice := ids.filter(ids.is_duplicated()).unique().sort().to_list():
        yield f"candidates stand twice: {named(twice)}: give each its own id"
    known = set(ids)
    asked = {
        "must be in": request.must,
        "must not be in": request.must_not,
        "is overridden": {o.out for o in request.overrides},
        "is to come in": {o.into for o in request.overrides},
    }
    for what, wanted in asked.items():
        if unknown := sorted(wanted - known):
            yield f"{what} the plan, and no candidate: {named(unknown)}: check the ids"
    standing = dict(zip(frame["candidate_id"], _standing(frame), strict=True))
    both = [one for one in sorted(request.must_not) if standing.get(one) in ("must", "committed")]
    both += [one for one in sorted(request.must) if standing.get(one) == "must_not"]
    if both:
        yield f"request and candidates contradict each other on {named(both)}: must or must not"


def _standing(frame: pl.DataFrame) -> pl.Series:
    if "standing" not in frame.columns:
        return pl.repeat("open", frame.height, eager=True)
    return frame["standing"].cast(pl.String).fill_null("open")


def _years(frame: pl.DataFrame, request: PlanRequest) -> Iterable[str]:
    last = request.calendar[-1] if request.years > 0 else request.first_year
    standing = _standing(frame)
    checked = frame.with_columns(standing.alias("\0standing"))
    if "start_year" in frame.columns:
        undated = (pl.col("\0standing") == "committed") & pl.col("start_year").is_null()
        if where := _where(checked, undated):
            yield f"committed towns have no start_year: {where}"
        if where := _where(checked, pl.col("start_year") > last):
            yield f"start_year is after {last}, the plan's last year, at {where}"
    elif (standing == "committed").any():
        yield "committed towns have no start_year: add the column"
    if "ready_year" in frame.columns:
        forced = sorted({*request.must, *(order.into for order in request.overrides)})
        inside = pl.col("\0standing").is_in(["must", "committed"])
        late = (pl.col("ready_year") > last) & (inside | pl.col("candidate_id").is_in(forced))
        if where := _where(checked, late):
            yield f"{where} must be in the plan and is not ready by {last}"


def _claims(frame: pl.DataFrame, request: PlanRequest, effects: Collection[str]) -> Iterable[str]:
    """Each objective that is weighed must be claimed by somebody, or have what effects work on."""
    for name, weight in request.weights.items():
        if name not in OBJECTIVES or not (weight.is_finite() and weight > 0):
            continue
        column = f"base_{name}" if name in effects else name
        if column not in frame.columns or frame[column].null_count() == frame.height:
            told = [o for o in OBJECTIVES if o in frame.columns and frame[o].count()]
            instead = ", ".join([*told, "investment_cny"])
            yield f"no candidate says anything of {column}: weigh what is there ({instead})"


def _places(frame: pl.DataFrame, request: PlanRequest) -> Iterable[str]:
    for quota in request.quotas:
        yield from _quota(frame, quota)
    if request.apart_km is not None and not {"lon", "lat"} <= set(frame.columns):
        yield "distances are asked for, and the candidates have no lon and lat (WGS 84)"


def _quota(frame: pl.DataFrame, quota: Quota) -> Iterable[str]:
    there = quota.kind in frame.columns
    names = frame[quota.kind].drop_nulls().unique().sort().to_list() if there else []
    if quota.name not in names:
        yield f"no candidate is of {quota.kind} '{quota.name}': there are {named(names) or 'none'}"


def _pairs(frame: pl.DataFrame, pairs: pl.DataFrame) -> Iterable[str]:
    known = set(frame["candidate_id"])
    ends = [*pairs["one"], *pairs["other"]]
    if unknown := sorted({str(end) for end in ends} - {str(one) for one in known}):
        yield f"pairs name who is no candidate: {named(unknown)}"
    if own := pairs.filter(pl.col("one") == pl.col("other"))["one"].to_list():
        yield f"pairs of a candidate with itself: {named(own)}"
    sides = [tuple(sorted((str(a), str(b)))) for a, b in pairs.select("one", "other").iter_rows()]
    if twice := sorted({"–".join(pair) for pair in sides if sides.count(pair) > 1}):
        yield f"pairs stand twice: {named(twice)}: add their values up"
    values = pairs["value_cny"].cast(pl.Float64, strict=False)
    if not values.fill_null(float("nan")).is_finite().all():
        yield "value_cny of a pair is no number"


def checked(frame: pl.DataFrame) -> pl.DataFrame:
    """Return candidates without faults with every column of `schema.PlanCandidate`, and flows."""
    schema = PlanCandidate.create_empty().schema
    flows = list(flow_columns(frame.columns))
    standing = {"standing": "open", "origin": "application", "evidence": "silent"}
    columns = [
        (pl.col(name) if name in frame.columns else pl.lit(None))
        .cast(dtype, strict=True)
        .fill_null(pl.lit(standing[name], dtype) if name in standing else pl.lit(None, dtype))
        .alias(name)
        for name, dtype in schema.items()
    ]
    return frame.select(*columns, *(pl.col(f).cast(pl.Decimal(20, 2)) for f in flows))
