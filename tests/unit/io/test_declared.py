from pathlib import Path

import polars as pl
import pytest

from townworks.errors import DefinitionsError, InputNotFoundError
from townworks.io import read_table, write_table
from townworks.schema.evaluation import Measurement

ROWS = "subject_id,metric,value,author\na,tax,1.5,\nb,visit,8,Li\n"


def test_any_kind_of_file(tmp_path: Path) -> None:
    text = tmp_path / "m.csv"
    text.write_text(ROWS)
    frame = read_table(text, Measurement)
    assert frame["value"].to_list() == [1.5, 8]
    assert frame["author"].to_list() == [None, "Li"]
    assert frame["evidence"].null_count() == 2
    for name in ("m.parquet", "m.xlsx", "m.jsonl"):
        write_table(frame, tmp_path / name)
        assert read_table(tmp_path / name, Measurement).equals(frame)


@pytest.mark.parametrize(
    ("text", "key", "problem"),
    [
        ("subject_id,value\na,1\n", "header", "lacks the column metric; it has subject_id, value"),
        (ROWS.replace("1.5", "much"), "line 2, column value", "is 'much'; write a number"),
        (ROWS.replace("tax", "Tax!"), "line 2, column metric", "write a text of the form"),
        (ROWS + "c,tax\n", "line 4", "2 fields, 4 expected"),
        (ROWS + "a,tax,3,\n", "primary_key", "broken by 2 rows"),
    ],
)
def test_faults_name_line_and_column(tmp_path: Path, text: str, key: str, problem: str) -> None:
    path = tmp_path / "m.csv"
    path.write_text(text)
    with pytest.raises(DefinitionsError) as caught:
        read_table(path, Measurement)
    assert any(at == key and problem in said for _, at, said in caught.value.faults), caught.value


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError, match="does not exist"):
        read_table(tmp_path / "none.csv", Measurement)


def test_columns_that_may_be_empty_may_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    pl.DataFrame({"subject_id": ["a"], "metric": ["tax"], "value": [1]}).write_parquet(path)
    assert read_table(path, Measurement)["value"].to_list() == [1.0]
