"""A template that was filled in is read again as what was filled in, without a doubt."""

import re
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from townworks.errors import RequestError
from townworks.io.template_forms import heading
from townworks.io.templates import write_template
from townworks.io.workbooks import read_grids
from townworks.returns.context import Context, find_quarter, find_town, titles
from townworks.returns.reading import Reading, read_returns
from townworks.schema.forms import Field, forms, metrics, words
from townworks.schema.messages import LANGUAGES, message

TOWNS = {"诸暨袜艺小镇": "socks", "Zhuji Hosiery Town": "socks", "龙泉青瓷小镇": "celadon"}
QUARTERLY = ("investment", "figure", "admission")
TEXT = st.text("甲乙丙木林溪水石abcxyz", min_size=2, max_size=12)
CODE = st.text("0123456789ABCDEFGHJ", min_size=18, max_size=18)
EXACT = st.decimals(0, 10**12, places=2)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXT,
    "credit_code": CODE,
    "money": EXACT,
    "number": st.integers(0, 10**9).map(Decimal),
    "day": st.dates(date(1990, 1, 1), date(2090, 12, 31)),
    "year": st.integers(1990, 2090).map(str),
    "quarter": st.just("2016Q2"),
    "flag": st.booleans(),
    "metric": st.sampled_from(list(metrics())),
}


def _values(field: Field) -> st.SearchStrategy[Any]:
    if field.key == "town":
        return st.just("诸暨袜艺小镇")
    strategy = st.sampled_from(field.words) if field.type == "word" else VALUES[field.type]
    return strategy if field.required or field.key == "quarter" else st.none() | strategy


