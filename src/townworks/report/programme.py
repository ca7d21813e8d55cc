"""A programme as text: what it aims at, its towns, its rules."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

import polars as pl

from townworks.schema.messages import message
from townworks.schema.profile import Fact, Profile, Wording
from townworks.schema.units import spoken


def programme_text(
    profile: Profile, towns: pl.DataFrame, rules: pl.DataFrame, unsourced: int, language: str
) -> str:
    """Say what a programme is.

    rules: rule_id, file, scheme_en, scheme_zh, payer, unit (null: a condition). unsourced: number
    of parameters whose source says that there is none.
    """
    head = message(
        "policies.programme.authority",
        language,
        authority=profile.authority[language],
        first=profile.first,
    )
    parts = [
        [profile.title[language], head],
        _section("aims", (line for f in profile.facts for line in _fact(f, language)), language),
        _section(
            "scarce", (f"  {s.title[language]}  <{s.source}>" for s in profile.scarce), language
        ),
        _section("towns", _towns(profile, towns, language), language),
        _section("rules", _instruments(rules, language), language),
        _section("conditions", _conditions(rules, language), language),
    ]
    if unsourced:
        parts[-1].append("  " + message("policies.programme.unsourced", language, n=unsourced))
    return "\n".join(line for part in parts for line in part)


def _section(key: str, lines: Iterable[str], language: str) -> list[str]:
    return ["", message(f"policies.programme.{key}", language), *lines]


def _scarce(profile: Profile, language: str) -> Iterator[str]:
    return (f"  {scarce.title[language]}  <{scarce.source}>" for scarce in profile.scarce)


def _fact(fact: Fact, language: str) -> Iterator[str]:
    period = "" if fact.first is None else f", {fact.first}"
    period += "" if fact.last is None else f" – {fact.last}"
    yield "  " + message(
        "policies.programme.fact",
        language,
        title=fact.title[language],
        value=spoken(fact.value, fact.unit, language),
        about=" " + message("policies.programme.about", language) if fact.approximate else "",
        period=period,
        source=fact.source,
    )
    for wording in fact.wordings:
        yield "    " + message(
            "policies.programme.wording",
            language,
            by=wording.by[language],
            says=wording.says[language],
            usd=_dollars(fact, wording, language),
            source=wording.source,
        )


def _dollars(fact: Fact, wording: Wording, language: str) -> str:
    if wording.usd is None:
        return ""
    rate = spoken((fact.value / wording.usd).quantize(Decimal("0.01")), fact.unit, language)
    usd = spoken(wording.usd, "usd", language)
    return " " + message("policies.programme.usd", language, usd=usd, rate=rate)


def _towns(profile: Profile, towns: pl.DataFrame, language: str) -> Iterator[str]:
    for batch, count in towns["batch"].value_counts().sort("batch").iter_rows():
        yield "  " + message("policies.programme.of_batch", language, batch=batch, n=count)
    sectors = towns["sector"].value_counts().sort("count", "sector", descending=[True, False])
    for sector, count in sectors.iter_rows():
        name = profile.sectors.get(sector, {}).get(language, sector)
        yield "  " + message("policies.programme.of_sector", language, sector=name, n=count)


def _instruments(rules: pl.DataFrame, language: str) -> Iterator[str]:
    granted = rules.filter(pl.col("unit").is_not_null())
    sums = granted.group_by("payer").agg(pl.len(), pl.col("unit").unique().sort()).sort("payer")
    for payer, count, units in sums.iter_rows():
        yield "  " + message(
            "policies.programme.of_payer",
            language,
            payer=message(f"policies.payer.{payer}", language),
            n=count,
            units=", ".join(units),
        )
    yield from _by_file(granted, language)


def _conditions(rules: pl.DataFrame, language: str) -> Iterator[str]:
    yield from _by_file(rules.filter(pl.col("unit").is_null()), language)


def _by_file(rules: pl.DataFrame, language: str) -> Iterator[str]:
    sums = rules.group_by("file", f"scheme_{language}", maintain_order=True).len()
    for _, title, count in sums.iter_rows():
        yield "  " + message("policies.programme.of_file", language, title=title, n=count)


def towns_text(profile: Profile, towns: pl.DataFrame, language: str) -> str:
    """A line a town: name, id, county, industry, sector (marked where inferred), list."""
    lines = []
    for row in towns.iter_rows(named=True):
        inferred = row["sector_source"] is None
        lines.append(
            message(
                "policies.programme.town_line",
                language,
                name=row[f"name_{language}"],
                id=row["town_id"],
                county=row[f"county_{language}"] or row[f"prefecture_{language}"],
                industry=row[f"industry_{language}"],
                sector=profile.sectors.get(row["sector"], {}).get(language, row["sector"]),
                inferred=message("policies.programme.inferred", language) if inferred else "",
                batch=row["batch"],
            )
        )
    return "\n".join(lines)
