"""One HTML file for a plan: what was decided of every candidate and why, for all who ask."""

from collections.abc import Callable
from functools import cache
from typing import Any

from jinja2 import Template
from markupsafe import Markup

from townworks.errors import RequestError
from townworks.report.charts import Spec
from townworks.report.discovery import content_policy
from townworks.report.plans import assumptions, atlas, charts, headline, phases, rows, tables
from townworks.report.plans.drawing import draw
from townworks.report.plans.facts import PlanFacts
from townworks.report.plans.writing import (
    both,
    changed,
    known,
    limit,
    money,
    number,
    of,
    part,
    percent,
    quantity,
    words,
)
from townworks.report.templating import asset, environment
from townworks.schema.messages import LANGUAGES

SMALL, WIDE, NARROW = 340, 1120, 346
"""Widths of charts in px: side by side, across the page, and across a phone."""
YEARS = {"towns": ("towns",), "investment": ("investment", *phases.PARTS),
         "fiscal_return": ("fiscal_return",), "land": ("land",)}  # fmt: skip

LABELS = {"worth": "worth", "chance": "inclusion", "score": "score", "proof": "evidence"}
"""Class of a cell → its column."""


def plan_page(facts: PlanFacts, language: str = "en") -> str:
    """Return the page in both languages, opening in `language`; it loads nothing from elsewhere.

    Each candidate's row can be linked to, see `anchor`. Raises `RequestError` for another language.
    """
    if language not in LANGUAGES:
        problem = f"There is no page in {language!r}"
        raise RequestError(problem, f"Ask for {' or '.join(LANGUAGES)}.")
    style = _style(facts)
    script = asset("assets", "plan.js")
    return _template().render(
        language=language,
        facts=facts,
        s=facts.summary,
        style=Markup(style),  # noqa: S704  our own file
        script=Markup(script),  # noqa: S704  our own file
        policy=content_policy(style, script),
        title=words("title", programme=facts.title),
        lead=headline.lead(facts),
        cards=headline.cards(facts),
        unknowns=headline.unknowns(facts),
        map=atlas.draw_map(facts),
        rows=rows.candidates(facts),
        **_parts(facts),
        **_drawings(facts),
    )


def _style(facts: PlanFacts) -> str:
    """Return the page's CSS; on phones, cells bear the words of their columns."""
    units = {lang: unit.title for lang, unit in rows.value_units(facts).items()}
    labels = "".join(
        f'body:has(#speak-{lang}:checked) .plan-rows .{cell}::before {{ content: "{text}"; }}\n'
        for cell, key in LABELS.items()
        for lang, text in words(f"head.{key}", unit=units).items()
    )
    own = asset("assets", "plan.css")
    return f"{asset('assets', 'discovery.css')}{own}@media (max-width: 48rem) {{\n{labels}}}\n"


def _parts(facts: PlanFacts) -> dict[str, Any]:
    """Return what the template's tables are made from."""
    amounts = phases.amounts(facts)
    return {
        "units": {lang: unit.title for lang, unit in rows.value_units(facts).items()},
        "money_units": {lang: unit.title for lang, unit in tables.money_units(facts).items()},
        "invested": tables.invested(facts),
        "shapes": tables.SYMBOLS,
        "amounts": amounts,
        "years": [each.year for each in amounts["towns"]],
        "starts": facts.start_years,
        "sectors": rows.tally(facts, "sector"),
        "prefectures": rows.tally(facts, "prefecture"),
        "sector_title": lambda code: rows.sector_title(facts.sectors, code),
        "is_bounded": tables.is_bounded(facts),
        "unclaimed": facts.chosen["value_claimed_cny"].null_count(),
        "absent": phases.absent(amounts),
        "brings": tables.brings(facts),
        "evidence": tables.evidence(facts),
        "categories": tables.categories(facts),
        "calls": rows.closest_calls(facts),
        "frontiers": tables.frontiers(facts),
        "settings": [
            row | {"said": assumptions.setting(row)} for row in facts.sensitivity.to_dicts()
        ],
        "pairs": tables.pairs(facts),
        "shadow": facts.shadow.to_dicts(),
        "overrides": facts.overrides.to_dicts(),
        "curse": assumptions.curse(facts),
        "displaced": assumptions.displaced(facts),
        "link": _linker(facts),
    }


