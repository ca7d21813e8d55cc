"""Every candidate as a row of the page: choice, worth, chances, the plain list, evidence, why."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
from markupsafe import Markup

from townworks.report.charts.amounts import Unit, unit_for
from townworks.report.plans.facts import PlanFacts, Row
from townworks.report.plans.gauges import Linear, bar, interval
from townworks.report.plans.writing import (
    NOTHING,
    Words,
    both,
    known,
    money,
    number,
    of,
    part,
    percent,
    words,
)
from townworks.schema.messages import LANGUAGES

CATEGORIES = ("both", "plan_only", "list_only", "neither")
"""Of a candidate: in the plan and on the plain list, in one of them, in neither."""


def anchor(candidate_id: str) -> str:
    """Return the id of a candidate's row: ``plan.html#candidate-yunqi``.

    >>> anchor("yunqi"), anchor("a b")
    ('candidate-yunqi', 'candidate-a:20:b')
    """
    return "candidate-" + re.sub(r"[^\w.-]", lambda m: f":{ord(m[0]):x}:", candidate_id)


def category(row: Row) -> str:
    """Return which of `CATEGORIES` a line belongs to."""
    if row["chosen"]:
        return "both" if row["on_list"] else "plan_only"
    return "list_only" if row["on_list"] else "neither"


def called(row: Row) -> Words:
    """Return the name of a candidate by language; without an English one, as it was written."""
    return {"en": row["name_en"] or row["name"], "zh": row["name"]}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row as the template shows it; keys: what the script sorts by, best first where it counts.

    needed: what a refused one would have to be worth, beside what it is.
    """

    anchor: str
    name: Words
    native: str
    where: str
    sector: Words
    industry: str
    category: str
    row: Row
    keys: str
    worth: Words
    spread: Words
    gauge: Markup
    inclusion: Markup
    evidence: Markup
    reason: Words
    swap: Markup
    needed: Markup
    note: Words


def candidates(facts: PlanFacts) -> list[Candidate]:
    """Return the rows: the chosen by year and worth, then the refused, the closest call first."""
    lines = facts.lines.sort(
        pl.col("chosen"), pl.col("start_year"), pl.when("chosen").then("value_cny"), "inclusion",
        "candidate_id", descending=[True, False, True, True, False], nulls_last=True,
    )  # fmt: skip
    names = {row["candidate_id"]: called(row) for row in facts.lines.iter_rows(named=True)}
    drawn = _Drawn(facts, names)
    return [drawn.candidate(row) for row in lines.iter_rows(named=True)]


def value_units(facts: PlanFacts) -> dict[str, Unit]:
    """Return the unit of the table's money for each language, by the middling worth in it."""
    middle = facts.lines["value_cny"].cast(pl.Float64).abs().median()
    return {lang: unit_for(float(str(middle or 0)), lang) for lang in LANGUAGES}


class _Drawn:
    """What all rows share: units, scale, names."""

    def __init__(self, facts: PlanFacts, names: Mapping[str, Words]) -> None:
        self.units, self.names, self.sectors = value_units(facts), names, facts.sectors
        values = [float(v) for n in ("value_low_cny", "value_high_cny") for v in facts.lines[n]]
        self.scale = Linear(min([0.0, *values]), max([1.0, *values]))

    def candidate(self, row: Row) -> Candidate:
        low, value, high = (row[f"value{part}_cny"] for part in ("_low", "", "_high"))
        return Candidate(
            anchor=anchor(row["candidate_id"]),
            name=called(row),
            native=row["name"] if row["name_en"] else "",
            where=f"{row['prefecture'] or ''}{row['county'] or ''}",
            sector=sector_title(self.sectors, row["sector"]),
            industry=row["industry"],
            category=category(row),
            row=row,
            keys=_keys(row),
            worth=self._figure(value),
            spread={k: f"{v}–{self._figure(high)[k]}" for k, v in self._figure(low).items()},
            gauge=interval(self.scale, low, value, high),
            inclusion=bar(row["inclusion"]),
            evidence=_evidence(row),
            reason={lang: row[f"reason_{lang}"] for lang in LANGUAGES},
            swap=self._swap(row),
            needed=_needed(row),
            note=_note(row),
        )

    def _figure(self, amount: float) -> dict[str, str]:
        return {lang: number(unit.drawn(amount)) for lang, unit in self.units.items()}

    def _swap(self, row: Row) -> Markup:
        """Say who stands next, and what the exchange costs."""
        other = row["next_best"]
        if other is None:
            return Markup("")
        name = of(self.names.get(other) or dict.fromkeys(LANGUAGES, str(other)))
        if other in self.names:
            name = Markup('<a href="#{}">{}</a>').format(anchor(other), name)
        said = both("swap.chosen" if row["chosen"] else "swap.refused")
        if row["regret_share"] is None:
            return Markup("{} {}").format(said, name)
        cost = both("swap.cost", share=part(row["regret_share"]))
        return Markup("{} {} {}").format(said, name, cost)


