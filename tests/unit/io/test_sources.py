import os
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from townworks.errors import InputNotFoundError, RequestError, UnreadableInputError
from townworks.io.sources import Format, find_files, identify

Write = Callable[..., Path]


def test_a_folder_is_searched_to_any_depth_in_order(tmp_path: Path) -> None:
    names = ["b.csv", "a.parquet", "deep/er/c.tsv", "deep/d.csv.gz", "e.JSONL"]
    others = ["notes.pdf", ".hidden.csv", "~$b.xlsx", ".git/x.csv", "README", "f.gz"]
    for name in names + others:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    found = [path.relative_to(tmp_path).as_posix() for path in find_files([tmp_path])]
    assert found == ["a.parquet", "b.csv", "deep/d.csv.gz", "deep/er/c.tsv", "e.JSONL"]


def test_files_keep_their_order_and_come_once(tmp_path: Path) -> None:
    one, two = tmp_path / "1.csv", tmp_path / "2.csv"
    one.touch()
    two.touch()
    assert find_files([two, one, tmp_path]) == [two, one]


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError, match=r"gone.csv does not exist\. Name a CSV"):
        find_files([tmp_path / "gone.csv"])
    with pytest.raises(InputNotFoundError, match="holds no data file"):
        find_files([tmp_path])
    with pytest.raises(RequestError, match="No input file was named"):
        find_files([])


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"name,address\n", Format.DELIMITED),
        (b'\xef\xbb\xbf {"name": 1}\n', Format.JSON_LINES),
        (b"PK\x03\x04....", Format.XLSX),
        (b"PAR1....", Format.PARQUET),
    ],
)
def test_content_goes_before_the_name(write: Write, content: bytes, kind: Format) -> None:
    assert identify(write(content, "any.csv")).format is kind


def test_a_parquet_file_called_csv_is_read(tmp_path: Path, read: Callable[..., object]) -> None:
    path = tmp_path / "a.csv"
    pl.DataFrame({"名称": ["甲厂"], "地址": ["x"], "经营范围": ["y"]}).write_parquet(path)
    assert read(path).n_read == 1  # type: ignore[attr-defined] # a FilingBatch


@pytest.mark.parametrize(
    ("content", "name", "problem"),
    [
        (b"name,address\n", "a.xlsx", "is no XLSX file, though its name says so"),
        (b"name,address\n", "a.parquet", "is no Parquet file, though its name says so"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "a.xlsx", "is an encrypted or pre-2007 Excel file"),
        (b"\x1f\x8b\x08rubbish", "a.csv.gz", "is a damaged gzip file"),
    ],
)
def test_names_that_promise_too_much(write: Write, content: bytes, name: str, problem: str) -> None:
    with pytest.raises(UnreadableInputError, match=problem):
        identify(write(content, name))


def test_an_empty_file(write: Write) -> None:
    with pytest.raises(InputNotFoundError, match="is empty"):
        identify(write(b""))


def test_a_device_is_no_file() -> None:
    with pytest.raises(UnreadableInputError, match="is no regular file"):
        identify(Path("/dev/null"))


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX")
def test_a_file_that_may_not_be_read(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(b"name,address\n")
    path.chmod(0)
    if os.access(path, os.R_OK):  # root may read everything: let the system refuse by hand

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UnreadableInputError, match=r"may not be read \(permission denied\)"):
        identify(path)
