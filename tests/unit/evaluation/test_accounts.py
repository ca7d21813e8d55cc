"""The lists of towns, worked out by hand from the published counts."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from townworks.evaluation.accounts import accounts
from townworks.io import find_programme, read_programme
from townworks.schema.accounts import Account

TABLES = read_programme(find_programme("zhejiang"))


def lines(on_list: str, reading: str) -> list[tuple[object, ...]]:
    """Opening, entries, demoted out, named out, unexplained, closing of each span."""
    found = accounts(TABLES.counts, TABLES.tallies)
    Account.validate(found)
    mine = found.filter(pl.col("on_list") == on_list, pl.col("reading") == reading)
    wanted = ("opening", "entries", "demoted_out", "named_out", "unexplained", "closing")
    return mine.sort("closes").select(wanted).rows()


def test_creation_if_named_towns_stay_on_it() -> None:
    assert lines("creation", "stays") == [
        (0, 37 + 42, 1, 0, 0, 78),  # 37 + 42 - 1 = 78
        (78, 35, 5, 0, 0, 108),  # 78 - 5 + 35 = 108
        (108, 21, 0, 0, -14, 115),
        (115, 0, 5, 0, 0, 110),
    ]


def test_creation_if_named_towns_leave_it() -> None:
    assert lines("creation", "leaves") == [
        (0, 79, 1, 0, 0, 78),
        (78, 35, 5, 2, 2, 108),
        (108, 21, 0, 5, -9, 115),
        (115, 0, 5, 15, 15, 110),
    ]


def test_named_needs_no_other_source() -> None:
    assert lines("named", "leaves") == [(0, 7, 0, 0, 0, 7), (7, 15, 0, 0, 0, 22)]


def test_cultivation_takes_the_demoted_in() -> None:
    found = accounts(TABLES.counts, TABLES.tallies)
    row = found.filter(pl.col("on_list") == "cultivation").row(0, named=True)
    flows = (row["demoted_in"], row["eliminated"], row["unexplained"])
    assert (row["opening"], *flows, row["closing"]) == (64, 5, 6, -1, 62)


def test_no_counts_no_account() -> None:
    assert accounts(TABLES.counts.clear(), TABLES.tallies.clear()).is_empty()


@given(st.lists(st.integers(0, 99), min_size=15, max_size=15))
def test_every_account_closes(towns: list[int]) -> None:
    counts = TABLES.counts.with_columns(pl.Series("towns", towns, pl.Int32))
    found = accounts(counts, TABLES.tallies)
    gains = pl.col("opening") + pl.col("entries") + pl.col("demoted_in") + pl.col("unexplained")
    losses = pl.col("demoted_out") + pl.col("named_out") + pl.col("eliminated")
    assert found.filter(gains - losses != pl.col("closing")).is_empty()
