"""Phrases of a registry, batch by batch."""

from collections.abc import Sequence
from itertools import pairwise
from zlib import crc32

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townworks.enterprises.clauses import clauses
from townworks.enterprises.phrases import (
    Phrases,
    join_phrases,
    read_phrases,
    sample_phrases,
    sample_step,
)
from townworks.schema.language import activity_language

LANGUAGE = activity_language()
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["大唐袜业有限公司", "永嘉阀门厂", "甲商行"]),
        st.sampled_from(["袜子制造、销售", "批发：泵、阀门；袜子", "", None, "泵"]),
    ),
    max_size=12,
)


def numbered(rows: Sequence[tuple[str, str | None]]) -> pl.DataFrame:
    schema = {"name": pl.String, "activity": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").with_row_index("enterprise")


def as_sets(phrases: Phrases) -> list[list[tuple[object, ...]]]:
    """All rows in one order."""
    frames = (phrases.texts, phrases.listings, phrases.tails)
    return [sorted(frame.rows(), key=repr) for frame in frames]


@settings(deadline=None)
@given(ROWS, st.sets(st.integers(0, 6)))
def test_joined_batches_are_the_whole(rows: list[tuple[str, str | None]], cuts: set[int]) -> None:
    frame = numbered(rows)
    bounds = sorted({0, len(rows), *(cut for cut in cuts if cut < len(rows))})
    batches = [read_phrases(frame[a:b], LANGUAGE) for a, b in pairwise(bounds)]
    joined = join_phrases([*batches, read_phrases(frame[:0], LANGUAGE)])
    assert as_sets(joined) == as_sets(read_phrases(frame, LANGUAGE))


@settings(deadline=None)
@given(ROWS)
def test_listings_are_the_clauses(rows: list[tuple[str, str | None]]) -> None:
    frame = numbered(rows)
    read = read_phrases(frame, LANGUAGE)
    texts = dict(read.texts.iter_rows())
    listed = [(who, texts[phrase], *rest) for who, phrase, *rest in read.listings.iter_rows()]
    assert listed == clauses(frame.select("enterprise", "activity"), LANGUAGE).rows()
    assert len(texts) == read.texts.height == read.texts["text"].n_unique()


def test_columns_have_the_types_said() -> None:
    read = read_phrases(numbered([]), LANGUAGE)
    assert read.texts.schema == {"phrase": pl.UInt64, "text": pl.String}
    assert read.listings.columns == ["enterprise", "phrase", "role", "main"]
    assert read.listings.dtypes == [pl.UInt32, pl.UInt64, pl.UInt8, pl.Boolean]
    assert read.tails.schema == {"enterprise": pl.UInt32, "tail": pl.String, "draw": pl.UInt32}


def test_two_texts_under_one_hash_are_refused() -> None:
    read = read_phrases(numbered([("甲厂", "袜子")]), LANGUAGE)
    other = read.texts.with_columns(text=pl.lit("领带"))
    forged = Phrases(other, read.listings, read.tails)
    with pytest.raises(OverflowError, match=r"share a 64-bit hash; change SEED in enterprises/"):
        join_phrases([read, forged])
    assert join_phrases([read, read]).texts.height == 1


@settings(deadline=None)
@given(st.integers(0, 10**8), st.integers(1, 10**6))
def test_step_is_the_least_that_leaves_few_enough(n: int, most: int) -> None:
    step = sample_step(n, most)
    assert n <= most * step
    assert step == 1 or n > most * (step - 1)


def test_small_registry_is_its_own_sample() -> None:
    read = read_phrases(numbered([("甲厂", "袜子"), ("乙厂", "泵")]), LANGUAGE)
    assert sample_phrases(read, 2) is read


MANY = [(f"甲{i}厂", f"泵{chr(0x4E00 + i % 50)}制造、阀门") for i in range(2_000)]


def sampled_names(rows: list[tuple[str, str]]) -> set[str]:
    sample = sample_phrases(read_phrases(numbered(rows), LANGUAGE), 200)
    return {rows[number][0] for number in sample.tails["enterprise"]}


def test_names_draw_the_sample() -> None:
    drawn = {name for name, _ in MANY if crc32(name.encode()) % 10 == 0}
    assert sampled_names(MANY) == sampled_names(MANY[::-1]) == drawn
    assert 150 < len(drawn) < 250


def test_sample_holds_all_of_its_enterprises_and_nothing_else() -> None:
    whole = read_phrases(numbered(MANY), LANGUAGE)
    sample = sample_phrases(whole, 200)
    chosen = set(sample.tails["enterprise"])
    assert sample.listings.rows() == [row for row in whole.listings.rows() if row[0] in chosen]
    assert set(sample.texts["phrase"]) == set(sample.listings["phrase"])
    assert set(sample.texts.rows()) <= set(whole.texts.rows())