def _drawings(facts: PlanFacts) -> dict[str, Markup]:
    """Draw the charts, each in both languages."""
    amounts = phases.amounts(facts)
    bars = {
        "chart_curse": assumptions.curse(facts),
        "chart_displaced": assumptions.displaced(facts),
    }
    return {
        "chart_years": Markup("").join(_years(amounts, name) for name in YEARS),
        "chart_inclusion": _inclusion(facts),
        "chart_sensitivity": _two(lambda lang: assumptions.sensitivity_chart(facts, lang)),
        **{name: _one(_bars(values)) for name, values in bars.items()},
        "chart_frontiers": Markup("").join(
            _one(_frontier(facts, across)) for across in tables.frontiers(facts)
        ),
    }


def _bars(values: list[dict[str, Any]]) -> Callable[[str], Spec | None]:
    return lambda lang: assumptions.value_bars(values, lang)


def _frontier(facts: PlanFacts, across: str) -> Callable[[str], Spec | None]:
    return lambda lang: charts.frontier_chart(facts, across, lang)


def _years(amounts: dict[str, list[phases.Amount]], name: str) -> Markup:
    wanted = [amounts[quantity][:-1] for quantity in YEARS[name]]
    return _one(
        lambda lang: charts.year_bars(wanted, charts.say(f"quantity.{name}", lang), lang), 268
    )


def _one(chart: Callable[[str], Spec | None], width: int = SMALL) -> Markup:
    """Draw a small chart in each language; the page shows one. Nothing to draw: nothing."""
    specs = {lang: chart(lang) for lang in LANGUAGES}
    drawn = Markup("").join(
        Markup('<div class="{}">{}</div>').format(lang, draw(spec, width))
        for lang, spec in specs.items()
        if spec is not None
    )
    return Markup('<div class="chart">{}</div>').format(drawn) if drawn else Markup("")


def _inclusion(facts: PlanFacts) -> Markup:
    """Draw the chart without words for the page, where a point leads to its row, and the phone."""
    titles = {
        rows.anchor(row["candidate_id"]): f"{row['name']} · {percent(row['inclusion'])}"
        for row in facts.lines.iter_rows(named=True)
    }
    wide = charts.inclusion_chart(facts, linked=True)
    small = charts.inclusion_chart(facts, linked=False)
    if wide is None or small is None:
        return Markup("")
    return Markup(
        '<div class="chart"><div class="on-page">{}</div><div class="on-phone">{}</div></div>'
    ).format(draw(wide, WIDE, titles=titles), draw(small, NARROW, narrow=True))


def _two(chart: Callable[[str], Spec | None]) -> Markup:
    """Draw a wide chart in each language, for the page and for the phone."""
    drawn = []
    for lang in LANGUAGES:
        spec = chart(lang)
        if spec is None:
            return Markup("")
        for kind, width in (("on-page", WIDE), ("on-phone", NARROW)):
            picture = draw(spec, width, narrow=kind == "on-phone")
            drawn.append(Markup('<div class="{} {}">{}</div>').format(lang, kind, picture))
    return Markup('<div class="chart">{}</div>').format(Markup("").join(drawn))


def _linker(facts: PlanFacts) -> Callable[[str | None], Markup]:
    """Make the function: candidate id → its name as a link to its row; unknown ones as they are."""
    names = {row["candidate_id"]: rows.called(row) for row in facts.lines.iter_rows(named=True)}

    def link(candidate_id: str | None) -> Markup:
        if candidate_id is None or candidate_id not in names:
            return Markup("{}").format(candidate_id or "–")
        name = of(names[candidate_id])
        return Markup('<a href="#{}">{}</a>').format(rows.anchor(candidate_id), name)

    return link


@cache
def _template() -> Template:
    own = environment()
    spoken = {"both": both, "of": of, "known": known, "words": words, "quantity": quantity,
              "money": money, "changed": changed, "limit": limit}  # fmt: skip
    own.globals.update(spoken)
    filters: dict[str, Callable[..., Any]] = {
        "money": lambda value: of(money(value)),
        "percent": percent,
        "part": part,
        "number": number,
    }
    own.filters.update(filters)
    return own.get_template("plan.html.j2")