def _note(row: Row) -> Words:
    """Return what the registry says in words, in the other language where one is missing."""
    told = {"en": row["evidence_note"], "zh": row.get("evidence_note_zh")}
    either = told["en"] or told["zh"] or ""
    return words("evidence.noted", note={lang: text or either for lang, text in told.items()})


def _keys(row: Row) -> str:
    """Write what columns are sorted by, in their order, between bars."""
    order = {"supports": 2, "silent": 1, "contradicts": 0}[row["evidence"]]
    keys = (
        row["start_year"] or 9999,
        f"{float(row['value_cny']):.4g}",
        f"{row['inclusion']:.4g}",
        row["score_rank"],
        order,
    )
    return "|".join(map(str, keys))


def _evidence(row: Row) -> Markup:
    """Say what the registry counted, if it did; nothing if it is silent."""
    if row["enterprises"] is None and row["lq"] is None:
        return Markup("")
    parts = []
    if row["enterprises"] is not None:
        parts.append(both("evidence.counted", n=row["enterprises"]))
    if row["lq"] is not None:
        spread = f" ({number(row['lq_low'])}–{number(row['lq_high'])})" if row["lq_low"] else ""
        parts.append(Markup("×{}{}").format(number(row["lq"]), spread))
    return Markup(" · ").join(parts)


def _needed(row: Row) -> Markup:
    """Say what would have to be true for a refused one to be chosen."""
    if row["chosen"] or row["needed_value_cny"] is None:
        return Markup("")
    value, needed = float(row["value_cny"]), float(row["needed_value_cny"])
    more = percent(needed / value - 1) if value > 0 else NOTHING
    return both("needed", v=money(row["needed_value_cny"]), more=more)


def sector_title(titles: Mapping[str, Words], code: str) -> Words:
    """Return a sector's title by language; a code without one is shown as it is."""
    return titles.get(code) or known("sector", code)


def tally(facts: PlanFacts, column: str) -> list[Row]:
    """Count candidates, the chosen by start year, and their investment, by a column; most first."""
    years = {f"y{year}": (pl.col("start_year") == year).sum() for year in facts.start_years}
    table = facts.lines.with_columns(pl.col(column).fill_null("")).group_by(column)
    return (
        table.agg(
            pl.len().alias("n"),
            pl.col("chosen").sum(),
            pl.when("chosen").then("investment_cny").sum().alias("investment_cny"),
            **years,
        )
        .sort("chosen", "n", column, descending=[True, True, False])
        .to_dicts()
    )


def closest_calls(facts: PlanFacts, shown: int = 8) -> tuple[list[Row], list[Row]]:
    """Return the chosen whose place is the least certain, and the refused who came closest."""
    ins = facts.chosen.sort("inclusion", "candidate_id").head(shown)
    outs = facts.refused.sort("inclusion", "candidate_id", descending=[True, False]).head(shown)
    return ins.to_dicts(), outs.to_dicts()
