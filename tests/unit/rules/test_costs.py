from collections.abc import Callable
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from townworks.rules import RuleBook, Subjects, combine, compare, costs, judge
from townworks.rules.costs import anniversary
from townworks.schema.verdicts import Change, Cost

Load = Callable[..., RuleBook]
Know = Callable[..., Subjects]
DAY = date(2018, 6, 1)
ONCE = """
[rules.welcome]
title = { en = "Welcome", zh = "欢迎" }
what = { en = "Once.", zh = "一次性。" }
subject = "enterprise"
unit = "cny"
ceiling = true
eligible = [{ sql = "is_startup", en = "a start-up", zh = "初创" }]
amount = "rent_cny"
[rules.flat]
title = { en = "Flat", zh = "公寓" }
what = { en = "Monthly.", zh = "每月。" }
subject = "enterprise"
unit = "cny"
period = "month"
eligible = [{ sql = "staff > 0", en = "staff", zh = "有员工" }]
amount = "rent_cny"
"""


def test_years_go_by_and_what_is_granted_once_is_counted_once(load: Load, know: Know) -> None:
    book = load(more=ONCE)
    subjects = know(
        book,
        {
            "is_startup": True,
            "admitted_on": date(2017, 1, 1),
            "floor_m2": 100,
            "rent_cny": 1000,
            "staff": 2,
        },
        {"is_startup": True, "rent_cny": 7},
    )
    found = costs(book, book.instruments(), subjects, DAY, 3)
    Cost.validate(found)
    rows = found.select("year", "begins", "entitled", "of_which_ceiling", "subjects", "undecided")
    assert rows.rows() == [
        (1, DAY, Decimal(36500 + 1000 + 7 + 12000), Decimal(1007), 2, 2),
        (2, date(2019, 6, 1), Decimal(36500 + 12000), Decimal(0), 1, 2),
        (3, date(2020, 6, 1), Decimal(12000), Decimal(0), 1, 2),
    ]
    assert found["payer"].unique().to_list() == ["county"]


def test_who_wins_and_who_loses(load: Load, know: Know) -> None:
    before = load(more=ONCE)
    after = load(
        ("value = 200 }", "value = 100 }"), ('period = "month"', 'period = "year"'), more=ONCE
    )
    given = [
        {"is_startup": True, "admitted_on": DAY, "floor_m2": 150},
        {"is_startup": True, "admitted_on": DAY, "floor_m2": 50},
        {"staff": 1, "rent_cny": 10},
        {"is_startup": False},
    ]
    sides = []
    for book in (before, after):
        verdicts = judge(book.instruments(), know(book, *given), DAY)
        sides.append(combine(book, verdicts, DAY))
    found = compare(*sides)
    Change.validate(found)
    assert found.select("subject_id", "before", "after", "change").rows() == [
        ("a", 150 * 365, 100 * 365, -50 * 365),
        ("c", 120, 10, -110),
        ("b", 50 * 365, 50 * 365, 0),
    ]


def test_rules_gained_and_lost_are_named(load: Load, know: Know) -> None:
    book = load(more=ONCE)
    given = {"is_startup": True, "admitted_on": DAY, "floor_m2": 1, "rent_cny": 5}
    both = combine(book, judge(book.instruments(), know(book, given), DAY), DAY)
    one = both.filter(both["rule_id"] == "rent")
    row = compare(one, both).row(0, named=True)
    assert (row["rules_gained"], row["rules_lost"], row["change"]) == ("welcome", "", 5)
    row = compare(both, one).row(0, named=True)
    assert (row["rules_gained"], row["rules_lost"], row["change"]) == ("", "welcome", -5)


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)), st.integers(0, 50))
def test_anniversaries_keep_the_day(day: date, years: int) -> None:
    found = anniversary(day, years)
    assert found.year == day.year + years
    assert (found.month, found.day) == (day.month, day.day) or (day.month, day.day) == (2, 29)


def test_a_year_without_29_february() -> None:
    assert anniversary(date(2016, 2, 29), 4) == date(2020, 2, 29)
    assert anniversary(date(2016, 2, 29), 1) == date(2017, 2, 28)
