import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from townworks.errors import InputNotFoundError, OutputError
from townworks.io import RejectSink, write_table, write_text
from townworks.io.drafts import Draft

LONG = pl.DataFrame({"a": [os.urandom(24).hex() for _ in range(5_000)]})


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 64 kB, or skip where that is not allowed."""
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None or os.geteuid() != 0:
        pytest.skip("a small disk can be mounted by root only")
    command = [mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("this system lets nobody mount a small disk")
    yield tmp_path
    subprocess.run([umount, str(tmp_path)], check=True)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx", ".jsonl"])
def test_a_full_disk_leaves_what_was_there(small_disk: Path, suffix: str) -> None:
    path = small_disk / f"a{suffix}"
    path.write_text("as it was")
    with pytest.raises(OutputError, match="could not be written: No space left on device"):
        write_table(LONG, path)
    assert path.read_text() == "as it was"
    assert list(small_disk.iterdir()) == [path]


def test_rejects_on_a_full_disk(small_disk: Path) -> None:
    rejects = pl.DataFrame(
        {
            "file": "a.csv",
            "line": range(5_000),
            "reason": "bad_date",
            "field": None,
            "detail": "13 months",
            "raw": LONG["a"],
        }
    )
    sink = RejectSink(small_disk / "r.csv")
    with pytest.raises(OutputError):
        sink.add(rejects)
    assert list(small_disk.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is of Linux")
def test_the_full_device() -> None:
    with pytest.raises(OutputError, match="No space left on device"):
        write_text("x" * 100_000, Path("/dev/full"))
    assert Path("/dev/full").is_char_device()


def test_a_device_is_not_replaced() -> None:
    write_text("x", Path("/dev/null"))
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_any_failure_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os if step == "fsync" else Path, step, fail)
    path = tmp_path / "a.html"
    path.write_text("as it was")
    with pytest.raises(OutputError, match="Input/output error"):
        write_text("new", path)
    assert path.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [path]


def test_errors_of_others_pass_through(tmp_path: Path) -> None:
    draft = Draft(tmp_path / "a.csv")
    with pytest.raises(InputNotFoundError), draft.guarded():
        raise InputNotFoundError(Path("b.csv"), "does not exist")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="Is a directory"):
        Draft(tmp_path)


def test_a_link_is_followed(tmp_path: Path) -> None:
    target, link = tmp_path / "real.html", tmp_path / "link.html"
    target.write_text("old")
    link.symlink_to(target)
    write_text("new", link)
    assert link.is_symlink()
    assert target.read_text() == "new"
