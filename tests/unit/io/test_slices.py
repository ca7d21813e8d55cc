"""Parts of files give, together, what the whole file gives."""

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from townworks.errors import InputNotFoundError, MissingColumnsError
from townworks.io import read_filings
from townworks.io.slices import Slice, read_slice, slices


def test_slices_of_parquet_are_the_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    names = [None if i % 7 == 0 else f"甲{i}厂" for i in range(25)]
    pl.DataFrame({"企业名称": names, "经营范围": "鞋", "注册地址": "温州"}).write_parquet(path)
    parts = slices(path, 10)
    assert [part.rows for part in parts] == [range(10), range(10, 20), range(20, 25)]
    read = [batch for part in parts for batch in read_slice(part, None, batch_rows=4)]
    (whole,) = read_filings([path])
    assert [batch.n_read for batch in read] == [4, 4, 2, 4, 4, 2, 4, 1]
    assert_frame_equal(pl.concat([batch.filings for batch in read]), whole.filings)


def test_text_is_one_slice(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("企业名称,经营范围,注册地址\n" + "甲厂,鞋,温州\n" * 9, encoding="utf-8")
    assert slices(path, 2) == [Slice(path)]
    (batch,) = read_slice(Slice(path), None, batch_rows=100)
    assert batch.n_read == 9


def test_faults_are_those_of_reading(tmp_path: Path) -> None:
    damaged, other = tmp_path / "damaged.parquet", tmp_path / "other.parquet"
    damaged.write_bytes(b"PAR1 and no more")
    pl.DataFrame({"a": ["x"]}).write_parquet(other)
    assert slices(damaged, 2) == [Slice(damaged)]
    with pytest.raises(MissingColumnsError, match="It has: a"):
        list(read_slice(slices(other, 2)[0], None, batch_rows=2))
    empty = tmp_path / "empty.csv"
    empty.touch()
    with pytest.raises(InputNotFoundError, match="is empty"):
        slices(empty, 2)
