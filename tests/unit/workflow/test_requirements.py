"""What a town has to invest by when: the creation guideline of 2015, read from the rules."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from townworks.workflow import open_programme
from townworks.workflow.requirements import Requirement, requirements

BN = Decimal(1_000_000_000)
DAY = date(2016, 6, 1)


@pytest.mark.parametrize(
    ("sector", "county", "first", "whole", "years"),
    [
        ("high_end_equipment", "331003", 1, 5, 3),
        ("information_economy", "330110", "0.6", 3, 3),
        ("historical_classics", "331181", "0.6", 3, 5),
        ("fashion", "331181", "0.6", 5, 5),
    ],
)
def test_the_guideline_is_read_as_it_stands(
    sector: str, county: str, first: object, whole: object, years: int
) -> None:
    """浙特镇办〔2015〕9号: 5 bn, 3 in four sectors; at first 1, 0.6 there and in 26 counties."""
    towns = pl.DataFrame({"town_id": ["a"], "sector": [sector], "county_code": [county]})
    found = requirements(open_programme("zhejiang"), DAY, towns)["a"]
    assert found == Requirement(Decimal(str(first)) * BN, Decimal(str(whole)) * BN, years)


def test_the_path_is_straight_between_its_steps() -> None:
    need = Requirement(1 * BN, 5 * BN, 3)
    start = date(2015, 6, 4)
    assert need.path(start) == [
        (start, Decimal(0)),
        (date(2016, 6, 4), BN),
        (date(2018, 6, 4), 5 * BN),
    ]
    assert need.by(start, start) == 0
    assert need.by(date(2016, 6, 4), start) == BN
    assert need.by(date(2017, 6, 4), start) == 3 * BN
    assert need.by(date(2030, 1, 1), start) == 5 * BN
    assert need.by(date(2015, 1, 1), start) is None
    assert need.by(DAY, None) is None


def test_where_the_rules_say_nothing_nothing_is_required() -> None:
    towns = pl.DataFrame({"town_id": ["a"], "sector": ["fashion"], "county_code": ["331003"]})
    before = requirements(open_programme("zhejiang"), date(2014, 1, 1), towns)["a"]
    assert before == Requirement(None, None, None)
    assert before.path(DAY) == []
