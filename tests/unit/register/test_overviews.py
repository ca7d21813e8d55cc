"""What the pages show: published numbers, as of a day, without the practice town."""

from datetime import date
from decimal import Decimal

import pytest

from townworks.register import overviews
from townworks.register.models import Town

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("day", "towns"),
    [
        (date(2015, 6, 3), 0),
        (date(2015, 6, 4), 37),
        (date(2016, 1, 28), 37),
        (date(2016, 1, 29), 79),
    ],
)
@pytest.mark.usefixtures("people")
def test_towns_on_lists_are_those_announced(day: date, towns: int) -> None:
    """37 on the first list, 42 on the second: 79, as published."""
    assert sum(overviews.listed(overviews.standings(day)).values()) == towns


@pytest.mark.usefixtures("people")
def test_investment_of_2015_is_what_was_published() -> None:
    rows = overviews.programme_investment(date(2016, 6, 1))
    assert overviews.best_known(rows) == Decimal(47_790_000_000)
    assert overviews.programme_investment(date(2015, 12, 30)) == []


def test_each_period_counts_once_at_its_highest_level() -> None:
    end = date(2015, 12, 31)
    rows = [
        overviews.Amount(end, "planned", Decimal(90), "", "2015Q4"),
        overviews.Amount(end, "reported", Decimal(60), "", "2015Q4"),
        overviews.Amount(end, "verified", Decimal(55), "", "2015Q4"),
    ]
    assert overviews.best_known(rows) == 55
    assert overviews.by_level(rows) == {"planned": 90, "reported": 60, "verified": 55}


def test_presence_of_the_practice_town(town: Town) -> None:
    rows = overviews.presence(town, date(2016, 3, 31))
    last = {row.origin: row.enterprises for row in rows if row.period_end == date(2016, 3, 31)}
    assert last == {"already_there": 2, "new": 2, "relocated": 1, "branch": 1}
    assert overviews.presence(town, date(2015, 6, 1)) == []


@pytest.mark.usefixtures("people")
def test_decisions_are_public_ones_and_never_practice() -> None:
    found = overviews.latest_decisions(date(2016, 6, 1), 200)
    assert found
    assert not any(decision.town.practice for decision in found)
    assert [d.on for d in found] == sorted((d.on for d in found), reverse=True)
