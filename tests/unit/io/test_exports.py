"""Tables out and in again: the same, in every kind; and nothing in them runs."""

import csv
import hashlib
import json
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from townworks.errors import OutputError
from townworks.io import exporting_formats
from townworks.io.exporting_columns import ExportError
from townworks.io.exporting_geometry import geometry
from townworks.io.exports import KINDS, About, export_tables, read_export
from townworks.io.workbooks import read_grids
from townworks.schema.messages import catalogue

ABOUT = About("towns", "Towns", "2016-06-01")
ARMED = ["=cmd|' /C calc'!A0", "@SUM(1)", "+1", "-1", "＝1", "\t=1", "\r=1", " =1", "'quoted"]
PLAIN = ["", " ", "\\N", "null", "a\r\nb", '"', "a,b", "_x000D_", "\x00\x1f", "\u2028", "1", "true"]
UNHOLDABLE = ["\ufffe", "\uffff"]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=UNHOLDABLE), max_size=9)
AMOUNT = st.decimals(-(10**17), 10**17, places=6)
FLOAT = st.floats(allow_nan=False)
KINDS_OF_VALUES: Mapping[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "text": (pl.String, TEXT | st.sampled_from(ARMED + PLAIN)),
    "amount": (pl.Decimal(24, 6), AMOUNT),
    "large": (pl.Decimal(38, 2), st.decimals(-(10**33), 10**33, places=2)),
    "count": (pl.Int64, st.integers(-(2**63), 2**63 - 1)),
    "small": (pl.Int8, st.integers(-128, 127)),
    "code": (pl.UInt64, st.integers(0, 2**64 - 1)),
    "share": (pl.Float64, FLOAT | st.just(float("nan"))),
    "single": (pl.Float32, st.floats(width=32, allow_nan=False)),
    "on": (pl.Date, st.dates()),
    "at": (pl.Datetime("us"), st.datetimes(datetime(1, 1, 2), datetime(9999, 1, 1))),  # noqa: DTZ001
    "instant": (
        pl.Datetime("us", "Asia/Shanghai"),
        st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    ),
    "hour": (pl.Time, st.times()),
    "yes": (pl.Boolean, st.booleans()),
    "level": (pl.Enum(["planned", "=reported", ""]), st.sampled_from(["planned", "=reported", ""])),
    "none": (pl.Null, st.none()),
}


