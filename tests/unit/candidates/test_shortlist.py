"""Evidence worth a town."""

from math import sqrt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from townworks.candidates import shortlist
from townworks.schema import Candidate, Specialisation

STRONG: dict[str, object] = {
    "place_code": "330681",
    "place": "诸暨市",
    "speciality": "袜子",
    "rank": 1,
    "enterprises": 100,
    "expected": 10.0,
    "lq": 8.0,
    "lq_low": 7.0,
    "lq_high": 9.0,
    "probability": 1.0,
    "first_year": 1990,
    "recent_share": 0.5,
}


def pairs(*changes: dict[str, object]) -> pl.DataFrame:
    """Rows of `Specialisation`, each of its own place unless said otherwise."""
    rows = [{**STRONG, "place_code": f"{k:06}", **change} for k, change in enumerate(changes)]
    table = pl.DataFrame(rows, schema=Specialisation.create_empty().schema)
    return Specialisation.validate(table)


@pytest.mark.parametrize(
    ("change", "chosen"),
    [
        ({}, True),
        ({"enterprises": 10}, True),
        ({"enterprises": 9}, False),
        ({"lq_low": 2.0}, True),
        ({"lq_low": 1.999}, False),
        ({"rank": 5}, True),
        ({"rank": 6}, False),
        ({"recent_share": None, "first_year": None}, True),
    ],
)
def test_threefold_evidence_is_asked_for(change: dict[str, object], *, chosen: bool) -> None:
    assert shortlist(pairs(change), 0.3).height == chosen


def age(enterprises: int, share: float | None, overall: float) -> str:
    table = shortlist(pairs({"enterprises": enterprises, "recent_share": share}), overall)
    Candidate.validate(table)
    return str(table["age"].item())


@settings(deadline=None)
@given(st.integers(10, 4_000_000), st.floats(0, 1), st.floats(0, 1))
def test_age_is_by_the_interval_of_wilson(n: int, part: float, overall: float) -> None:
    """scipy's interval has the exact quantile for 1.96: near its ends either answer will do."""
    recent = round(n * part)
    low, high = stats.binomtest(recent, n).proportion_ci(0.95, method="wilson")
    near = 1e-4 * (high - low) + 1e-12
    if min(abs(low - overall), abs(high - overall)) <= near:
        return
    expected = "new" if low > overall else "established" if high < overall else "steady"
    assert age(n, recent / n, overall) == expected


@pytest.mark.parametrize("n", [10, 100, 32_768, 50_000, 65_536, 1_000_000])
def test_half_and_half_in_closed_form(n: int) -> None:
    """At a share of ½ Wilson's interval is ½ ± z / 2√(n + z²); large n must not overflow."""
    half = 1.96 / (2 * sqrt(n + 1.96**2))
    assert age(n, 0.5, 0.5 - half - 1e-6) == "new"
    assert age(n, 0.5, 0.5 - half + 1e-6) == "steady"
    assert age(n, 0.5, 0.5 + half - 1e-6) == "steady"
    assert age(n, 0.5, 0.5 + half + 1e-6) == "established"


def test_without_dates_nothing_is_said_of_age() -> None:
    assert age(100, None, 0.3) == "steady"


def test_strongest_first_and_ties_by_place_and_speciality() -> None:
    table = pairs(
        {"place_code": "2", "speciality": "泵"},
        {"place_code": "1", "speciality": "锁", "rank": 2},
        {"place_code": "1", "speciality": "泵"},
        {"place_code": "3", "lq_low": 7.5},
    )
    keys = shortlist(table, 0.3).select("place_code", "speciality").rows()
    assert keys == [("3", "袜子"), ("1", "泵"), ("1", "锁"), ("2", "泵")]
    assert keys == shortlist(table.reverse(), 0.3).select("place_code", "speciality").rows()


def test_nothing_in_nothing_out() -> None:
    table = shortlist(Specialisation.create_empty(), 0.3)
    assert table.is_empty()
    Candidate.validate(table)
