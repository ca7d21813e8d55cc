"""The first row of each enterprise stays."""

from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townworks.enterprises import duplicates
from townworks.enterprises.credit_code import ALPHABET
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


CODES = st.text(st.sampled_from("09AY"), min_size=18, max_size=18)
NEARLY = st.sampled_from(["0" * 17, "0" * 19, "0" * 17 + "I", "0" * 18 + "\n", "", "甲|乙"])


@settings(deadline=None)
@given(st.data())
def test_codes_and_texts_agree_with_a_set(data: st.DataObject) -> None:
    pool = data.draw(st.lists(st.one_of(CODES, NEARLY), min_size=1, max_size=12))
    batches = data.draw(st.lists(st.lists(st.sampled_from(pool), max_size=12), max_size=5))
    seen, met = Seen(), set[str]()
    for batch in batches:
        expected = [identity for identity in dict.fromkeys(batch) if identity not in met]
        met.update(batch)
        assert seen.first(rows(batch))["enterprise_id"].to_list() == expected


@pytest.mark.parametrize("place", range(18))
def test_each_character_tells_codes_apart(place: int) -> None:
    codes = ["0" * place + character + "0" * (17 - place) for character in ALPHABET]
    assert Seen().first(rows(codes))["enterprise_id"].to_list() == codes


def test_codes_are_known_after_the_table_has_grown() -> None:
    codes = [f"{number:018d}" for number in range(3 * duplicates.FIRST_SLOTS)]
    seen = Seen()
    for start in range(0, len(codes), 10_000):
        assert seen.first(rows(codes[start : start + 10_000])).height == len(
            codes[start : start + 10_000]
        )
    assert seen.first(rows(codes)).is_empty()


@settings(deadline=None)
@given(st.lists(st.lists(CODES, max_size=12, unique=True), max_size=6))
def test_codes_that_want_the_same_slot_find_others(batches: list[list[str]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "_MIX", np.uint64(0))
        patch.setattr(duplicates, "FIRST_SLOTS", 4)
        seen, met = Seen(), set[str]()
        for batch in batches:
            new = [code for code in batch if code not in met]
            met.update(batch)
            assert seen.first(rows(batch))["enterprise_id"].to_list() == new


def test_a_code_takes_at_most_43_bytes() -> None:
    seen = Seen()
    for start in range(0, 500_000, 50_000):
        seen.first(rows([f"{number:018d}" for number in range(start, start + 50_000)]))
    assert sum(slots.nbytes for slots in seen._codes._slots) <= 43 * 500_000


@pytest.mark.shared
def test_real_codes_agree_with_polars(registry_path: Path) -> None:
    column = "统一社会信用代码"
    frame = pl.read_parquet(registry_path, columns=[column]).rename({column: "enterprise_id"})
    frame = frame.with_row_index("line")
    seen = Seen()
    found = pl.concat([seen.first(part) for part in frame.iter_slices(7_000)])
    assert found.equals(frame.unique("enterprise_id", keep="first", maintain_order=True))
    assert frame.height - found.height == 21
