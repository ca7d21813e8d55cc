"""Parts by themselves, put together by a few lines of Polars, give what the local engine gives."""

from datetime import date
from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from townworks.enterprises.phrases import Phrases, read_phrases
from townworks.enterprises.specialities import learn_from
from townworks.io import find_files
from townworks.io.slices import Slice, slices
from townworks.schema.language import activity_language
from townworks.workflow import DiscoverOptions, ReadOptions, discover
from townworks.workflow.kernels import (
    POSITIONS,
    Counting,
    Part,
    count_part,
    counts,
    pack,
    read_part,
    unpack,
)

AS_OF = date(2020, 1, 1)
OPTIONS = DiscoverOptions(read=ReadOptions(as_of=AS_OF))


def read_all(paths: list[Path], rows: int) -> pl.DataFrame:
    files = [part for path in find_files(paths) for part in slices(path, rows)]
    parts = [Part(number, part) for number, part in enumerate(files)]
    return pl.concat([frame for part in parts for frame in read_part(part, OPTIONS, AS_OF)])


def test_parts_add_up_to_the_whole(mixed_registry: list[Path]) -> None:
    outcomes = read_all(mixed_registry, 400)
    kept = outcomes.filter(pl.col("enterprise").is_not_null())
    unique = kept.unnest("enterprise").sort("position").unique("enterprise_id", keep="first")
    counted = unique.filter(counts()).sort("position")
    whole = discover(mixed_registry, OPTIONS)
    assert kept.height == whole.tally.kept
    assert counted.height == whole.counted

    lexicon = learn_from(unpack(counted.select("tail", "draw", "listings")))
    by = Counting(lexicon, "all", whole.counts.years[-5:])
    packed = counted.select("place_code", "year", "tail", "draw", "code", "listings")
    parts = pl.concat([count_part(part, by) for part in packed.iter_slices(333)])
    cells = (
        parts.group_by("place_code", "speciality", "coded")
        .agg(pl.sum("enterprises", "main", "alone", "recent", "dated"), pl.min("first_year"))
        .sort("place_code", "speciality")
    )
    expected = whole.counts.cells
    assert_frame_equal(cells.select(expected.columns), expected, check_dtypes=False)
    assert "GB/T 4754 C1952" in cells["speciality"]


def test_rows_stand_in_reading_order(mixed_registry: list[Path]) -> None:
    outcomes = read_all(mixed_registry, 400)
    for kind in ("enterprise", "reject"):
        positions = outcomes.filter(pl.col(kind).is_not_null())["position"]
        assert positions.is_sorted()
        assert positions.n_unique() == positions.len()
    notes = outcomes.select("note").unnest("note").drop_nulls()
    sums = dict(notes.group_by("what").agg(pl.sum("rows")).iter_rows())
    assert sums == {"read": 4505, "unreadable": 30}


def test_a_fault_is_a_row() -> None:
    (fault,) = read_part(Part(3, Slice(Path("gone.csv"))), OPTIONS, AS_OF)
    assert fault["position"].to_list() == [3 * POSITIONS]
    note = fault["note"].to_list()[0]
    assert (note["what"], note["rows"]) == ("fault", 0)
    assert "gone.csv" in note["of"]


def test_packing_loses_nothing(synthetic_registry: Path) -> None:
    table = pl.read_csv(synthetic_registry, infer_schema=False).with_row_index("enterprise")
    rows = table.select("enterprise", name="企业名称", activity="经营范围")
    read = read_phrases(rows, activity_language())

    def sorted_parts(phrases: Phrases) -> list[pl.DataFrame]:
        return [
            phrases.texts.sort("phrase"),
            phrases.listings.sort(pl.all()),
            phrases.tails.sort("enterprise"),
        ]

    pairs = zip(
        sorted_parts(read), sorted_parts(unpack(pack(read).drop("enterprise"))), strict=True
    )
    for expected, found in pairs:
        assert_frame_equal(found.select(expected.columns), expected)
