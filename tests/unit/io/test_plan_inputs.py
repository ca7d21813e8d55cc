"""Candidates and pairs from files: every cell understood, or every fault named with its line."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from townworks.errors import InputNotFoundError, MissingColumnsError
from townworks.io.plan_inputs import read_candidates, read_pairs


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_headers_in_english_or_chinese_and_amounts_by_year(tmp_path: Path) -> None:
    path = written(
        tmp_path / "c.csv",
        "候选编号,名称,产业门类,特色产业,预计就业,第1年民间投资,第2年用地指标,可启动年份,经度,随便\n"
        'a,袜艺小镇,fashion,袜业,"1,200",1_000.50,30.25,2016,120.2,x\n',
    )
    found = read_candidates(path)
    assert found.faults == ()
    assert found.unused == ("随便",)
    (row,) = found.frame.to_dicts()
    assert row["candidate_id"] == "a"
    assert row["jobs"] == Decimal("1200.00")
    assert row["private_investment_1_cny"] == Decimal("1000.50")
    assert row["land_2_mu"] == Decimal("30.25")
    assert (row["ready_year"], row["lon"]) == (2016, 120.2)


def test_every_fault_of_a_file_with_its_line(tmp_path: Path) -> None:
    path = written(
        tmp_path / "c.csv",
        "candidate_id,name,sector,industry,jobs,growth_cny,standing,ready_year,land_mu\n"
        "a,A,s,i,5,1e99999,open,2016,1\n"
        "b,B,s,i,-5,1,open,2016,1\n"
        "c,C,s,i,5,nan,open,2016,1\n"
        "d,D,s,i,5,1,maybe,2016,1\n"
        "e,E,s,i,5,1,open,soon,1\n"
        "a,F,s,i,5,1,open,2016,1\n"
        ",G,s,i,5,1,open,2016,1\n"
        "h,H,s,i,5,1,open\n"
        "i,I,s,i,5,1,open,2016,many\n",
    )
    found = read_candidates(path)
    lines = [fault.removeprefix(f"{path}, ") for fault in found.faults]
    number = "write a number of at least 0, or leave the cell empty if it is not known"
    assert lines == [
        f"line 2: growth_cny is '1e99999': {number}",
        f"line 3: jobs is '-5': {number}",
        f"line 4: growth_cny is 'nan': {number}",
        "line 5: standing is 'maybe': write open, committed, must, must_not",
        "line 6: ready_year is 'soon': write a year, such as 2016",
        "line 7: 'a' stands twice: give each its own id",
        "line 8: the id is empty: every candidate needs one",
        "line 9: field_count: 7 fields, 9 expected",
        f"line 10: land_mu is 'many': {number}",
    ]
    assert found.frame.height == 0


def test_numbers_as_programs_write_them(tmp_path: Path) -> None:
    text = "candidate_id,name,growth_cny,lq\na,A,1.5e+09,9.56e-6\n"
    (row,) = read_candidates(written(tmp_path / "c.csv", text)).frame.to_dicts()
    assert row["growth_cny"] == Decimal(1_500_000_000)
    assert row["lq"] == pytest.approx(9.56e-6)


def test_pairs_and_workbooks(tmp_path: Path) -> None:
    path = tmp_path / "p.xlsx"
    pl.DataFrame({"one": ["a"], "other": ["b"], "value_cny": [-2500.5]}).write_excel(path)
    found = read_pairs(path)
    assert found.faults == ()
    assert found.frame["value_cny"].to_list() == [Decimal("-2500.50")]


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError, match="does not exist"):
        read_candidates(tmp_path / "no.csv")
    path = written(tmp_path / "c.csv", "name,sector\nA,s\n")
    with pytest.raises(MissingColumnsError, match="candidate_id"):
        read_candidates(path)
