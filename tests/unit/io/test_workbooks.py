"""Workbooks and CSV files as grids; and what is refused before a parser sees it."""

import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from time import perf_counter

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from townworks.errors import InputNotFoundError, TownworksError
from townworks.io.workbooks import GridLimits, WorkbookError, read_grids
from townworks.schema.grids import Merge, address

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def book(path: Path, *rows: tuple[object, ...], hidden: bool = False) -> Path:
    """Write a workbook with one sheet."""
    found = xlsxwriter.Workbook(str(path))
    sheet = found.add_worksheet("表")
    if hidden:
        found.add_worksheet("旧").hide()
    day = found.add_format({"num_format": "yyyy-mm-dd"})
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(r, c, value, day)
            elif value is not None:
                sheet.write(r, c, value)
    found.close()
    return path


def with_part(path: Path, name: str, content: bytes | Callable[[bytes], bytes]) -> Path:
    """Write a workbook again with one part changed or added."""
    book(path, ("a", 1))
    old = path.read_bytes()
    with (
        zipfile.ZipFile(BytesIO(old)) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file,
    ):
        for entry in source.namelist():
            part = source.read(entry)
            if entry == name and callable(content):
                part = content(part)
            file.writestr(entry, part)
        if not callable(content):
            file.writestr(name, content)
    return path


def refused(path: Path, key: str, limits: GridLimits | None = None) -> WorkbookError:
    """Expect a refusal, in both languages, within two seconds."""
    began = perf_counter()
    with pytest.raises(WorkbookError) as caught:
        read_grids(path, limits or GridLimits())
    assert caught.value.key == key
    assert perf_counter() - began < 2
    assert caught.value.say("en") != caught.value.say("zh")
    return caught.value


def test_cells_keep_their_place_and_their_value(tmp_path: Path) -> None:
    day = date(2016, 6, 30)
    path = book(tmp_path / "a.xlsx", (), (None, "名称", 0.1, 1200, True, day))
    grid = read_grids(path)[0]
    assert grid.sheet == "表"
    assert grid.rows[1][1:5] == ("名称", Decimal("0.1"), Decimal(1200), True)
    assert grid.rows[1][5] in (day, datetime(2016, 6, 30))  # noqa: DTZ001
    assert address(1, 1) == "B2"


def test_merges_and_hidden_sheets_are_said(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    found = xlsxwriter.Workbook(str(path))
    found.add_worksheet("表").merge_range(0, 0, 1, 2, "标题")
    found.add_worksheet("旧").hide()
    found.close()
    first, second = read_grids(path)
    assert first.merges == (Merge(0, 0, 1, 2),)
    assert (first.hidden, second.hidden) == (False, True)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_the_codings_that_come(codec: str, tmp_path: Path) -> None:
    path = tmp_path / "报表.csv"
    path.write_bytes("项目,投资\r\n一号楼,１２\r\n".encode(codec))
    assert read_grids(path)[0].rows == (("项目", "投资"), ("一号楼", "１２"))


@pytest.mark.parametrize("mark", [";", "\t"])
def test_csv_with_other_marks(mark: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"项目{mark}投资\n一号楼{mark}12\n", "utf-8")
    assert read_grids(path)[0].rows[1] == ("一号楼", "12")


def test_passwords_old_files_and_macros(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(OLE + b"x" * 600 + "EncryptedPackage".encode("utf-16-le"))
    refused(path, "password")
    path.write_bytes(OLE + b"x" * 600)
    refused(path, "old_excel")
    refused(with_part(path, "xl/vbaProject.bin", b"Sub Auto_Open()"), "macros")


def test_a_csv_called_xlsx_and_the_reverse(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text("a,b\n1,2\n")
    assert "CSV" in refused(tmp_path / "a.xlsx", "not_xlsx").say("en")
    (tmp_path / "a.xls").write_text("<html><table></table></html>")
    assert "HTML" in refused(tmp_path / "a.xls", "not_xlsx").say("en")
    book(tmp_path / "b.xlsx", ("a",)).rename(tmp_path / "b.csv")
    refused(tmp_path / "b.csv", "not_xlsx")


SHEET = "xl/worksheets/sheet1.xml"


def test_a_sheet_of_a_million_rows(tmp_path: Path) -> None:
    rows = b"<row><c><v>1</v></c></row>" * 1_000_000
    path = with_part(
        tmp_path / "a.xlsx",
        SHEET,
        lambda part: part.replace(b"</sheetData>", rows + b"</sheetData>"),
    )
    refused(path, "too_many_rows")


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        (b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>', "too_many_rows"),
        (b"<row r='99999'><c r='XFD99999'><v>1</v></c></row>", "too_large_sheet"),
        (b'<row r="5"><c r="XFD5"><v>1</v></c></row>', ""),
    ],
)
def test_one_cell_far_away_is_not_given_room_for(cell: bytes, key: str, tmp_path: Path) -> None:
    path = with_part(
        tmp_path / "a.xlsx",
        SHEET,
        lambda part: part.replace(b"</sheetData>", cell + b"</sheetData>"),
    )
    if key:
        refused(path, key)
    else:
        assert len(read_grids(path)[0].rows[4]) == 16_384


def test_an_address_that_two_chunks_share_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("townworks.io.workbooks.CHUNK", 7)
    cell = b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    path = with_part(
        tmp_path / "a.xlsx",
        SHEET,
        lambda part: part.replace(b"</sheetData>", cell + b"</sheetData>"),
    )
    refused(path, "too_many_rows")


def test_a_zip_bomb(tmp_path: Path) -> None:
    path = with_part(tmp_path / "a.xlsx", "xl/media/image1.bin", b"\0" * 250_000_000)
    assert path.stat().st_size < 1_000_000
    refused(path, "bomb")


def test_a_merge_over_everything_is_passed_over(tmp_path: Path) -> None:
    merge = b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    path = with_part(
        tmp_path / "a.xlsx",
        SHEET,
        lambda part: part.replace(b"</sheetData>", b"</sheetData>" + merge),
    )
    assert read_grids(path)[0].merges == ()


def test_a_large_file_and_an_empty_one(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("a",))
    refused(path, "bomb", GridLimits(size_bytes=100))
    (tmp_path / "b.xlsx").write_bytes(b"")
    refused(tmp_path / "b.xlsx", "empty")
    for gone in (tmp_path / "none.xlsx", tmp_path):
        with pytest.raises(InputNotFoundError):
            read_grids(gone)


def test_numbers_beyond_all_sense_are_no_crash(tmp_path: Path) -> None:
    grid = read_grids(book(tmp_path / "a.xlsx", (1e300, -1e-300, 1e15)))[0]
    assert grid.rows[0][2] == Decimal(10**15)


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(place=st.integers(0, 5_000), byte=st.integers(0, 255), cut=st.sampled_from(["cut", "other"]))
def test_a_damaged_file_is_a_refusal_or_a_grid(
    place: int,
    byte: int,
    cut: str,
    tmp_path: Path,
) -> None:
    path = book(tmp_path / "a.xlsx", ("项目", "投资"), ("一号楼", 12))
    data = bytearray(path.read_bytes())
    place %= len(data)
    path.write_bytes(
        bytes(data[:place])
        if cut == "cut"
        else bytes(data[:place] + bytes([byte]) + data[place + 1 :])
    )
    with suppress(TownworksError):
        assert all(grid.file == "a.xlsx" for grid in read_grids(path))
