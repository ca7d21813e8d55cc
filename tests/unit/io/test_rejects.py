from pathlib import Path

import polars as pl
import pytest

from townworks.errors import RequestError
from townworks.io import RejectSink
from townworks.schema import Reject

ONE = pl.DataFrame(
    {
        "file": ["a.csv", "a.csv"],
        "line": [3, 7],
        "reason": ["bad_date", "field_count"],
        "field": ["registered_on", None],
        "detail": ["month 13", "40 fields, 9 expected"],
        "raw": ['=1,"甲\n厂"', "x"],
    },
    schema=Reject.create_empty().schema,
)


def test_rejects_are_counted_and_appended(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    with RejectSink(path) as sink:
        sink.add(ONE)
        sink.add(ONE.clear())
        sink.add(ONE.head(1))
        assert not path.exists()
    assert sink.counts == {"bad_date": 2, "field_count": 1}
    assert sink.total == 3
    written = pl.read_csv(path, schema=ONE.schema)
    assert written["line"].to_list() == [3, 7, 3]
    assert written["raw"].to_list()[0] == "'" + ONE["raw"][0]


def test_without_rejects_there_is_a_heading(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    with RejectSink(path):
        pass
    assert path.read_text("utf-8-sig") == "file,line,reason,field,detail,raw\n"


def test_without_a_path_rejects_are_only_counted() -> None:
    with RejectSink() as sink:
        sink.add(ONE)
    assert sink.counts == {"bad_date": 1, "field_count": 1}


def test_a_failed_run_leaves_no_file(tmp_path: Path) -> None:
    sink = RejectSink(tmp_path / "rejects.csv")
    sink.add(ONE)
    with pytest.raises(ZeroDivisionError), sink:
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_rejects_go_into_csv_only(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"Name a \.csv file with --rejects"):
        RejectSink(tmp_path / "rejects.xlsx")
