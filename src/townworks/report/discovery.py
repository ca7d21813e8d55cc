"""The discovery page: one HTML file that says what each place is really specialised in."""

from base64 import b64encode
from collections.abc import Callable
from functools import cache
from hashlib import sha256

import polars as pl
from jinja2 import Template
from markupsafe import Markup

from townworks.errors import RequestError, TableError
from townworks.report.data import as_json, page_data
from townworks.report.facts import DiscoveryFacts
from townworks.report.intervals import interval_svg, scale_for, times
from townworks.report.places import place_tables
from townworks.report.templating import asset, environment
from townworks.report.texts import page_texts
from townworks.schema.discovery import Specialisation
from townworks.schema.messages import LANGUAGES

SCRIPTS = ("format.js", "interval.js", "rows.js", "table.js", "cards.js", "map.js", "page.js")
"""In the order in which they run: each uses only those before it."""
STRONGEST = 15


def discovery_page(
    specialisation: pl.DataFrame, facts: DiscoveryFacts, *, language: str = "en"
) -> str:
    """HTML of the page that shows a `Specialisation`; it loads nothing from elsewhere.

    The page speaks English and Chinese and starts in `language`; whoever opens it may switch. Names
    of places and specialities stay as they are. An empty table gives a page that says so.
    Raises `RequestError` for another language, `TableError` for a table that is none.
    """
    if language not in LANGUAGES:
        problem = f"There is no page in {language!r}"
        raise RequestError(problem, f"Ask for {' or '.join(LANGUAGES)}.")
    _check(specialisation)
    table = specialisation.sort("place_code", "rank", "speciality")
    strongest = _strongest(table)
    places, scale = place_tables(table, facts), scale_for(table)
    texts = page_texts(table, facts, (places.known, places.seats.height))
    script = "\n".join(asset("assets", name) for name in SCRIPTS)
    style = asset("assets", "discovery.css")
    data = page_data(table, places, scale, facts)
    return _template().render(
        language=language,
        facts=facts,
        text=texts[language],
        t=_speaker(texts[language]),
        style=style,
        script=script,
        policy=content_policy(style, script),
        data=as_json(data | {"texts": texts, "start": language}),
        strongest=list(strongest.iter_rows(named=True)),
        interval=lambda row: interval_svg(scale, row["lq_low"], row["lq"], row["lq_high"]),
        scale=scale,
        has_map=places.has_map,
        off_map=places.seats.filter(pl.col("lon").is_null())["name"].to_list(),
        is_empty=table.is_empty(),
    )


def content_policy(style: str, script: str) -> str:
    """Content-Security-Policy that lets this style and this script run, and nothing load."""
    hashes = [b64encode(sha256(text.encode()).digest()).decode() for text in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _check(table: pl.DataFrame) -> None:
    """Raise `TableError` unless the columns of `Specialisation` are there, filled if they must."""
    names = Specialisation.column_names()
    faults = [f"{name}: missing" for name in names if name not in table.columns]
    if not faults:
        faults = [
            f"{name}: {table[name].null_count()} nulls"
            for name in names
            if not Specialisation.columns()[name].nullable and table[name].null_count()
        ]
    if faults:
        raise TableError(Specialisation.__name__, faults)


def _strongest(table: pl.DataFrame) -> pl.DataFrame:
    """Leading specialities of places, those first whose interval lies farthest to the right."""
    return (
        table.sort("place_code", "rank", "speciality")
        .unique("place_code", keep="first", maintain_order=True)
        .sort("lq_low", "place_code", descending=[True, False])
        .head(STRONGEST)
    )


def _speaker(texts: dict[str, str]) -> Callable[[str], Markup]:
    """Make the template's function: key → text in an element that the script can translate."""

    def speak(key: str) -> Markup:
        return Markup('<span data-t="{}">{}</span>').format(key, texts[key])

    return speak


@cache
def _template() -> Template:
    own = environment()
    own.filters["times"] = times
    return own.get_template("discovery.html.j2")
