from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townworks.errors import (
    InputNotFoundError,
    MissingColumnsError,
    TownworksError,
    UnreadableInputError,
)
from townworks.io.subjects import SubjectColumn, read_subjects
from townworks.schema import Reject

COLUMNS = [
    SubjectColumn("floor_m2", ("floor area", "建筑面积"), pl.Decimal(38, 6)),
    SubjectColumn("rent_cny", (), pl.Decimal(38, 2)),
    SubjectColumn("is_startup", ("start-up",), pl.Boolean),
    SubjectColumn("admitted_on", ("admitted", "入驻日期"), pl.Date),
    SubjectColumn("part", (), pl.Decimal(38, 9), is_share=True),
    SubjectColumn("sector", (), pl.String, ("finance", "health")),
]
TEXT = """统一社会信用代码,建筑面积,Start-up,admitted,part,note
a,"1,300.50",是,2018年1月2日,70 %,x
b,,no,2018/1/2,0.7,x
c,-,0,2018-01-02,,x
"""


def written(folder: Path, text: str | bytes, name: str = "s.csv") -> Path:
    """Write a file of subjects."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_headers_cells_and_what_is_not_used(tmp_path: Path) -> None:
    file = read_subjects(written(tmp_path, TEXT), COLUMNS)
    assert file.kept.drop("line").rows() == [
        ("a", Decimal("1300.5"), True, date(2018, 1, 2), Decimal("0.7")),
        ("b", None, False, date(2018, 1, 2), Decimal("0.7")),
        ("c", None, False, date(2018, 1, 2), None),
    ]
    assert (file.read, file.unused) == (3, ("note",))
    assert file.found == ("floor_m2", "is_startup", "admitted_on", "part")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_encodings_of_spreadsheets(tmp_path: Path, encoding: str) -> None:
    file = read_subjects(written(tmp_path, TEXT.encode(encoding)), COLUMNS)
    assert file.kept["subject_id"].to_list() == ["a", "b", "c"]
    assert file.kept["admitted_on"].null_count() == 0


@pytest.mark.parametrize(
    ("row", "reason", "field", "detail"),
    [
        ("a,x,,,,", "bad_cell", "floor_m2", "x"),
        ("a,1.1234567,,,,", "bad_cell", "floor_m2", "1.1234567"),
        ("a,1e5,,,,", "bad_cell", "floor_m2", "1e5"),
        ("a,,perhaps,,,", "bad_cell", "is_startup", "perhaps"),
        ("a,,,2018-02-30,,", "bad_cell", "admitted_on", "2018-02-30"),
        ("a,,,20180101x,,", "bad_cell", "admitted_on", "20180101x"),
        ("a,,,,seventy,", "bad_cell", "part", "seventy"),
        (",1,,,,", "no_identity", None, "the row has no identity"),
        ("a,1,", "field_count", None, "3 fields, 6 expected"),
        ("z,1,,,,", "duplicate", None, "z"),
    ],
)
def test_a_row_is_rejected_with_its_reason(
    tmp_path: Path, row: str, reason: str, field: str | None, detail: str
) -> None:
    head = TEXT.splitlines()[0]
    file = read_subjects(written(tmp_path, f"{head}\nz,2,,,,\n{row}\n"), COLUMNS)
    assert file.kept.height == 1
    Reject.validate(file.rejects)
    found = file.rejects.row(0, named=True)
    assert (found["line"], found["reason"], found["field"]) == (3, reason, field)
    assert found["detail"] == detail


def test_a_word_off_the_list_is_a_bad_cell(tmp_path: Path) -> None:
    file = read_subjects(written(tmp_path, "id,sector\na,finance\nb,Finanze\n"), COLUMNS)
    assert file.kept["sector"].to_list() == ["finance"]
    assert file.rejects["detail"].to_list() == ["Finanze"]


@given(st.decimals(-(10**15), 10**15, places=2, allow_nan=False))
def test_money_keeps_every_fen(tmp_path_factory: pytest.TempPathFactory, value: Decimal) -> None:
    path = written(tmp_path_factory.mktemp("m"), f'id,rent_cny\na,"{value:,}"\n')
    assert read_subjects(path, COLUMNS).kept["rent_cny"].to_list() == [value]


def test_typed_files_keep_their_types(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "enterprise_id": ["a", "b"],
            "floor_m2": [1.5, None],
            "is_startup": [True, False],
            "admitted_on": [date(2018, 1, 2), None],
        }
    )
    path = tmp_path / "s.parquet"
    frame.write_parquet(path)
    file = read_subjects(path, COLUMNS)
    assert file.kept.drop("line").rows() == [
        ("a", Decimal("1.5"), True, date(2018, 1, 2)),
        ("b", None, False, None),
    ]
    book = tmp_path / "s.xlsx"
    frame.write_excel(book)
    assert read_subjects(book, COLUMNS).kept.height == 2
    lines = written(tmp_path, '{"id": "a", "rent_cny": 12.05}\n{"id": "b"}\n', "s.jsonl")
    assert read_subjects(lines, COLUMNS).kept["rent_cny"].to_list() == [Decimal("12.05"), None]


@pytest.mark.parametrize(
    ("name", "content", "error", "said"),
    [
        ("s.csv", b"", InputNotFoundError, "is empty"),
        ("s.csv", b"name,floor_m2\na,1\n", MissingColumnsError, "lacks a column for subject_id"),
        ("s.parquet", b"PAR1 but no more", UnreadableInputError, "no readable Parquet"),
        ("s.jsonl", b'{"id": "a"}\n{"id": \n', UnreadableInputError, "line 2"),
        ("s.csv", b"\x00\x01\x02\x03" * 99, UnreadableInputError, "s.csv"),
    ],
)
def test_files_that_cannot_be_read(
    tmp_path: Path, name: str, content: bytes, error: type[TownworksError], said: str
) -> None:
    with pytest.raises(error, match=said):
        read_subjects(written(tmp_path, content, name), COLUMNS)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError, match="does not exist"):
        read_subjects(tmp_path / "none.csv", COLUMNS)


def test_headings_twice_or_missing_are_told_apart(tmp_path: Path) -> None:
    file = read_subjects(written(tmp_path, "id,rent_cny,rent_cny,\na,1,2,3\n"), COLUMNS)
    assert file.kept["rent_cny"].to_list() == [1]
    assert file.unused == ("rent_cny (3)", "column 4")


def test_numbers_below_zero_need_a_signed_column(tmp_path: Path) -> None:
    columns = [
        SubjectColumn("area", (), pl.Decimal(38, 6), signed=False),
        SubjectColumn("profit", (), pl.Decimal(38, 2)),
    ]
    path = written(tmp_path, "id,area,profit\na,-1,0\nb,1,-1\n")
    file = read_subjects(path, columns)
    assert file.kept["subject_id"].to_list() == ["b"]
    assert file.kept["line"].to_list() == [3]
    assert file.rejects.row(0, named=True)["detail"] == "-1"
