"""From appraised towns and found places to the rows that a plan reads (`PlanCandidate`).

Nothing is made up: what nobody published is null, "not known". Investment is spread evenly over the
years of a town's creation period, the last year taking what rounding leaves.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import polars as pl

from townworks.schema.messages import message
from townworks.schema.plans import PlanCandidate

FEN = Decimal("0.01")
OTHER = "other"
"""Sector of a found place: a registry knows industries, no sectors of a programme."""
CLAIMS = {"tax_cny": "tax_revenue_cny", "jobs": "employees"}
"""What a town may be backed for → the published figure that states it; output is no value added."""
_FORESEEN = pl.col("evidence").is_in(["planned", "target"])
_OWN = (pl.col("geography") == "town") & (pl.col("population") == "all")


def published_plans(figures: pl.DataFrame, towns: pl.DataFrame) -> pl.DataFrame:
    """Return the published investment plan of each town that has one, and whether it counts.

    figures: `schema.Figure`. towns: `town_id`, `listed_on`, `ends_on` (of the creation period).
    Columns `town_id`, `planned_cny`, `planned_period`, `planned_source`, `counts`: its years are
    known and end after the listing and within the creation period. Of several plans the one that
    counts and ends last is taken, the larger of equals.
    """
    ends = pl.col("period_to")
    return (
        figures.filter(
            _FORESEEN & _OWN,
            pl.col("metric") == "fixed_asset_investment_cny",
            pl.col("extent") == "cumulative",
        )
        .join(towns, on="town_id")
        .with_columns(
            counts=((ends > pl.col("listed_on")) & (ends <= pl.col("ends_on"))).fill_null(
                value=False
            )
        )
        .sort(
            *("town_id", "counts", "period_to", "value", "source"),
            descending=[False, True, True, True, False],
            nulls_last=True,
        )
        .unique("town_id", keep="first", maintain_order=True)
        .select(
            "town_id",
            "counts",
            planned_cny=pl.col("value").cast(pl.Decimal(20, 2)),
            planned_period="period",
            planned_source="source",
        )
    )


def published_claims(figures: pl.DataFrame) -> pl.DataFrame:
    """Return `town_id` and what towns said they would come to a year: `tax_cny`, `jobs`.

    Of several targets the one for the latest year is taken, the larger of equals.
    """
    said = figures.filter(_FORESEEN & _OWN, pl.col("extent") != "cumulative")
    found = said.select("town_id").drop_nulls().unique().sort("town_id")
    for claim, metric in CLAIMS.items():
        latest = (
            said.filter(pl.col("metric") == metric)
            .sort("period_to", "value", descending=True, nulls_last=True)
            .unique("town_id", keep="first", maintain_order=True)
            .select("town_id", pl.col("value").cast(pl.Decimal(20, 2)).alias(claim))
        )
        found = found.join(latest, on="town_id", how="left", maintain_order="left")
    return found


def flows(
    amounts: Sequence[Decimal | None], years: Sequence[int | None], private_share: Decimal
) -> dict[str, list[Decimal | None]]:
    """Return the flow columns of a file of candidates: private and other investment by year.

    What is not private is not all public: state-owned and foreign enterprises invest too. Years
    after a town's own are 0; a town whose amount or years are not known has none.

    >>> flows([Decimal(100)], [3], Decimal("0.7"))["public_investment_3_cny"]
    [Decimal('10.00')]
    >>> {name: column[0] for name, column in flows([None, Decimal(9)], [3, 1], Decimal(1)).items()}
    {'private_investment_1_cny': None, 'public_investment_1_cny': None}
    """
    known = [n for n, amount in zip(years, amounts, strict=True) if n and amount is not None]
    columns: dict[str, list[Decimal | None]] = {}
    for year in range(1, max(known, default=0) + 1):
        for part in ("private", "public"):
            columns[f"{part}_investment_{year}_cny"] = []
    for amount, n in zip(amounts, years, strict=True):
        parts: dict[str, Decimal | None] = {"private": None, "public": None}
        if amount is not None:
            private = (amount * private_share).quantize(FEN, ROUND_HALF_UP)
            parts = {"private": private, "public": amount - private}
        for name, column in columns.items():
            part, _, year_text, _ = name.split("_")
            column.append(_in_year(parts[part], int(year_text), n))
    return columns


def _in_year(amount: Decimal | None, year: int, years: int | None) -> Decimal | None:
    if amount is None or not years:
        return None
    if year > years:
        return Decimal("0.00")
    each = (amount / years).quantize(FEN, ROUND_DOWN)
    return each if year < years else amount - each * (years - 1)


def town_candidates(towns: pl.DataFrame, claims: pl.DataFrame, standing: str) -> pl.DataFrame:
    """Return the rows of listed towns, in their order.

    towns: `schema.TownAppraisal`, `county_code`, `prefecture`, `lon`, `lat`, `source`. standing:
    open, or committed: then it starts in the year of its listing.
    """
    rows = towns.join(claims, on="town_id", how="left", maintain_order="left")
    listed = pl.col("listed_on").dt.year()
    return _as_candidates(
        rows.with_columns(
            candidate_id="town_id",
            name="name_zh",
            industry="industry_zh",
            origin=pl.lit("application"),
            standing=pl.lit(standing),
            ready_year=listed,
            start_year=listed if standing == "committed" else None,
            **_notes(rows, _note),
        )
    )


def _notes(
    rows: pl.DataFrame, word: Callable[[Mapping[str, object], str], str]
) -> dict[str, pl.Series]:
    """Return the notes of all rows as columns, in both languages."""
    told = {"evidence_note": "en", "evidence_note_zh": "zh"}
    return {
        name: pl.Series([word(row, lang) for row in rows.iter_rows(named=True)], dtype=pl.String)
        for name, lang in told.items()
    }


def _note(row: Mapping[str, object], language: str) -> str:
    if row["lq"] is None:
        why = "no_county" if row["county"] is None else "no_terms"
        why = "tourism" if row["kind"] == "tourism" else why
        return message(f"appraisal.note.{why}", language)
    verdict = str(row["evidence"])
    return message(f"appraisal.note.{verdict}", language, **row)


def found_candidates(found: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of places that a registry shows: evidence, and no claim of anybody.

    Those of one county share a site, since many are parts of one industry (竹制品, 竹凉席): a plan
    takes one of them.

    found: `schema.Candidate`. places: `place_code`, `prefecture`, `lon`, `lat`. Their numbers are
    those of the strongest of thousands of pairs, so the note says so.
    """
    rows = found.join(places, on="place_code", how="left", maintain_order="left")
    return _as_candidates(
        rows.with_columns(
            candidate_id=pl.format("{}-{}", "place_code", "speciality"),
            name=pl.format("{} {}", "place", "speciality"),
            county_code="place_code",
            county="place",
            sector=pl.lit(OTHER),
            industry="speciality",
            origin=pl.lit("discovered"),
            standing=pl.lit("open"),
            evidence=pl.lit("supports"),
            site=pl.format("found-{}", "place_code"),
            **_notes(rows, lambda row, language: message("appraisal.note.found", language, **row)),
        )
    )


def _as_candidates(rows: pl.DataFrame) -> pl.DataFrame:
    """Bring rows into the columns of `PlanCandidate`; what they lack is null."""
    types = PlanCandidate.create_empty().schema
    columns = {
        name: pl.col(name) if name in rows.columns else pl.lit(None) for name in types.names()
    }
    return rows.select(**columns).cast(types)
