"""A plan in the few lines that a command prints."""

from collections.abc import Iterator
from decimal import Decimal

import polars as pl

from townworks.schema.messages import message
from townworks.schema.plans import PlanSummary
from townworks.schema.units import about, spoken

SHOWN = 3
"""Towns named of each kind."""


def plan_account(
    summary: PlanSummary, totals: pl.DataFrame, lines: pl.DataFrame, language: str
) -> Iterator[str]:
    """Say how many towns, what they bring, how surely, and beside what."""

    def say(key: str, **words: object) -> str:
        return message(f"planning.account.{key}", language, **words)

    def money(value: float) -> str:
        return about(value, "cny", language)

    starts = _starts(totals)
    years = ("、" if language == "zh" else ", ").join(f"{year}: {n}" for year, n in starts)
    refused = lines.height - summary.towns
    yield say("towns", n=summary.towns, refused=refused, years=years)
    yield _investment(totals, language)
    low, high = money(summary.value_low_cny), money(summary.value_high_cny)
    yield say("value", value=money(summary.value_cny), low=low, high=high)
    yield say("proof" if summary.is_proven else "stopped", gap=f"{summary.gap:.2%}")
    loss = 1 - summary.list_value_cny / summary.value_cny if summary.value_cny > 0 else 0.0
    key = "list" if loss >= 0 else "list_more"
    yield say(key, n=summary.list_shared, towns=summary.towns, loss=f"{abs(loss):.1%}")
    if summary.shortfall_cny > 0:
        claimed, short = money(summary.claimed_cny), money(summary.shortfall_cny)
        yield say("curse", claimed=claimed, short=short)
    for key, rows in (
        ("surest", lines.filter("chosen").sort("inclusion", "value_cny", descending=True)),
        ("closest", lines.filter(~pl.col("chosen")).sort("inclusion", descending=True)),
    ):
        if rows.height:
            yield say(key)
            yield from (_line(row, language) for row in rows.head(SHOWN).iter_rows(named=True))


def _starts(totals: pl.DataFrame) -> list[tuple[int, int]]:
    rows = totals.filter((pl.col("quantity") == "towns") & pl.col("year").is_not_null())
    return [(year, int(n)) for year, n in rows.select("year", "planned").iter_rows()]


def _investment(totals: pl.DataFrame, language: str) -> str:
    row = totals.filter((pl.col("quantity") == "investment") & pl.col("year").is_null())
    found = row.row(0, named=True)
    planned = about(found["planned"], "cny", language, 4)
    low, high = (about(found[end], "cny", language) for end in ("low", "high"))
    words = {"planned": planned, "low": low, "high": high}
    if found["least"] is None:
        return message("planning.account.investment", language, **words)
    target = spoken(Decimal(found["least"]), "cny", language)
    reached = f"{found['probability']:.0%}"
    return message("planning.account.target", language, target=target, reached=reached, **words)


def _line(row: dict[str, object], language: str) -> str:
    name = row["name"] if row["name_en"] is None or language == "zh" else row["name_en"]
    year = "" if row["start_year"] is None else f"{row['start_year']}  "
    return f"  {year}{name}: {row[f'reason_{language}']}"
