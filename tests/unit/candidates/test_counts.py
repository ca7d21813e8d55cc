"""Counts of enterprises by place and speciality, against counting by hand."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townworks.candidates.counts import (
    RECENT_YEARS,
    count_mentions,
    count_years,
    covered_years,
)

NAMES = ("袜子", "泵", "阀门")
PLACES = pl.DataFrame(
    {
        "place_code": ["330681", "330324", "310118"],
        "place": ["诸暨市", "永嘉县", "青浦区"],
        "region": ["330600", "330300", "310000"],
    }
)
MENTION = {
    "enterprise": pl.UInt32,
    "speciality": pl.UInt32,
    "role": pl.UInt8,
    "main": pl.Boolean,
    "alone": pl.Boolean,
}


@dataclass(frozen=True)
class Firm:
    """An enterprise: where, since when, and what (index into `NAMES`) → main, alone."""

    place: str | None
    year: int | None
    does: dict[int, tuple[bool, bool]]


FIRMS = st.lists(
    st.builds(
        Firm,
        st.sampled_from(["330681", None, "330324"]),
        st.one_of(st.none(), st.sampled_from([1999, 2001, 2003, 2004, 2006, 2009, 2013])),
        st.dictionaries(st.integers(0, 2), st.tuples(st.booleans(), st.booleans())),
    ),
    max_size=40,
)

CUTS = st.sets(st.integers(0, 8))
"""Where the chunks of mentions are cut; the rest is the last chunk."""


def enterprises(firms: Sequence[Firm]) -> pl.DataFrame:
    rows = [(firm.place, firm.year) for firm in firms]
    return pl.DataFrame(rows, {"place_code": pl.String, "year": pl.Int32}, orient="row")


def mentions(firms: Sequence[Firm], begin: int, end: int) -> pl.DataFrame:
    rows = [
        (number, what, 0, *how)
        for number in range(begin, end)
        for what, how in firms[number].does.items()
    ]
    return pl.DataFrame(rows, MENTION, orient="row")


def chunks(firms: Sequence[Firm], cuts: set[int]) -> list[pl.DataFrame]:
    bounds = sorted({0, len(firms), *(cut for cut in cuts if cut < len(firms))})
    return [mentions(firms, a, b) for a, b in pairwise([*bounds, bounds[-1]])]


def by_hand(firms: Sequence[Firm], recent: Sequence[int]) -> dict[object, list[object]]:
    """(place, speciality) → enterprises, main, alone, first year, recent, dated."""
    groups = defaultdict(list)
    for firm in firms:
        for what, how in firm.does.items():
            groups[firm.place, NAMES[what]].append((firm.year, *how))
    return {
        key: [
            len(group),
            sum(main for _, main, _ in group),
            sum(alone for *_, alone in group),
            min((year for year, *_ in group if year), default=None),
            sum(year in recent for year, *_ in group),
            sum(year is not None for year, *_ in group),
        ]
        for key, group in groups.items()
    }


@settings(deadline=None)
@given(FIRMS, CUTS)
def test_cells_are_those_counted_by_hand(firms: list[Firm], cuts: set[int]) -> None:
    counts = count_mentions(chunks(firms, cuts), NAMES, enterprises(firms), PLACES)
    columns = ["enterprises", "main", "alone", "first_year", "recent", "dated"]
    found = counts.cells.select("place_code", "speciality", *columns)
    expected = by_hand(firms, counts.years[-RECENT_YEARS:])
    assert {(place, what): rest for place, what, *rest in found.iter_rows()} == expected
    assert found.height == len(expected)
    keys = [(place is not None, place or "", what) for place, what, *_ in found.iter_rows()]
    assert keys == sorted(keys)
    assert [counts.cells.schema[name] for name in columns] == [
        pl.Int32 if name == "first_year" else pl.UInt32 for name in columns
    ]


@settings(deadline=None)
@given(FIRMS)
def test_places_hold_all_enterprises_and_the_unknown_place(firms: list[Firm]) -> None:
    counts = count_mentions(chunks(firms, set()), NAMES, enterprises(firms), PLACES)
    known = {code: (place, region) for code, place, region in PLACES.iter_rows()}
    expected: dict[str | None, tuple[str | None, str | None, int]] = {}
    for firm in firms:
        place, region = known[firm.place] if firm.place else (None, None)
        before = expected.get(firm.place, (place, region, 0))[2]
        expected[firm.place] = (place, region, before + 1)
    table = counts.places.select("place_code", "place", "region", "enterprises")
    assert {code: tuple(rest) for code, *rest in table.iter_rows()} == expected
    assert table["enterprises"].sum() == len(firms)


@settings(deadline=None)
@given(FIRMS, CUTS)
def test_years_are_those_counted_by_hand(firms: list[Firm], cuts: set[int]) -> None:
    found = count_years(chunks(firms, cuts), NAMES, enterprises(firms))
    expected: dict[object, int] = defaultdict(int)
    for firm in firms:
        for what in firm.does:
            expected[firm.place, NAMES[what], firm.year] += 1
    rows = found.select("place_code", "speciality", "year", "enterprises").iter_rows()
    assert {(place, what, year): n for place, what, year, n in rows} == expected


@given(st.lists(st.integers(1990, 2015), max_size=300), st.sets(st.integers(1990, 2015)))
@settings(deadline=None)
def test_covered_years_have_a_fiftieth_of_the_median(years: list[int], full: set[int]) -> None:
    rows = [*years, *(year for year in full for _ in range(100))]
    times = {year: rows.count(year) for year in sorted(set(rows))}
    expected = tuple(y for y, n in times.items() if n >= median(times.values()) / 50)
    assert covered_years(pl.Series("year", rows, dtype=pl.Int32)) == expected


@pytest.mark.parametrize("years", [[], [None], [None, None]])
def test_undated_source_covers_no_year(years: list[None]) -> None:
    assert covered_years(pl.Series("year", years, dtype=pl.Int32)) == ()


def test_thin_years_are_not_covered_nor_recent() -> None:
    """Of 2003 to 2008 the source has 100 rows a year, of 2014 one: five years back from 2008."""
    firms = [Firm("330681", year, {0: (True, True)}) for year in range(2003, 2009)] * 100
    firms.append(Firm("330681", 2014, {0: (True, True)}))
    counts = count_mentions(chunks(firms, set()), NAMES, enterprises(firms), PLACES)
    assert counts.years == (2003, 2004, 2005, 2006, 2007, 2008)
    row = counts.cells.row(0, named=True)
    assert (row["recent"], row["dated"], row["enterprises"]) == (500, 601, 601)
