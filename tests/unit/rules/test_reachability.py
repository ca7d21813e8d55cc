from collections.abc import Callable

import pytest

from townworks.errors import DefinitionsError
from townworks.rules import RuleBook

Load = Callable[..., RuleBook]


@pytest.mark.parametrize(
    "sql",
    [
        "YEARS_BETWEEN(admitted_on, as_of) >= age_limit",
        "sector = 'finance' AND sector = 'health'",
        "sector IN ('finance') AND sector IN ('health', 'fashion')",
        "floor_m2 > most_m2 AND floor_m2 <= most_m2",
        "floor_m2 BETWEEN most_m2 AND 0",
        "most_m2 < floor_m2 AND most_m2 > floor_m2",
        "staff > 0 AND staff = 0",
    ],
)
def test_clauses_that_can_never_hold(load: Load, sql: str) -> None:
    with pytest.raises(DefinitionsError, match=r"eligible\[\d\]: can never hold"):
        load(
            (
                '{ sql = "is_startup"',
                f'{{ sql = "{sql}", en = "x", zh = "x" }},\n    {{ sql = "is_startup"',
            )
        )


@pytest.mark.parametrize(
    "sql",
    [
        "floor_m2 > most_m2",
        "sector IN ('finance', 'health') AND sector = 'health'",
        "floor_m2 >= most_m2 AND floor_m2 <= most_m2",
        "sector = 'finance' OR sector = 'health'",
        "NOT (floor_m2 > most_m2 AND floor_m2 < most_m2)",
        "floor_m2 > rent_cny / rate",
    ],
)
def test_clauses_that_can_hold(load: Load, sql: str) -> None:
    assert load(
        (
            '{ sql = "is_startup"',
            f'{{ sql = "{sql}", en = "x", zh = "x" }},\n    {{ sql = "is_startup"',
        )
    )


CASES = (
    "CASE WHEN floor_m2 >= most_m2 THEN rate WHEN floor_m2 >= {} THEN 0 ELSE rate END * floor_m2"
)


def test_a_branch_behind_a_wider_one_is_never_reached(load: Load) -> None:
    old = "LEAST(floor_m2, most_m2) * rate"
    problem = r"rules.rent.amount: WHEN number 2 is never reached"
    with pytest.raises(DefinitionsError, match=problem):
        load((old, CASES.format("most_m2 + most_m2").replace("most_m2 + most_m2", "most_m2")))
    assert load((old, CASES.format("0")))


def test_a_fault_must_stand_on_every_day(load: Load) -> None:
    # in 2018 the two limits contradict each other, from 2019-07-01 they do not
    more = """
[parameters.least_m2]
title = { en = "floor at least", zh = "面积下限" }
unit = "m2"
values = [{ from = 2018-01-01, value = 250 }]
"""
    clause = '{ sql = "floor_m2 > least_m2 AND floor_m2 < most_m2", en = "x", zh = "x" },\n'
    assert load(("eligible = [\n", "eligible = [\n" + clause), more=more)
