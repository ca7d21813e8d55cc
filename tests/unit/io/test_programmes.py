import csv
import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townworks.errors import DefinitionsError, RequestError, UnreadableInputError
from townworks.io.programmes import (
    MAX_TOML_BYTES,
    find_programme,
    programme_files,
    read_programme,
    shipped_programmes,
)
from townworks.schema.programme import GRADES, LISTS, Figure, Tally

Folder = Callable[[Mapping[str, str | bytes]], Path]
Faults = Callable[[str, str], list[tuple[str, str]]]

TOWNS = """\
town_id,name_zh,name_en,prefecture_zh,prefecture_en,batch,sector,industry_zh,industry_en,source
reed,苇镇,Reed Town,甲市,Jia,1,fashion,芦苇,reeds,https://example.org/1
lamp,灯镇,Lamp Town,乙市,Yi,1,fashion,灯具,lamps,https://example.org/2
"""
FIGURE = {
    "town_id": "reed",
    "metric": "visitors",
    "value": "1200",
    "unit": "count",
    "bound": "exact",
    "geography": "town",
    "geography_name": "",
    "population": "all",
    "extent": "during",
    "period": "2016",
    "period_from": "2016-01-01",
    "period_to": "2016-12-31",
    "evidence": "reported",
    "contradicts": "false",
    "source": "https://example.org/3",
}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Write a programme's folder."""

    def write(contents: Mapping[str, str | bytes]) -> Path:
        for name, content in contents.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path

    return write


@pytest.fixture
def faults(folder: Folder) -> Faults:
    """Faults of one file beside sound towns: (where, what)."""

    def read(name: str, text: str) -> list[tuple[str, str]]:
        with pytest.raises(DefinitionsError) as caught:
            read_programme(folder({"towns.csv": TOWNS, name: text}))
        assert {file for file, _, _ in caught.value.faults} == {name}
        return [(where, what) for _, where, what in caught.value.faults]

    return read


