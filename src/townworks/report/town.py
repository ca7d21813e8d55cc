"""One town as text: who it is, its published figures by scope, its history."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from townworks.schema.messages import message
from townworks.schema.units import CURRENCIES, SYMBOLS, spoken

SCOPE = ("metric", "geography", "geography_name", "population", "extent", "unit")
"""Figures that share all of this are one series; no other two ever stand on one line."""
OTHER = {"en": "zh", "zh": "en"}


def town_text(
    town: Mapping[str, object],
    sector: str,
    anchors: Sequence[str],
    figures: pl.DataFrame,
    history: Sequence[str],
    language: str,
) -> str:
    """Say what is published of a town.

    town: row of table Town; sector: its words; figures: table Figure; history: lines.
    """
    inferred = message("policies.programme.inferred", language) if not town["sector_source"] else ""
    other = town[f"name_{OTHER[language]}"]
    where = {
        "county": town[f"county_{language}"] or "",
        "prefecture": town[f"prefecture_{language}"],
        "industry": town[f"industry_{language}"],
        "batch": town["batch"],
    }
    lines = [
        message("policies.town.head", language, name=town[f"name_{language}"], other=other),
        message("policies.town.where", language, sector=sector, inferred=inferred, **where),
    ]
    if anchors:
        lines.append(message("policies.town.anchors", language, names=", ".join(anchors)))
    series = list(_series(figures, language))
    if series:
        lines += ["", message("policies.town.figures", language), *series]
    if history:
        lines += ["", message("policies.town.history", language), *history]
    return "\n".join(lines)


def _series(figures: pl.DataFrame, language: str) -> Iterator[str]:
    ordered = figures.sort(*SCOPE, "period_to", "period", "value", "source", nulls_last=True)
    for scope, rows in ordered.group_by(*SCOPE, maintain_order=True):
        metric, geography, name, population, extent, _ = scope
        words = [
            str(name or message(f"policies.geography.{geography}", language)),
            str(population),
            message(f"policies.extent.{extent}", language),
        ]
        values = "; ".join(_value(row, language) for row in rows.iter_rows(named=True))
        told = {"metric": metric, "scope": ", ".join(words), "values": values}
        yield "  " + message("policies.town.series", language, **told)


def _value(row: Mapping[str, object], language: str) -> str:
    """Value, period and level of evidence; a value another source contradicts is marked."""
    unit = str(row["unit"])
    known = unit in (*CURRENCIES, *SYMBOLS, "share", "count")
    value = spoken(row["value"], unit if known else "count", language)  # type: ignore[arg-type]
    said = message(f"policies.bound.{row['bound']}", language, value=value)
    evidence = message(f"policies.evidence.{row['evidence']}", language)
    marked = message("policies.town.contradicts", language) if row["contradicts"] else ""
    return f"{said} ({row['period']}, {evidence}) {marked}".strip()
