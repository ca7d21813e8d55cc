from pathlib import Path

import polars as pl
import pytest

from townworks.errors import OutputError, RequestError
from townworks.io import write_table, write_text
from townworks.io.writers import disarm

FRAME = pl.DataFrame({"town": ["袜艺小镇", "=1+1", None], "change": [-1, 2, None]})


def test_csv_has_a_mark_and_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_table(FRAME, path)
    assert path.read_bytes() == "\ufefftown,change\n袜艺小镇,-1\n'=1+1,2\n,\n".encode()


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx", ".jsonl"])
def test_every_format_is_read_back_by_polars(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    readers = {
        ".csv": pl.read_csv,
        ".parquet": pl.read_parquet,
        ".xlsx": pl.read_excel,
        ".jsonl": pl.read_ndjson,
    }
    frame = FRAME.head(2)
    write_table(frame, path)
    back = readers[suffix](path)  # type: ignore[operator] # four readers, one use
    assert back.equals(disarm(frame) if suffix == ".csv" else frame)
    assert list(tmp_path.iterdir()) == [path]


def test_long_tables_have_one_heading(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    frame = pl.DataFrame({"n": range(250_001)})
    write_table(frame, path)
    assert pl.read_csv(path).equals(frame)


def test_an_unknown_suffix_names_the_known(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        write_table(FRAME, tmp_path / "a.doc")
    assert str(caught.value) == (
        f"{tmp_path / 'a.doc'} has a suffix that no table format goes by ('.doc')."
        " Use one of .csv, .parquet, .xlsx, .jsonl."
    )
    assert list(tmp_path.iterdir()) == []


def test_more_rows_than_a_sheet_holds(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="1,048,576 rows do not fit an Excel sheet"):
        write_table(pl.DataFrame({"n": range(1_048_576)}), tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cell", ["=1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", " =1", "＝1+1", "＠x"])
def test_formulas_are_disarmed(cell: str) -> None:
    assert disarm(pl.DataFrame({"a": [cell]}))["a"].to_list() == ["'" + cell]


@pytest.mark.parametrize("cell", ["-", "+", "-5", "+86.5", "-3%", "a=b", "甲厂-1", "", None])
def test_plain_cells_stay_as_they_are(cell: str | None) -> None:
    assert disarm(pl.DataFrame({"a": [cell]}, schema={"a": pl.String}))["a"].to_list() == [cell]


def test_texts_are_utf8(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    write_text("<p>袜艺</p>", path)
    assert path.read_bytes() == "<p>袜艺</p>".encode()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="could not be written: No such file or directory"):
        write_table(FRAME, tmp_path / "gone" / "a.csv")
