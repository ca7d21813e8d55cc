from decimal import Decimal

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from townworks.rules import allocate

AMOUNTS = st.lists(st.decimals(0, 10**11, places=2, allow_nan=False), min_size=1, max_size=30)
LIMIT = st.decimals(0, 5 * 10**11, places=2, allow_nan=False)


def requests(amounts: list[Decimal]) -> pl.DataFrame:
    """Requests in the order of their subjects."""
    ids = [f"{n:03}" for n in range(len(amounts))]
    return pl.DataFrame(
        {"subject_id": ids, "rule_id": ["r"] * len(ids), "entitled": amounts},
        schema_overrides={"entitled": pl.Decimal(38, 2)},
    )


@given(AMOUNTS, LIMIT, st.sampled_from(["queue", "pro_rata"]))
def test_the_limit_is_used_to_the_fen_and_never_exceeded(
    amounts: list[Decimal], limit: Decimal, when_short: str
) -> None:
    paid = allocate(requests(amounts), limit, when_short)
    assert paid["paid"].sum() == min(limit, sum(amounts))
    assert paid["short"].sum() == sum(amounts) - min(limit, sum(amounts))
    assert paid.filter((pl.col("paid") < 0) | (pl.col("paid") > pl.col("entitled"))).is_empty()


@given(AMOUNTS, LIMIT)
def test_a_queue_pays_whoever_comes_first(amounts: list[Decimal], limit: Decimal) -> None:
    left, expected = limit, []
    for amount in amounts:
        expected.append(min(amount, left))
        left -= expected[-1]
    paid = allocate(requests(amounts), limit, "queue").sort("subject_id")
    assert paid["paid"].to_list() == expected


@given(AMOUNTS, LIMIT)
def test_shares_differ_by_a_fen_at_most(amounts: list[Decimal], limit: Decimal) -> None:
    total = sum(amounts)
    paid = allocate(requests(amounts), limit, "pro_rata")
    share = min(Decimal(1), limit / total) if total else Decimal(1)
    for amount, found in zip(amounts, paid["paid"], strict=True):
        assert abs(found - amount * share) <= Decimal("0.0100001")


def test_the_queue_goes_by_the_day_of_application() -> None:
    frame = requests([Decimal(5), Decimal(5)]).with_columns(
        pl.Series("applied_on", ["2018-02-01", "2018-01-01"]).str.to_date()
    )
    paid = allocate(frame, Decimal(7), "queue")
    assert dict(paid.select("subject_id", "paid").iter_rows()) == {"001": 5, "000": 2}