def figures(*changes: Mapping[str, str]) -> str:
    """Text of figures.csv: the same sound figure, each time with changes."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(FIGURE), lineterminator="\n")
    writer.writeheader()
    writer.writerows({**FIGURE, **change} for change in changes)
    return stream.getvalue()


# ---- where a programme is


def test_a_shipped_programme_by_name() -> None:
    assert shipped_programmes() == ["zhejiang"]
    assert (find_programme("zhejiang") / "programme.toml").is_file()


def test_a_folder_of_the_user(folder: Folder) -> None:
    path = folder({"programme.toml": ""})
    assert find_programme(path) == path
    assert find_programme(str(path)) == path


def test_a_path_is_never_the_name_of_a_shipped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RequestError, match="no programme or folder 'zhejiang'"):
        find_programme(Path("zhejiang"))


@pytest.mark.parametrize("name", ["", "osaka", "a/b"])
def test_an_unknown_programme_lists_those_that_ship(name: str) -> None:
    with pytest.raises(RequestError) as caught:
        find_programme(name)
    assert str(caught.value) == (
        f"There is no programme or folder '{name}'. Programmes that ship: zhejiang. "
        "Or name a folder with a programme.toml."
    )


def test_a_file_is_no_programme(folder: Folder) -> None:
    path = folder({"programme.toml": ""}) / "programme.toml"
    with pytest.raises(RequestError, match="is a file, not the folder of a programme"):
        find_programme(path)


# ---- its TOML files


def test_toml_files_below_the_folder_by_relative_path(folder: Folder) -> None:
    path = folder(
        {
            "policies/b.toml": "b = 1",
            "policies/deep/a.toml": "\ufeffa = 2",
            "inputs.toml": "标 = 3",
            "towns.csv": TOWNS,
            ".git/hidden.toml": "h = 4",
            "notes.toml.bak": "n = 5",
        }
    )
    assert list(programme_files(path).items()) == [
        ("inputs.toml", "标 = 3"),
        ("policies/b.toml", "b = 1"),
        ("policies/deep/a.toml", "a = 2"),
    ]


def test_a_rule_file_of_two_megabytes_is_one_clear_error(folder: Folder) -> None:
    path = folder({"policies/big.toml": "#" * 2_000_000})
    with pytest.raises(UnreadableInputError) as caught:
        programme_files(path)
    assert str(caught.value) == (
        f"{path}/policies/big.toml has more than 1,000,000 bytes, too many for a file of"
        " definitions. Split it, or put its rows into a CSV table."
    )


def test_the_limit_itself_is_allowed(folder: Folder) -> None:
    path = folder({"a.toml": "#" * MAX_TOML_BYTES})
    assert len(programme_files(path)["a.toml"]) == MAX_TOML_BYTES


def test_a_toml_file_that_is_no_utf8(folder: Folder) -> None:
    path = folder({"a.toml": "名 = 1".encode("gbk")})
    with pytest.raises(UnreadableInputError, match=r"is no UTF-8 \(byte 1\). Save it as UTF-8."):
        programme_files(path)


def test_a_toml_file_that_cannot_be_opened(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder({"a.toml": ""})

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UnreadableInputError, match="cannot be read: Permission denied"):
        programme_files(path)


# ---- its tables


def test_files_that_are_not_there_are_empty_tables(tmp_path: Path) -> None:
    tables = read_programme(tmp_path)
    assert tables.figures.height == tables.towns.height == tables.counts.height == 0
    assert dict(tables.figures.schema) == dict(Figure.create_empty().schema)


def test_cells_become_values(folder: Folder) -> None:
    text = figures({"value": "0.333", "town_id": ""}, {"contradicts": "true"})
    row = read_programme(folder({"towns.csv": TOWNS, "figures.csv": text})).figures.row(
        0, named=True
    )
    assert (row["town_id"], row["value"], row["contradicts"]) == (None, Decimal("0.333"), False)
    assert row["period_from"] == date(2016, 1, 1)


def test_columns_in_any_order_blank_lines_and_a_byte_order_mark(folder: Folder) -> None:
    reordered = [",".join(reversed(line.split(","))) for line in TOWNS.splitlines()]
    text = "\ufeff" + "\r\n\r\n".join(reordered) + "\r\n , ,\r\n"
    towns = read_programme(folder({"towns.csv": text})).towns
    assert towns["town_id"].to_list() == ["reed", "lamp"]
    assert towns["county_code"].null_count() == 2


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(
    lambda name: name == name.strip() and "\0" not in name
)


@given(
    st.dictionaries(
        st.tuples(st.integers(1990, 2100), names, st.sampled_from(LISTS), st.sampled_from(GRADES)),
        st.integers(0, 10**8),
        max_size=5,
    )
)
def test_what_is_written_is_read_again(rows: dict[tuple[int, str, str, str], int]) -> None:
    data = [(*key, towns, "https://example.org") for key, towns in rows.items()]
    schema = dict(Tally.create_empty().schema)
    frame = Tally.validate(pl.DataFrame(data, schema=schema, orient="row"))
    with zipfile.ZipFile(io.BytesIO(), "w") as archive:  # a folder need not be on the disk
        archive.writestr("tallies.csv", frame.write_csv())
        assert read_programme(zipfile.Path(archive)).tallies.equals(frame)


# ---- its faults


@pytest.mark.parametrize(
    ("column", "cell", "problem"),
    [
        ("metric", "", "is empty; write a text of the form ^[a-z0-9_]+$"),
        ("metric", "Tax", "is 'Tax'; write a text of the form ^[a-z0-9_]+$"),
        ("source", "", "is empty; write a text"),
        ("value", "1,200", "is '1,200'; write a number such as 1250.5, with at most 6 decimals"),
        ("value", "1e9", "is '1e9'; write a number such as 1250.5, with at most 6 decimals"),
        ("value", "0.1234567", "is '0.1234567'; write a number such as 1250.5, with at most 6"),
        ("value", "1" * 19, f"is '{'1' * 19}'; write a number such as"),
        ("value", "nan", "is 'nan'; write a number such as"),
        ("bound", "ovr", "is 'ovr'; did you mean 'over'? use exact, about, over, nearly"),
        ("extent", "yearly", "is 'yearly'; use at, during, cumulative"),
        ("period_from", "2016-02-30", "is '2016-02-30'; write a day such as 2015-06-04"),
        ("period_to", "20161231", "is '20161231'; write a day such as 2015-06-04"),
        ("contradicts", "yes", "is 'yes'; write true or false"),
        ("town_id", "lmap", "is 'lmap', which is not in towns.csv; did you mean 'lamp'?"),
        (
            "town_id",
            "q",
            "is 'q', which is not in towns.csv; add it there, or leave the cell empty",
        ),
        ("period_from", "2017-01-01", "is 2017-01-01, after period_to 2016-12-31; exchange them"),
    ],
)
def test_a_cell_at_fault(faults: Faults, column: str, cell: str, problem: str) -> None:
    found = faults("figures.csv", figures({"period": "2015"}, {column: cell}))
    assert len(found) == 1
    assert found[0][0] == f"line 3, column {column}"
    assert found[0][1].startswith(problem)


def test_a_number_of_towns_is_whole_and_no_less_than_zero(faults: Faults) -> None:
    text = "year,area,on_list,grade,towns,source\n2016,甲市,creation,good,-1,x\n16.5,a,named,b,2,x"
    assert faults("tallies.csv", text) == [
        ("line 2, column towns", "is '-1'; write a whole number, 0 or more"),
        ("line 3, column year", "is '16.5'; write a whole number"),
    ]


def test_a_header_at_fault(faults: Faults) -> None:
    text = "yaer,area,on_list,on_list,grade,towns,source,zzz\n"
    assert faults("tallies.csv", text) == [
        ("line 1", "column 'yaer' is not known here; did you mean year?"),
        ("line 1", "column 'on_list' stands twice; leave one out"),
        (
            "line 1",
            "column 'zzz' is not known here; there are year, area, on_list, grade, towns, source",
        ),
        ("line 1", "column 'year' is missing; write a whole number"),
    ]


def test_a_missing_column_names_what_it_takes(faults: Faults) -> None:
    found = faults("counts.csv", "on_list,batch,towns,source\n")
    assert found == [
        ("line 1", "column 'day' is missing; write a day such as 2015-06-04"),
        ("line 1", "column 'kind' is missing; use stock, entry"),
    ]


def test_a_row_of_another_length_and_the_lines_of_quoted_cells(faults: Faults) -> None:
    text = 'day,on_list,kind,towns,source\n2016-01-29,named,stock,1,"a\nb"\n2016-01-30,named\n'
    assert faults("counts.csv", text) == [
        ("line 4", "2 cells where the header has 5; quote cells with commas")
    ]


@pytest.mark.parametrize(
    ("text", "where", "problem"),
    [
        ("", "line 1", "no header; write town_id,enterprise_en,enterprise_zh,source"),
        ('town_id,"a', "the file", "is no CSV: unexpected end of data"),
        ('town_id\n"a"b', "the file", "is no CSV: ',' expected after '\"'"),
    ],
)
def test_a_file_that_is_no_table(faults: Faults, text: str, where: str, problem: str) -> None:
    assert faults("anchors.csv", text) == [(where, problem)]


def test_a_table_that_is_no_utf8(folder: Folder) -> None:
    with pytest.raises(DefinitionsError) as caught:
        read_programme(folder({"towns.csv": b"town_id\n\xd5\xf2"}))
    problem = "is no UTF-8 (byte 9); save it as UTF-8"
    assert caught.value.faults == (("towns.csv", "the file", problem),)


def test_keys_that_stand_twice(faults: Faults) -> None:
    text = "day,on_list,kind,towns,source\n"
    text += "2016-01-29,named,stock,7,x\n2016-01-29,named,entry,7,x\n2016-01-29,named,stock,8,x\n"
    assert faults("counts.csv", text) == [
        ("line 4", "2016-01-29, named, stock: stands in line 2 too; leave one out")
    ]


def test_the_same_figure_twice_and_from_two_sources(faults: Faults, folder: Folder) -> None:
    other = {"source": "https://example.org/4"}
    path = folder({"towns.csv": TOWNS, "figures.csv": figures({}, other)})
    assert read_programme(path).figures.height == 2
    found = faults("figures.csv", figures({}, other, {}))
    assert [where for where, _ in found] == ["line 4"]
    assert found[0][1].endswith("https://example.org/3: stands in line 2 too; leave one out")


def test_two_values_of_one_scope_are_a_fault_unless_they_are_marked(
    faults: Faults, folder: Folder
) -> None:
    marked = {"contradicts": "true"}
    sound = figures({"value": "7", **marked}, marked, {"value": "8", "population": "cloud"})
    path = folder({"towns.csv": TOWNS, "figures.csv": sound})
    assert read_programme(path).figures.height == 3
    problem = (
        "is 1200; line 2 has 7 for the same scope, period and evidence; give one another scope,"
        " or set contradicts to true in both"
    )
    found = faults("figures.csv", figures({"value": "7"}, marked))
    assert found == [("line 3, column value", problem)]


def test_plans_and_reports_of_one_year_are_two_series(folder: Folder) -> None:
    text = figures({}, {"value": "5", "evidence": "target"})
    assert read_programme(folder({"towns.csv": TOWNS, "figures.csv": text})).figures.height == 2


def test_a_span_of_naming(faults: Faults) -> None:
    text = "name_zh,named_from,named_to,source\n苇镇,2019-09-01,2018-09-01,x\n"
    assert faults("namings.csv", text) == [
        (
            "line 2, column named_from",
            "is 2019-09-01, after named_to 2018-09-01; exchange them",
        )
    ]


def test_faults_of_all_files_are_reported_at_once(folder: Folder) -> None:
    bad = {"metric": "", "unit": "", "value": "x", "bound": "", "extent": "", "evidence": ""}
    path = folder({"towns.csv": "town_id\n", "figures.csv": figures(*[bad] * 3)})
    with pytest.raises(DefinitionsError) as caught:
        read_programme(path)
    assert {file for file, _, _ in caught.value.faults} == {"towns.csv", "figures.csv"}
    lines = str(caught.value).splitlines()
    assert len(caught.value.faults) == 9 + 6 * 3 + 3  # columns, cells, and `reed` is no town
    assert len(lines) == 1 + 20 + 1
    assert lines[-1] == "  … and 10 more"
    assert lines[1] == "  towns.csv: line 1: column 'name_zh' is missing; write a text"
