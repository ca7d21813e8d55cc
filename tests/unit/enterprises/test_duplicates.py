"""The first row of each enterprise stays."""

from itertools import accumulate, pairwise

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from townworks.enterprises.duplicates import Seen

IDENTITIES = st.lists(st.sampled_from("甲乙丙丁戊己庚"), max_size=30)


def rows(identities: list[str]) -> pl.DataFrame:
    schema = {"enterprise_id": pl.String, "line": pl.Int64}
    return pl.DataFrame(
        {"enterprise_id": identities, "line": range(len(identities))}, schema=schema
    )


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from("甲乙丙"), max_size=4), max_size=6))
def test_first_rows_stay_whatever_the_batches(batches: list[list[str]]) -> None:
    identities = [identity for batch in batches for identity in batch]
    ends = [0, *accumulate(map(len, batches))]
    frame, seen = rows(identities), Seen()
    found = pl.concat([seen.first(frame[a:b]) for a, b in pairwise([*ends, ends[-1]])])
    firsts = {identity: line for line, identity in reversed(list(enumerate(identities)))}
    assert found["line"].to_list() == sorted(firsts.values())
    assert found["enterprise_id"].to_list() == list(dict.fromkeys(identities))


@settings(deadline=None)
@given(IDENTITIES)
def test_second_time_all_are_known(identities: list[str]) -> None:
    frame, seen = rows(identities), Seen()
    seen.first(frame)
    assert seen.first(frame).is_empty()
    assert seen.first(frame).schema == frame.schema


def test_each_sees_for_itself() -> None:
    frame = rows(["甲"])
    assert Seen().first(frame).equals(Seen().first(frame))
