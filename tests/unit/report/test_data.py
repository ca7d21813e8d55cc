import json
from typing import Any

import polars as pl

from townworks.report.data import as_json, page_data
from townworks.report.facts import DiscoveryFacts
from townworks.report.intervals import scale_for
from townworks.report.places import place_tables


def loaded(table: pl.DataFrame, facts: DiscoveryFacts) -> dict[str, Any]:
    data = page_data(table, place_tables(table, facts), scale_for(table), facts)
    back: dict[str, Any] = json.loads(as_json(data))
    return back


def test_every_row_can_be_read_back(table: pl.DataFrame, facts: DiscoveryFacts) -> None:
    data = loaded(table, facts)
    rows = data["rows"]
    back = pl.DataFrame(
        {
            "place_code": [data["places"][number][0] for number in rows["place"]],
            "speciality": [data["words"][number] for number in rows["word"]],
            "enterprises": rows["n"],
        }
    )
    assert back.equals(
        table.select(back.columns).with_columns(pl.col("enterprises").cast(pl.Int64))
    )


def test_places_without_rows_are_there(table: pl.DataFrame, facts: DiscoveryFacts) -> None:
    data = loaded(table, facts)
    number = [place[0] for place in data["places"]].index("330327")
    assert number not in data["rows"]["place"]


def test_unknown_years_are_null(table: pl.DataFrame, facts: DiscoveryFacts) -> None:
    first = loaded(table, facts)["rows"]["first"]
    assert first.count(None) == table["first_year"].null_count() > 0


def test_json_keeps_what_it_escapes() -> None:
    text = "</script><!-- & \u2028\u2029"
    written = as_json([text])
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written) == [text]