def _values(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Half of the columns have nulls: without one, an empty cell is a text."""
    return st.none() | strategy


ROWS = st.lists(st.fixed_dictionaries({k: _values(s) for k, (_, s) in KINDS_OF_VALUES.items()}))
FULL = st.lists(st.fixed_dictionaries({"text": KINDS_OF_VALUES["text"][1]}), min_size=1)


def _there_and_back(frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    with TemporaryDirectory() as home:
        export_tables({"a": frame}, Path(home, "out"), kind, ABOUT)
        return read_export(Path(home, "out"))["a"]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, deadline=None)
@given(rows=ROWS)
def test_what_went_out_comes_in_again(kind: str, rows: list[dict[str, object]]) -> None:
    frame = pl.DataFrame(rows, schema={k: dtype for k, (dtype, _) in KINDS_OF_VALUES.items()})
    assert_frame_equal(_there_and_back(frame, kind), frame, check_exact=True)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20, deadline=None)
@given(rows=FULL)
def test_an_empty_text_is_not_nothing(kind: str, rows: list[dict[str, object]]) -> None:
    frame = pl.DataFrame(rows, schema={"text": pl.String})
    assert_frame_equal(_there_and_back(frame, kind), frame)
    mixed = pl.concat([frame, frame.clear(1)])
    assert_frame_equal(_there_and_back(mixed, kind), mixed)


@pytest.mark.parametrize("kind", KINDS)
def test_several_tables_and_empty_ones(kind: str, tmp_path: Path) -> None:
    tables = {
        "town": pl.DataFrame({"名称": ["袜艺小镇"], "n": [1]}),
        "project": pl.DataFrame(schema={"name": pl.String, "amount_cny": pl.Decimal(20, 2)}),
        "kind": pl.DataFrame({"x": ["a", None]}, schema={"x": pl.Categorical}),
    }
    files = export_tables(tables, tmp_path / "out", kind, ABOUT)
    assert sorted(files) == sorted((tmp_path / "out").iterdir())
    back = read_export(tmp_path / "out")
    assert list(back) == list(tables)
    for name, frame in tables.items():
        assert_frame_equal(back[name], frame)


def test_a_data_package_describes_the_files(tmp_path: Path) -> None:
    frame = pl.DataFrame({"n": [1], "d": [Decimal("1.50")], "wkt": ["POINT (1 2)"]})
    export_tables({"a": frame}, tmp_path / "out", "csv", ABOUT)
    package = json.loads((tmp_path / "out" / "datapackage.json").read_text("utf-8"))
    resource = package["resources"][0]
    content = (tmp_path / "out" / "a.csv").read_bytes()
    assert content == "\ufeffn,d,wkt\n1,1.50,POINT (1 2)\n".encode()
    assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert resource["bytes"] == len(content)
    fields = {field["name"]: field for field in resource["schema"]["fields"]}
    assert [fields[name]["type"] for name in fields] == ["integer", "number", "string"]
    assert fields["wkt"]["townworks"]["crs"] == "OGC:CRS84"
    assert fields["wkt"]["townworks"]["escaped"] is True
    assert (package["name"], package["as_of"]) == ("towns", "2016-06-01")


@pytest.mark.parametrize("text", ARMED)
def test_no_cell_begins_like_a_formula(text: str, tmp_path: Path) -> None:
    export_tables({"a": pl.DataFrame({"x": [text]})}, tmp_path / "out", "csv", ABOUT)
    with (tmp_path / "out" / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        cell = list(csv.reader(file))[1][0]
    assert cell == f"'{text}"


def test_no_cell_of_a_workbook_is_a_formula(tmp_path: Path) -> None:
    texts = [*ARMED, "http://a.example"]
    export_tables({"a": pl.DataFrame({"x": texts})}, tmp_path / "out", "xlsx", ABOUT)
    with zipfile.ZipFile(tmp_path / "out" / "a.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert 'quotePrefix="1"' in book.read("xl/styles.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet


def test_amounts_are_numbers_where_a_spreadsheet_can_hold_them(tmp_path: Path) -> None:
    amounts = [Decimal("1234.56"), Decimal("123456789012345678.12"), Decimal("0.10")]
    frame = pl.DataFrame({"x": amounts}, schema={"x": pl.Decimal(24, 2)})
    export_tables({"a": frame}, tmp_path / "out", "xlsx", ABOUT)
    cells = [row[0] for row in read_grids(tmp_path / "out" / "a.xlsx")[0].rows[1:]]
    assert cells == [Decimal("1234.56"), "123456789012345678.12", Decimal("0.1")]


@pytest.mark.parametrize("text", ["x" * 32_768, "😀" * 16_384, "\ufffe", "_x005F_x000D_"])
def test_what_a_cell_cannot_hold_is_refused(text: str, tmp_path: Path) -> None:
    """Excel would cut it off, or show another text, without a word."""
    frame = pl.DataFrame({"x": ["a", text]})
    with pytest.raises(ExportError, match="x, 3"):
        export_tables({"a": frame}, tmp_path / "out", "xlsx", ABOUT)
    assert list(tmp_path.iterdir()) == []
    assert_frame_equal(_there_and_back(frame, "csv"), frame)


def test_too_many_rows_for_a_sheet(tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": pl.zeros(1_048_576, pl.Int8, eager=True)})
    with pytest.raises(ExportError, match="1,048,576 rows do not fit") as caught:
        export_tables({"a": frame}, tmp_path / "out", "xlsx", ABOUT)
    assert "1,048,576行" in caught.value.say("zh")


SHAPES = [
    "POINT (1 2)",
    "LINESTRING (0 0, 1.5 1)",
    "POLYGON ((0 0, 1 0, 1 1, 0 0), (0.1 0.1, 0.2 0.1, 0.2 0.2, 0.1 0.1))",
    "MULTIPOINT ((1 2), (3 4))",
    "MULTIPOINT (1 2, 3 4)",
    "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))",
    "POLYGON Z ((0 0 1, 1 0 1, 1 1 1, 0 0 1))",
    "POLYGON EMPTY",
]


@pytest.mark.parametrize("text", SHAPES)
def test_well_known_text_is_geometry(text: str) -> None:
    """Oracle: shapely."""
    found = shapely.from_geojson(json.dumps(geometry(text, "wkt")))
    assert shapely.equals(found, shapely.from_wkt(text))


@pytest.mark.parametrize(
    "text", ["", "POINT", "POINT (1 2", "CIRCLE (1 2)", "POINT (a b)", "x(", "3"]
)
@pytest.mark.parametrize("kind", ["wkt", "geojson"])
def test_what_is_no_geometry(text: str, kind: str) -> None:
    assert geometry(text, kind) is None


@pytest.mark.parametrize("column", ["geojson", "wkt"])
def test_geometry_is_the_features_own(column: str, tmp_path: Path) -> None:
    shape = {"type": "Point", "coordinates": [120.25, 30.5]}
    compact = json.dumps(shape, separators=(",", ":"))
    texts = [compact, json.dumps(shape), None, "no geometry"]
    if column == "wkt":
        texts = ["POINT(120.25 30.50)", "POINT  (120.25 30.5)", None, "no geometry"]
    frame = pl.DataFrame({"town_id": list("abcd"), column: texts})
    export_tables({"boundary": frame}, tmp_path / "out", "geojson", ABOUT)
    told = json.loads((tmp_path / "out" / "boundary.geojson").read_text("utf-8"))
    assert [feature["geometry"] for feature in told["features"]] == [shape, shape, None, None]
    assert told["crs"]["properties"]["name"].endswith("CRS84")
    assert_frame_equal(read_export(tmp_path / "out")["boundary"], frame)


def test_an_export_is_replaced_whole_and_nothing_else_is(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export_tables({"a": pl.DataFrame({"x": [1]}), "b": pl.DataFrame()}, folder, "csv", ABOUT)
    export_tables({"a": pl.DataFrame({"x": [2]})}, folder, "csv", ABOUT)
    assert sorted(p.name for p in folder.iterdir()) == ["a.csv", "datapackage.json"]
    (folder / "letter.txt").write_text("x")
    with pytest.raises(ExportError, match=r"letter\.txt"):
        export_tables({}, folder, "csv", ABOUT)
    assert read_export(folder)["a"]["x"].to_list() == [2]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_failure_leaves_what_stood_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "out"
    export_tables({"a": pl.DataFrame({"x": [1]})}, folder, "csv", ABOUT)

    def full(_: str, __: pl.DataFrame) -> exporting_formats.Written:
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(exporting_formats.WRITERS, "csv", full)
    with pytest.raises(OutputError, match="No space left"):
        export_tables({"a": pl.DataFrame({"x": [2]})}, folder, "csv", ABOUT)
    assert read_export(folder)["a"]["x"].to_list() == [1]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": [1]})
    for tables, kind, problem in (
        ({"a": pl.DataFrame({"x": [[1]]})}, "csv", "no export holds"),
        ({"a": pl.DataFrame({"=x": [1]})}, "csv", "Rename it"),
        ({"../a": frame}, "csv", "no name of a table"),
        ({"a": frame, "A": frame}, "csv", "no name of a table"),
        ({}, "pdf", "There is no kind"),
    ):
        with pytest.raises(ExportError, match=problem):
            export_tables(tables, tmp_path / "out", kind, ABOUT)
    with pytest.raises(OutputError, match="no folder"):
        export_tables({}, tmp_path / "none" / "out", "csv", ABOUT)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="is a file"):
        export_tables({}, tmp_path / "file", "csv", ABOUT)


def _changed(folder: Path, **values: object) -> None:
    path = folder / "datapackage.json"
    package = json.loads(path.read_text("utf-8"))
    package["resources"][0] |= values
    path.write_text(json.dumps(package), "utf-8")


def test_what_is_no_export_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "out"

    def fault() -> str:
        with pytest.raises(ExportError) as caught:
            read_export(folder)
        return caught.value.key

    assert fault() == "no_package"
    export_tables({"a": pl.DataFrame({"x": [1]})}, folder, "csv", ABOUT)
    _changed(folder, rows=2)
    assert fault() == "damaged"
    _changed(folder, schema={})
    assert fault() == "damaged"
    _changed(folder, path="../secret.csv")
    assert fault() == "outside"
    _changed(folder, path="a.csv", format="exe")
    assert fault() == "outside"
    _changed(folder, format="csv")
    (folder / "a.csv").write_text("x\n2\n")
    assert fault() == "changed"
    (folder / "a.csv").unlink()
    assert fault() == "missing_file"
    for text in ("[1]", "{", '{"resources": [1]}'):
        (folder / "datapackage.json").write_text(text)
        assert fault() == "no_package"


def test_every_fault_is_said_in_both_languages() -> None:
    faults = [texts for key, texts in catalogue().items() if key.startswith("templates.export.")]
    assert len(faults) == 13
    assert all(set(texts) == {"en", "zh"} for texts in faults)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_the_workbook_and_runs_nothing(tmp_path: Path) -> None:
    texts = [text for text in ARMED if text.isprintable()]
    days = [date(2016, 4, 15)] * len(texts)
    frame = pl.DataFrame({"x": texts, "n": [Decimal("1.5")] * len(texts), "on": days})
    export_tables({"a": frame}, tmp_path / "out", "xlsx", ABOUT)
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
    command += ["--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir"]
    subprocess.run(
        [*command, str(tmp_path), str(tmp_path / "out" / "a.xlsx")],
        check=True,
        capture_output=True,
        timeout=120,
    )
    rows = list(csv.reader((tmp_path / "a.csv").read_text("utf-8").splitlines()))
    shown = [text if text != "'quoted" else "''quoted" for text in texts]
    assert rows == [["x", "n", "on"], *([text, "1.5", "2016-04-15"] for text in shown)]


@pytest.mark.parametrize("value", [1.5131624692948432e-103, 0.1 + 0.2, 1e15, 1e300, -0.0])
def test_every_bit_of_a_float_is_kept(value: float) -> None:
    """XlsxWriter writes 16 digits of a number; 17 may be needed."""
    frame = pl.DataFrame({"x": [value]})
    assert _there_and_back(frame, "xlsx")["x"].to_list() == [value]


def test_times_of_day_are_whole() -> None:
    frame = pl.DataFrame({"x": [time(0, 0), time(23, 59, 59, 999_999)]})
    assert _there_and_back(frame, "csv")["x"].to_list() == frame["x"].to_list()