def _records(form: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    fields = [f for f in forms()[form].fields.values() if f.key != "unit"]
    record = st.fixed_dictionaries({f.key: _values(f) for f in fields})
    unique = (lambda row: row["metric"]) if form == "figure" else None
    return st.lists(record, min_size=1, max_size=4, unique_by=unique)


def _frame(form: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    kinds: dict[str, Any] = {
        "money": pl.Decimal(30, 4),
        "number": pl.Decimal(30, 4),
        "day": pl.Date,
        "flag": pl.Boolean,
    }
    fields = forms()[form].fields
    return pl.DataFrame(rows, schema={k: kinds.get(fields[k].type, pl.String) for k in rows[0]})


def _read(*paths: Path) -> Reading:
    return read_returns([read_grids(path) for path in paths], Context(TOWNS))


def _doubts(reading: Reading) -> list[str]:
    """Findings, but for those that say that the instructions hold no table."""
    guides = [message("templates.guide", language) for language in LANGUAGES]
    found = reading.findings.filter(~pl.col("sheet").is_in(guides))
    return found["message_en"].to_list()


def _understood(reading: Reading, form: str) -> list[dict[Any, Any]]:
    """Values of each record, as they were read."""
    is_value = (pl.col("form") == form) & (pl.col("field") != "unit")
    entries = reading.entries.filter(is_value)
    found: dict[int, dict[Any, Any]] = {}
    for row in entries.iter_rows(named=True):
        key = (row["field"], row["basis"]) if form == "figure" else row["field"]
        found.setdefault(row["record"], {})[key] = (
            row["word"] if row["value"] is None else (row["value"])
        )
    return list(found.values())


def _meant(form: str, row: Mapping[str, Any]) -> dict[Any, Any]:
    """Values of a record as the reader is to understand them: the oracle."""
    if form == "figure":
        return _figure(row)
    fields = forms()[form].fields
    return {
        key: str(value).lower()
        if fields[key].type == "flag"
        else (value.isoformat() if isinstance(value, date) else value)
        for key, value in row.items()
        if value is not None and key not in ("town", "quarter")
    }


def _figure(row: Mapping[str, Any]) -> dict[Any, Any]:
    metric = metrics()[row["metric"]]
    is_state = metric.extent == "at"
    found: dict[Any, Any] = {}
    if row["value"] is not None:
        found[metric.key, "at" if is_state else "quarter"] = row["value"]
    if row["year_to_date"] is not None and not (is_state and found):
        found[metric.key, "at" if is_state else "year"] = row["year_to_date"]
    if row["geography"] is not None:
        found["geography", "none"] = row["geography"]
    return found


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
@pytest.mark.parametrize("form", list(forms()))
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_filled_in_is_what_is_read(form: str, suffix: str, data: st.DataObject) -> None:
    rows = data.draw(_records(form))
    language = data.draw(st.sampled_from(LANGUAGES))
    with TemporaryDirectory() as folder:
        path = Path(folder, f"filled{suffix}")
        write_template([form], language, path, {form: _frame(form, rows)})
        reading = _read(path)
    assert _doubts(reading) == []
    meant = [found for row in rows if (found := _meant(form, row))]
    assert _understood(reading, form) == meant
    assert set(reading.entries["town_id"]) <= ({"socks"} if "town" in rows[0] else {None})
    if "quarter" in rows[0]:
        assert set(reading.entries["quarter"]) <= {"2016Q2"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_return_says_nothing(tmp_path: Path, language: str) -> None:
    """Examples and instructions are no values, and no town and no quarter is read from them."""
    path = tmp_path / "return.xlsx"
    write_template(QUARTERLY, language, path)
    reading = _read(path)
    assert reading.entries.is_empty()
    assert reading.towns == {"return.xlsx": ""}
    assert reading.quarters == {"return.xlsx": ""}
    for grid in read_grids(path):
        assert find_town(titles(grid), TOWNS) == ""
        assert find_quarter(titles(grid)) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_town_and_a_quarter_stand_once(tmp_path: Path, language: str) -> None:
    path = tmp_path / "return.xlsx"
    whose = {"town": "诸暨袜艺小镇", "quarter": "2016Q2"}
    project = {**whose, "project": "袜机产线", "amount_cny": Decimal(12_345_678)}
    member = {"enterprise": "某某公司", "credit_code": "91330681MA288ABC1X"}
    given = {"investment": pl.DataFrame([project]), "admission": pl.DataFrame([member])}
    write_template(QUARTERLY, language, path, given)
    reading = _read(path)
    assert _doubts(reading) == []
    assert set(reading.entries["town_id"]) == {"socks"}
    assert set(reading.entries["quarter"]) == {"2016Q2"}
    assert Decimal(12_345_678) in reading.entries["value"].to_list()
    sheets = {grid.sheet: grid for grid in read_grids(path)}
    title = forms()["investment"].title[language]
    assert sheets[title].rows[1][2] == "诸暨袜艺小镇"
    assert "town" not in _fields(sheets[title].rows[4], language)


def _fields(headings: tuple[object, ...], language: str) -> set[str]:
    fields = forms()["investment"].fields.values()
    return {field.key for field in fields if heading(field, language) in headings}


def test_several_towns_have_a_column(tmp_path: Path) -> None:
    path = tmp_path / "return.xlsx"
    rows = [
        {"town": town, "quarter": "2016Q2", "project": "甲项", "amount_cny": Decimal(n)}
        for n, town in enumerate(("诸暨袜艺小镇", "龙泉青瓷小镇"), 1)
    ]
    write_template(["investment"], "zh", path, {"investment": pl.DataFrame(rows)})
    read = _read(path).entries.filter(pl.col("field") == "amount_cny")
    assert dict(zip(read["town_id"], read["value"], strict=True)) == {
        "socks": Decimal(1),
        "celadon": Decimal(2),
    }


def test_every_metric_has_a_row_with_its_unit(tmp_path: Path) -> None:
    path = tmp_path / "return.xlsx"
    write_template(["figure"], "zh", path)
    rows = read_grids(path)[1].rows[6:]
    assert [row[1:3] for row in rows] == [(m.label["zh"], m.usual) for m in metrics().values()]


def test_a_csv_is_for_spreadsheets(tmp_path: Path) -> None:
    path = tmp_path / "return.csv"
    found = write_template(QUARTERLY, "zh", path)
    assert [each.name for each in found] == [f"return-{form}.csv" for form in QUARTERLY]
    assert all(each.read_bytes().startswith("\ufeff序号".encode()) for each in found)


@settings(max_examples=20, deadline=None)
@given(st.decimals(0, 10**16, places=4))
def test_no_digit_is_lost(amount: Decimal) -> None:
    """Beyond what a spreadsheet's number holds, an amount is written as text."""
    row = {"project": "甲项", "amount_cny": amount}
    schema: dict[str, Any] = {"project": pl.String, "amount_cny": pl.Decimal(36, 4)}
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.xlsx")
        write_template(["investment"], "en", path, {"investment": pl.DataFrame([row], schema)})
        read = _read(path).entries.filter(pl.col("field") == "amount_cny")
    assert read["value"].to_list() == [amount]


@pytest.mark.parametrize("text", ["=1+1", "=cmd|' /C calc'!A0", "@SUM(1)", "+甲", "-乙"])
def test_nothing_in_a_template_runs(tmp_path: Path, text: str) -> None:
    given = {"investment": pl.DataFrame({"project": [text], "amount_cny": [1]})}
    write_template(["investment"], "zh", tmp_path / "a.csv", given)
    assert f"1,,,'{text}," in (tmp_path / "a.csv").read_text("utf-8-sig")
    write_template(["investment"], "zh", tmp_path / "a.xlsx", given)
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet2.xml").decode()
        assert re.findall(r"<f>(?!IF\(B\d+=|IF\('?\w+'?!)", sheet) == []
        assert 'quotePrefix="1"' in book.read("xl/styles.xml").decode()
    assert text in {cell for row in read_grids(tmp_path / "a.xlsx")[1].rows for cell in row}


@pytest.mark.parametrize("language", LANGUAGES)
def test_lists_and_comments(tmp_path: Path, language: str) -> None:
    path = tmp_path / "a.xlsx"
    write_template(["admission"], language, path)
    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet2.xml").decode()
        comments = book.read("xl/comments1.xml").decode()
    assert sheet.count('type="list"') == 2
    assert "<pane" in sheet
    assert 'orientation="landscape"' in sheet
    assert comments.count("<comment ") == len(forms()["admission"].fields)
    texts = {cell for row in read_grids(path)[0].rows for cell in row}
    assert {words()[key].label[language] for key in ("new", "anchor")} <= texts


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_saves_it_as_it_was(tmp_path: Path) -> None:
    """Opened, computed and saved by another program, a return says what it said before."""
    whose = {"town": "诸暨袜艺小镇", "quarter": "2016Q2"}
    project = {**whose, "project": "袜机产线", "amount_cny": Decimal(12_345_678)}
    member = {"enterprise": "某某公司", "credit_code": "91330681MA288ABC1X"}
    given = {"investment": pl.DataFrame([project]), "admission": pl.DataFrame([member])}
    path = tmp_path / "return.xlsx"
    write_template(QUARTERLY, "zh", path, given)
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
    command += ["--convert-to", "xlsx", "--outdir", str(tmp_path / "saved"), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    before, after = _read(path), _read(tmp_path / "saved" / "return.xlsx")
    assert _doubts(after) == []
    assert after.entries.equals(before.entries)


def test_what_cannot_be_asked_for(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="no form 'sausage'"):
        write_template(["sausage"], "zh", tmp_path / "a.xlsx")
    with pytest.raises(RequestError, match="No form"):
        write_template([], "zh", tmp_path / "a.xlsx")
    with pytest.raises(RequestError, match=r"no \.xlsx"):
        write_template(["town"], "zh", tmp_path / "a.pdf")
    with pytest.raises(RequestError, match="no field colour"):
        write_template(["town"], "zh", tmp_path / "a.csv", {"town": pl.DataFrame({"colour": [1]})})
    assert list(tmp_path.iterdir()) == []
