"""The table as the page's script reads it: compact JSON inside the page."""

import json

import polars as pl

from townworks.report.facts import DiscoveryFacts
from townworks.report.intervals import Scale
from townworks.report.places import Places
from townworks.report.texts import CERTAINTY

_SIGNIFICANT = 4


def page_data(
    table: pl.DataFrame, places: Places, scale: Scale, facts: DiscoveryFacts
) -> dict[str, object]:
    """Return what the script draws from: columns as lists, names by number, four digits."""
    contexts = places.table.select("context", "area").unique(maintain_order=True)
    words = table.select("speciality").unique(maintain_order=True).with_row_index("word")
    seats = places.seats.with_row_index("seat")
    numbered = (
        places.table.join(contexts.with_row_index("belongs"), on=["context", "area"])
        .join(seats.select("county", "seat"), on="county", how="left")
        .sort("code")
        .with_row_index("number")
    )
    rows = table.join(words, on="speciality", maintain_order="left").join(
        numbered.select(place_code="code", number="number"),
        on="place_code",
        maintain_order="left",
    )
    return {
        "level": facts.level,
        "scale": [scale.low, scale.high],
        "certainty": CERTAINTY,
        "contexts": contexts.rows(),
        "places": numbered.select("code", "name", "belongs", "seat").rows(),
        "seats": seats.select("name", "area", "lon", "lat").rows() if places.has_map else [],
        "words": words["speciality"].to_list(),
        "rows": {
            "place": rows["number"].to_list(),
            "word": rows["word"].to_list(),
            "rank": rows["rank"].to_list(),
            "n": rows["enterprises"].to_list(),
            "expected": _short(rows["expected"]),
            "lq": _short(rows["lq"]),
            "low": _short(rows["lq_low"]),
            "high": _short(rows["lq_high"]),
            "sure": rows["probability"].round(5).to_list(),
            "first": rows["first_year"].to_list(),
            "recent": rows["recent_share"].round(3).to_list(),
        },
    }


def as_json(data: object) -> str:
    r"""Compact JSON that no HTML parser can leave: `<`, `>`, `&` and line separators are escaped.

    >>> as_json({"a": "</script>"})
    '{"a":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _short(values: pl.Series) -> list[float]:
    """Four significant digits are more than a page can show."""
    return values.cast(pl.Float64).round_sig_figs(_SIGNIFICANT).to_list()
