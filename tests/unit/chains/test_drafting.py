"""A draft finds what was planted, says what it rests on, and loads once it is translated."""

import polars as pl

from townworks.chains import load_chains
from townworks.chains.drafting import companions, draft_chain

NAMES = ("灯", "灯机", "玻璃", "米")


def planted() -> tuple[pl.DataFrame, pl.Series]:
    """Return 200 enterprises in ten places: lamps, machines and glass in two, rice everywhere."""
    rows, places = [], []
    for number in range(200):
        place = number % 10
        places.append(f"{place}")
        said = {0, 1, 2} if place < 2 and number % 3 else {3}
        rows += [(number, thing) for thing in said]
    schema = {"enterprise": pl.UInt32, "speciality": pl.UInt32}
    return pl.DataFrame(rows, schema=schema, orient="row"), pl.Series(places)


def test_it_finds_what_goes_together() -> None:
    mentions, places = planted()
    found = companions(mentions, places, NAMES, "灯")
    assert set(found["speciality"]) == {"灯机", "玻璃"}
    assert (found["lift"] > 5).all()
    assert (found["proximity"] == 1).all()


def test_a_draft_loads_once_translated() -> None:
    mentions, places = planted()
    text = draft_chain(companions(mentions, places, NAMES, "灯"), "灯")
    assert "said together by" in text
    chain = load_chains({"chains/lamps.toml": text.replace('en = ""', 'en = "x"')})["lamps"]
    positions = {stage.title["zh"]: stage.position for stage in chain.stages}
    assert positions == {"灯": "midstream", "灯机": "machinery", "玻璃": "upstream"}
