"""One HTML file for a chain at a place: picture, gaps with leads, all counties, method."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

import polars as pl
from jinja2 import Template
from markupsafe import Markup

from townworks.errors import RequestError
from townworks.report.chains.picture import Node, draw_chain, picture_style
from townworks.report.discovery import content_policy
from townworks.report.templating import asset, environment
from townworks.schema.chains import Chain
from townworks.schema.messages import LANGUAGES, catalogue, message

SHOWN_LEADS = 10
"""Leads shown for each stage; all of them are in leads.csv."""
SHOWN_ADDING = 30
"""Enterprises shown with what they add; all of them are in enterprises.csv."""
SHOWN_NAMES = 12
"""Enterprises named for each stage of the place."""


@dataclass(frozen=True, slots=True)
class ChainFacts:
    """What the page shows; tables as `workflow.chains.ChainResult` has them."""

    chain: Chain
    place: str
    place_code: str
    county_code: str
    within_km: float
    read: int
    as_of: date
    completeness: pl.DataFrame
    counties: pl.DataFrame
    gaps: pl.DataFrame
    leads: pl.DataFrame
    enterprises: pl.DataFrame
    entrants: pl.DataFrame
    partners: pl.DataFrame


def chain_page(facts: ChainFacts, language: str = "en") -> str:
    """Return the page in both languages, opening in `language`; it loads nothing from elsewhere.

    Raises `RequestError` for another language.
    """
    if language not in LANGUAGES:
        problem = f"There is no page in {language!r}"
        raise RequestError(problem, f"Ask for {' or '.join(LANGUAGES)}.")
    style = asset("assets", "chain.css") + picture_style()
    own = _names(facts.enterprises)
    nodes = {
        row["stage_id"]: Node(row["state"], row["place"], row["needed"], own(row["stage_id"]))
        for row in facts.gaps.iter_rows(named=True)
    }
    return _template().render(
        language=language,
        facts=facts,
        chain=facts.chain,
        style=Markup(style),  # noqa: S704  our own file
        policy=content_policy(style, ""),
        picture=draw_chain(facts.chain, nodes),
        catchments=list(_of_place(facts).iter_rows(named=True)),
        weightings=list(_weightings(facts).iter_rows(named=True)),
        counties=list(ranked_counties(facts).iter_rows(named=True)),
        stages=list(facts.gaps.iter_rows(named=True)),
        names=own,
        leads=_leads(facts),
        adding=list(facts.enterprises.head(SHOWN_ADDING).iter_rows(named=True)),
        titles=_titles(facts.chain),
        entrants=list(facts.entrants.head(SHOWN_LEADS).iter_rows(named=True)),
        partners=list(facts.partners.head(SHOWN_LEADS).iter_rows(named=True)),
        stage_titles={stage.stage_id: stage.title for stage in facts.chain.stages},
        notes={s.stage_id: s.note for s in facts.chain.stages if s.note},
        both=both,
        of=both_of,
    )


def both(key: str, **values: object) -> Markup:
    """Return a message in both languages; the page shows one of them."""
    return both_of({lang: message(f"chains.{key}", lang, **values) for lang in LANGUAGES})


def both_of(texts: dict[str, str]) -> Markup:
    """Return a text in both languages, marked for the reader's choice and for screen readers."""
    return Markup("").join(
        Markup('<span class="{0}" lang="{0}">{1}</span>').format(lang, texts[lang])
        for lang in LANGUAGES
    )


def ranked_counties(facts: ChainFacts) -> pl.DataFrame:
    """Every county that can be judged, the greatest excess first, with its rank."""
    return (
        facts.completeness.filter(
            (pl.col("catchment") == "place") & (pl.col("weights") == "links")
        )
        .join(facts.counties, left_on="place_code", right_on="county_code")
        .drop_nulls("excess")
        .sort("excess", "place_code", descending=[True, False])
        .with_columns(rank=pl.col("excess").rank("min", descending=True))
        .select("rank", "place_code", "county", "enterprises", "members", "stages_filled",
                "stages_known", "completeness", "low", "high", "expected", "excess", "p_value")
    )  # fmt: skip


def _of_place(facts: ChainFacts) -> pl.DataFrame:
    mine = facts.completeness.filter(pl.col("weights") == "links")
    place = mine.filter(
        (pl.col("place_code") == facts.place_code) & (pl.col("catchment") != "county")
    )
    county = mine.filter(pl.col("catchment") == "county")
    order = pl.Enum(["place", "county", "within"])
    return pl.concat([place, county]).sort(pl.col("catchment").cast(order))


def _weightings(facts: ChainFacts) -> pl.DataFrame:
    return facts.completeness.filter(
        (pl.col("place_code") == facts.place_code) & (pl.col("catchment") == "place")
    )


def _titles(chain: Chain) -> Callable[[str], Markup]:
    """Make the function: ids of stages, joined by 、 → their titles in both languages."""
    titles = {stage.stage_id: stage.title for stage in chain.stages}

    def of_stages(joined: str) -> Markup:
        found = [titles[stage_id] for stage_id in joined.split("、")]
        between = {"en": ", ", "zh": "、"}
        return both_of({lang: between[lang].join(t[lang] for t in found) for lang in LANGUAGES})

    return of_stages


def _names(enterprises: pl.DataFrame) -> Callable[[str], list[str]]:
    """Make the function: stage → names of its first enterprises at the place."""

    def of_stage(stage_id: str) -> list[str]:
        stages = pl.col("stages").str.split("、").list.contains(stage_id)
        return enterprises.filter(stages)["name"].head(SHOWN_NAMES).to_list()

    return of_stage


def _leads(facts: ChainFacts) -> dict[str, list[dict[str, object]]]:
    """Return the first leads of each stage, their words marked in their names."""
    found: dict[str, list[dict[str, object]]] = {}
    for row in facts.leads.filter(pl.col("rank") <= SHOWN_LEADS).iter_rows(named=True):
        marked = mark(row["name"], row["terms"].split("、"))
        reasons = {lang: row[f"reason_{lang}"] for lang in LANGUAGES}
        found.setdefault(row["stage_id"], []).append(row | {"marked": marked, "reason": reasons})
    return found


def mark(text: str, words: Iterable[str]) -> Markup:
    """Return a text with the first of some words, the longest first, in <mark>.

    >>> str(mark("大唐袜机有限公司", ["袜", "袜机"]))
    '大唐<mark>袜机</mark>有限公司'
    """
    for word in sorted(words, key=len, reverse=True):
        before, found, after = text.rpartition(word)
        if found:
            return Markup("{}<mark>{}</mark>{}").format(before, found, after)
    return Markup("{}").format(text)


@cache
def _template() -> Template:
    own = environment()
    own.globals["words"] = sorted(k for k in catalogue() if k.startswith("chains."))
    own.filters["percent"] = lambda value: "—" if value is None else f"{value:.0%}"
    own.filters["points"] = lambda value: f"{100 * value:.2f}"
    return own.get_template("chain.html.j2")
