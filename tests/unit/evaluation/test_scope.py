from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from townworks.errors import DefinitionsError
from townworks.evaluation.scope import UNBOUNDED, in_scope, parse_scopes
from townworks.schema.programme import Figure

TOWNS = pl.DataFrame({"town_id": ["t", "u"], "listed_on": [date(2015, 6, 4), date(2016, 1, 29)]})
BASE = {
    "town_id": "t",
    "metric": "tax_cny",
    "value": Decimal(5),
    "unit": "cny",
    "bound": "exact",
    "geography": "town",
    "geography_name": None,
    "population": "all",
    "extent": "during",
    "period": "2015",
    "period_from": date(2015, 1, 1),
    "period_to": date(2015, 12, 31),
    "evidence": "reported",
    "contradicts": False,
    "source": "s",
}
YEAR = '[tax]\nmetric = "tax_cny"\nperiod = "{}"\n'


def figures(*changes: Mapping[str, object]) -> pl.DataFrame:
    """Figures that differ from one in scope."""
    return Figure.cast(pl.DataFrame([{**BASE, **change} for change in changes]))


def found(period: str, *changes: Mapping[str, object], year: int = 2015) -> tuple[object, object]:
    """Lower and upper value of the first town."""
    scoped = in_scope(figures(*changes), TOWNS, parse_scopes(YEAR.format(period)), year)
    return scoped.low["tax"][0], scoped.high["tax"][0]


def test_a_figure_in_scope_counts() -> None:
    assert found("year", {}) == (5, 5)


@pytest.mark.parametrize(
    "other",
    [
        {"metric": "new_tax_cny"},
        {"geography": "cluster"},
        {"geography": "county", "geography_name": "X"},
        {"population": "cloud"},
        {"extent": "cumulative"},
        {"evidence": "planned"},
        {"evidence": "target"},
        {"period_from": date(2014, 1, 1), "period_to": date(2014, 12, 31)},
        {"period_to": date(2015, 8, 31)},
        {"period_from": None, "period_to": None},
        {"town_id": "elsewhere"},
        {"town_id": None},
    ],
)
def test_another_scope_never_counts(other: dict[str, object]) -> None:
    assert found("year", other) == (None, None)


def test_a_first_year_is_the_year_of_listing() -> None:
    assert found("first_year", {}) == (5, 5)
    of_2016 = {"period_from": date(2016, 1, 1), "period_to": date(2016, 12, 31)}
    assert found("first_year", of_2016, year=2016) == (None, None)


def test_bounds_are_kept_as_bounds() -> None:
    assert found("year", {"bound": "over"}) == (5, UNBOUNDED)
    assert found("year", {"bound": "nearly"}) == (0, 5)
    assert found("year", {"bound": "about"}) == (5, 5)


def test_two_values_of_one_scope_leave_it_unknown() -> None:
    scoped = in_scope(
        figures({}, {"value": Decimal(6), "source": "r"}),
        TOWNS,
        parse_scopes(YEAR.format("year")),
        2015,
    )
    assert scoped.low["tax"].to_list() == [None, None]
    assert scoped.used["standing"].to_list() == ["contradicted"] * 2
    assert found("year", {}, {"source": "r"}) == (5, 5)


def test_the_latest_state_up_to_the_years_end() -> None:
    states = [
        {"value": Decimal(year), "period_from": None, "period_to": date(year, 6, 1)}
        for year in (2013, 2014, 2016)
    ]
    assert found("latest", *states) == (2014, 2014)


def test_plans_count_whenever_they_end() -> None:
    plan = {"period_to": date(2017, 12, 31)}
    assert found("plan", plan) == (5, 5)
    assert found("plan", {"period_from": date(2016, 1, 1), "period_to": date(2017, 1, 1)}) == (
        None,
        None,
    )


def test_what_was_used_is_listed_with_its_source() -> None:
    scoped = in_scope(figures({}), TOWNS, parse_scopes(YEAR.format("year")), 2015)
    assert scoped.used.row(0, named=True) == {
        "town_id": "t",
        "input": "tax",
        "value": Decimal(5),
        "bound": "exact",
        "period": "2015",
        "evidence": "reported",
        "source": "s",
        "standing": "used",
    }
    assert in_scope(figures({}), TOWNS, (), 2015).used.is_empty()


def test_faults_of_scopes_come_together() -> None:
    text = '[a]\nmetric = "x"\nperiod = "yaer"\ngeography = ["twn"]\n[b]\nperiod = "year"'
    with pytest.raises(DefinitionsError) as caught:
        parse_scopes(text)
    assert [key for _, key, _ in caught.value.faults] == ["a.geography", "a.period", "b.metric"]
