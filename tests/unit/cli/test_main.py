"""The program as it is typed."""

import json
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from townworks.cli import main


def test_discover_prints_the_account_and_the_strongest(
    synthetic_registry: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["discover", str(synthetic_registry), "--as-of", "2020-01-01"]) == 0
    out = capsys.readouterr().out
    assert "read 1,500 = kept 1,500 + rejected 0" in out
    assert "昆山市: 藤编椅" in out


def test_discover_writes_the_contracted_columns(
    synthetic_registry: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "towns.csv"
    words = [
        "discover",
        str(synthetic_registry),
        "--by",
        "township",
        "--top",
        "3",
        "--out",
        str(out),
    ]
    assert main([*words, "--until", "2015-06-04", "--activity", "make"]) == 0
    assert f"wrote {out}" in capsys.readouterr().out
    columns = (
        "place_code, place, speciality, rank, enterprises, expected, lq, lq_low, lq_high, "
        "probability, first_year, recent_share"
    )
    table = pl.read_csv(out)
    assert ", ".join(table.columns) == columns
    assert table["rank"].is_between(1, 3).all()
    assert table["place_code"].cast(pl.String).str.len_chars().eq(9).all()
    record = json.loads((tmp_path / "towns.csv.run.json").read_text())
    assert record["options"]["by"] == "township"


def test_read_writes_one_table(
    synthetic_registry: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["read", str(synthetic_registry), "--out", str(tmp_path / "e.parquet")]) == 0
    assert "located: county 100.0%" in capsys.readouterr().out
    assert pl.read_parquet(tmp_path / "e.parquet").height == 1_500


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["discover", "no-such.csv"], "no-such.csv does not exist"),
        (["discover"], "files"),
        (["discover", "x.csv", "--by", "village"], "village"),
        (["discover", "x.csv", "--until", "soon"], "soon"),
        (["discover", "x.csv", "--top", "0"], "--top is 0. Ask for at least 1."),
        (["discover", "x.csv", "--columns", "name"], "Write field=header"),
        (["discover", "x.csv", "--vintage", "1900"], "1980"),
        (["survey"], "survey"),
        (["discover", "x.csv", "--out", "x.txt"], ".geojson"),
        (["discover", "x.csv", "--candidates", "c.html"], "which have no page"),
        (["discover", "x.csv", "--out", "no/such/x.csv"], "there is no folder"),
    ],
)
def test_faults_of_the_request_are_one_message(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 1
    captured = capsys.readouterr()
    assert says in captured.err
    assert "Traceback" not in captured.err
    assert captured.err.count("\n") <= 3


def test_wrong_columns_are_listed_with_the_nearest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("企业名,经营范维\n甲,琉璃\n", encoding="utf-8")
    assert main(["discover", str(path)]) == 1
    message = capsys.readouterr().err
    assert "企业名" in message
    assert "经营范维" in message


def test_our_own_fault_ends_with_two(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("townworks.workflow.serving.prepare_demo", broken)
    monkeypatch.delenv("TOWNWORKS_DEBUG", raising=False)
    assert main(["demo", "--no-serve", "--home", str(tmp_path)]) == 2
    assert "A fault of ours: ZeroDivisionError" in capsys.readouterr().err


def test_help_is_quick_and_loads_no_table_library() -> None:
    code = (
        "import sys; from townworks.cli import main; main(['--help']); "
        "print('polars' in sys.modules or 'django' in sys.modules)"
    )
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("False")
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("verb", ["demo", "discover", "read", "serve", "migrate", "load", "verify"])
def test_every_verb_has_help_with_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, "--help"]) == 0
    assert f"Example: townworks {verb}" in capsys.readouterr().out
