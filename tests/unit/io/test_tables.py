import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter  # type: ignore[import-untyped] # has no stubs

from townworks.errors import InputNotFoundError, MissingColumnsError, UnreadableInputError
from townworks.io import FilingBatch, read_filings

Read = Callable[..., FilingBatch]
Write = Callable[..., Path]

FRAME = pl.DataFrame(
    {
        "企业名称": ["甲厂", "N/A", "丙厂"],
        "成立日期": [date(2001, 2, 3), None, date(2004, 5, 6)],
        "注册资本": [12.5, None, 3.0],
        "经营范围": ["玩具", None, "茶"],
        "地址": ["云和县", None, "景宁县"],
    }
)


def test_parquet_of_any_type_becomes_text(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "a.parquet"
    FRAME.with_columns(pl.col("地址").cast(pl.Categorical)).write_parquet(path)
    batch = read(path)
    assert batch.filings.select("line", "name", "registered_on", "capital", "address").rows() == [
        (2, "甲厂", "2001-02-03", "12.5", "云和县"),
        (4, "丙厂", "2004-05-06", "3.0", "景宁县"),
    ]
    assert batch.rejects.select("line", "reason").rows() == [(3, "empty_row")]


def test_parquet_comes_in_batches_with_running_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    frame = pl.DataFrame({"名称": [f"厂{i}" for i in range(25)], "地址": "x", "经营范围": "y"})
    frame.write_parquet(path, row_group_size=7)
    batches = list(read_filings([path], batch_rows=10))
    assert [batch.n_read for batch in batches] == [10, 10, 5]
    assert [batch.filings["line"][0] for batch in batches] == [2, 12, 22]
    assert pl.concat([batch.filings for batch in batches])["name"].to_list()[24] == "厂24"


def test_a_truncated_parquet_file(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "a.parquet"
    FRAME.write_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UnreadableInputError, match="is a damaged Parquet file: "):
        read(path)


def test_parquet_without_rows_and_without_columns(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "a.parquet"
    FRAME.clear().write_parquet(path)
    assert read(path).n_read == 0
    FRAME.select("企业名称").write_parquet(path)
    with pytest.raises(MissingColumnsError, match="lacks a column for credit_code or address, act"):
        read(path)


def write_workbook(path: Path, sheets: dict[str, list[list[object]]]) -> None:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                sheet.write_row(i, 0, row)


HEAD: list[object] = ["企业名称", "成立日期", "注册资本", "经营范围", "地址"]
ROW: list[object] = ["甲厂", datetime(2001, 2, 3), 12.5, "玩具", "云和县"]  # noqa: DTZ001 - a cell
LAST: list[object] = ["乙厂", "2001-02-04", 20, "茶", "云和县"]


def test_a_workbook_with_one_sheet_of_rows(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(path, {"说明": [["about"], ["text"]], "数据": [HEAD, ROW, [], LAST]})
    batch = read(path)
    assert batch.filings.select("file", "line", "name", "registered_on", "capital").rows() == [
        (str(path), 2, "甲厂", "2001-02-03", "12.5"),
        (str(path), 4, "乙厂", "2001-02-04", "20"),
    ]
    assert batch.n_read == 2


def test_every_sheet_with_the_columns_is_read(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(path, {"一": [HEAD, ROW], "二": [HEAD, LAST], "空": []})
    assert read(path).filings["file"].to_list() == [f"{path}#一", f"{path}#二"]


def test_workbooks_that_hold_nothing(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(path, {"空": []})
    with pytest.raises(InputNotFoundError, match="has no row in any sheet"):
        read(path)
    write_workbook(path, {"数据": [["x", "y"], [1, 2]]})
    with pytest.raises(MissingColumnsError, match="It has: x, y"):
        read(path)


def test_a_zip_that_is_no_workbook(write: Write, read: Read) -> None:
    with pytest.raises(UnreadableInputError, match="is no readable Excel workbook"):
        read(write(b"PK\x03\x04" + b"rubbish" * 100, "a.xlsx"))


def test_json_lines_with_broken_lines(write: Write, read: Read) -> None:
    good = {"企业名称": "甲厂", "地址": "云和县", "经营范围": "玩具", "注册资本": 12.50}
    lines = [
        json.dumps(good, ensure_ascii=False).replace("12.5", "12.50"),
        '{"企业名称": "乙厂", "地址": ',
        "",
        "[1, 2]",
        '{"企业名称": "丙厂", "地址": "景宁县", "经营范围": ["茶", "竹"], "省": null, "x": {}}',
        "[" * 100_000,
    ]
    batch = read(write("\n".join(lines), "a.jsonl"))
    assert batch.filings.select("line", "name", "capital", "activity").rows() == [
        (1, "甲厂", "12.50", "玩具"),
        (5, "丙厂", None, '["茶", "竹"]'),
    ]
    assert batch.rejects.select("line", "reason").rows() == [
        (2, "bad_json"),
        (4, "bad_json"),
        (6, "bad_json"),
    ]
    assert batch.rejects["detail"].to_list()[1] == "is JSON, but no object"


def test_json_lines_without_the_columns(write: Write, read: Read) -> None:
    with pytest.raises(MissingColumnsError, match="It has: x"):
        read(write('{"x": 1}\n', "a.jsonl"))
