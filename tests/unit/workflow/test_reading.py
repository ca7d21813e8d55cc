"""`read`: one table, every row accounted for."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from townworks.errors import OutputError, RequestError
from townworks.schema import Activity, Enterprise, Reject
from townworks.workflow import ReadOptions, read_to

AS_OF = date(2020, 1, 1)
FAULTY = """企业名称,统一社会信用代码,注册日期,注册资金,经营范围,注册地址
甲厂,91350100M000100Y43,2012-07-26,50(万元人民币),琉璃制造,江苏省昆山市
乙厂,91350100M000100Y44,2012-07-26,50(万元人民币),琉璃制造,江苏省昆山市
丙厂,,2999-01-01,50(万元人民币),琉璃制造,江苏省昆山市
丁厂,,2012-07-26
戊厂,,2012-07-26,三十万,琉璃制造,山东省曲阜市
甲厂,91350100M000100Y43,2012-07-26,50(万元人民币),琉璃制造,江苏省昆山市
"""


def test_faulty_rows_are_kept_with_their_reason(tmp_path: Path) -> None:
    source, out, rejects = tmp_path / "a.csv", tmp_path / "e.parquet", tmp_path / "r.csv"
    source.write_text(FAULTY, encoding="utf-8")
    tally = read_to([source], out, ReadOptions(rejects=rejects, as_of=AS_OF))
    assert (tally.read, tally.kept, tally.rejected, tally.merged) == (6, 3, 3, 1)
    assert tally.unreadable == {"capital": 1}
    refused = pl.read_csv(rejects).sort("line")
    assert refused.columns == Reject.column_names()
    assert refused.select("line", "reason").rows() == [
        (3, "bad_credit_code"),
        (4, "bad_date"),
        (5, "field_count"),
    ]
    kept = pl.read_parquet(out)
    assert kept["name"].to_list() == ["甲厂", "戊厂"]
    Enterprise.validate(kept.drop("specialities"))


@pytest.mark.parametrize("name", ["e.csv", "e.xlsx", "e.jsonl"])
def test_other_formats_hold_the_same_rows(
    synthetic_registry: Path, tmp_path: Path, name: str
) -> None:
    read_to([synthetic_registry], tmp_path / name, ReadOptions(as_of=AS_OF))
    readers = {"e.csv": pl.read_csv, "e.xlsx": pl.read_excel, "e.jsonl": pl.read_ndjson}
    table = readers[name](tmp_path / name)  # type: ignore[operator] # three readers
    assert table.height == 1_500
    assert table["county_code"].n_unique() == 5


def test_enterprises_are_classified(
    synthetic_registry: Path, planted: dict[str, str], tmp_path: Path
) -> None:
    out, activities = tmp_path / "e.parquet", tmp_path / "a.csv"
    read_to([synthetic_registry], out, ReadOptions(as_of=AS_OF), activities)
    table = pl.read_parquet(out)
    makers = table.filter(pl.col("activity").str.contains("制造"))
    expected = makers["county_code"].replace_strict(planted)
    assert (makers["specialities"] == expected).all()
    pairs = pl.read_csv(activities).cast(Activity.create_empty().schema)
    Activity.validate(pairs)
    assert pairs.filter(role="make").height == makers.height


def test_nothing_is_left_when_it_fails(synthetic_registry: Path, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="suffix"):
        read_to([synthetic_registry], tmp_path / "e.txt", ReadOptions())
    with pytest.raises(OutputError):
        read_to([synthetic_registry], tmp_path / "missing" / "e.parquet", ReadOptions())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.shared
def test_real_registry_is_located(registry_path: Path, tmp_path: Path) -> None:
    tally = read_to([registry_path], tmp_path / "e.parquet", ReadOptions())
    assert tally.read == tally.kept + tally.rejected == 190_219
    assert tally.with_county >= 0.96 * tally.enterprises
    assert tally.with_township >= 0.60 * tally.enterprises
    Enterprise.validate(pl.read_parquet(tmp_path / "e.parquet").drop("specialities"))
