from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from townworks.errors import InputNotFoundError, RequestError
from townworks.io import FilingBatch, read_filings, write_table

Read = Callable[..., FilingBatch]
Write = Callable[..., Path]

TEXT = "企业名称,注册地址,经营范围\n甲厂,云和县,玩具\n"


def test_paths_are_checked_before_the_first_batch_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError):
        read_filings([tmp_path / "gone.csv"])
    with pytest.raises(RequestError, match="batch_rows is 0"):
        read_filings([tmp_path], batch_rows=0)


def test_several_files_in_order(write: Write, read: Read) -> None:
    paths = [write(TEXT, "b.csv"), write(TEXT.replace("甲", "乙"), "a.tsv")]
    batch = read(*paths)
    assert batch.filings.select("file", "name").rows() == [
        (str(paths[0]), "甲厂"),
        (str(paths[1]), "乙厂"),
    ]


def test_columns_named_by_the_user(write: Write, read: Read) -> None:
    path = write(TEXT.replace("企业名称", "甲方"))
    assert read(path, columns={"name": "甲方"}).filings["name"].to_list() == ["甲厂"]


@pytest.mark.shared
def test_the_seven_shifted_rows_of_the_real_registry(registry_path: Path, read: Read) -> None:
    batch = read(registry_path)
    assert (batch.n_read, batch.filings.height) == (190_219, 190_212)
    assert batch.rejects["reason"].unique().to_list() == ["shifted_columns"]
    assert batch.filings["province"].unique().to_list() == ["浙江"]


@pytest.mark.shared
@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".always.csv", ".gb18030.csv"])
def test_the_real_registry_is_the_same_in_every_format(
    registry_path: Path, tmp_path: Path, read: Read, suffix: str
) -> None:
    path, frame = tmp_path / f"a{suffix}", pl.read_parquet(registry_path)
    if suffix == ".always.csv":
        frame.write_csv(path, quote_style="always")
    elif suffix == ".gb18030.csv":
        path.write_bytes(frame.write_csv().encode("gb18030"))
    elif suffix == ".csv":
        frame.write_csv(path)
    else:
        write_table(frame, path)
    here, there = read(path), read(registry_path)
    offset = -1 if suffix == ".jsonl" else 0
    lines = there.filings["line"].cast(pl.Int64) + offset
    assert here.filings.drop("file", "line").equals(there.filings.drop("file", "line"))
    assert here.filings["line"].cast(pl.Int64).equals(lines)
    assert here.n_read == there.n_read
