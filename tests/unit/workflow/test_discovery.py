"""From files to specialities."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from townworks.errors import InputNotFoundError, RequestError
from townworks.schema import Candidate, Specialisation
from townworks.workflow import DiscoverOptions, ReadOptions, discover, write_discovery

AS_OF = ReadOptions(as_of=date(2020, 1, 1))


def firsts(table: pl.DataFrame, width: int) -> dict[str, str]:
    best = table.filter(rank=1)
    return dict(best.select(pl.col("place_code").str.head(width), "speciality").iter_rows())


@pytest.mark.parametrize("by", ["county", "township"])
def test_finds_what_was_planted(synthetic_registry: Path, planted: dict[str, str], by: str) -> None:
    found = discover([synthetic_registry], DiscoverOptions(by=by, read=AS_OF))  # type: ignore[arg-type] # literal
    assert firsts(found.specialisation, 6) == planted
    Specialisation.validate(found.specialisation)
    Candidate.validate(found.candidates)
    assert set(found.candidates["speciality"]) == set(planted.values())


def test_every_row_is_accounted_for(synthetic_registry: Path) -> None:
    found = discover([synthetic_registry], DiscoverOptions(read=AS_OF))
    tally = found.tally
    assert tally.read == tally.kept + tally.rejected == 1_500
    assert tally.enterprises == found.counted + found.branches + found.outside


def test_period_leaves_out_and_says_so(synthetic_registry: Path) -> None:
    whole = discover([synthetic_registry], DiscoverOptions(read=AS_OF))
    until = DiscoverOptions(until=date(2007, 12, 31), read=AS_OF)
    since = DiscoverOptions(since=date(2008, 1, 1), read=AS_OF)
    early, late = (discover([synthetic_registry], options) for options in (until, since))
    assert early.counted + late.counted == whole.counted
    assert early.outside == late.counted
    assert max(early.counts.years) <= 2007 < min(late.counts.years)


def test_trade_can_be_left_out(synthetic_registry: Path) -> None:
    all_roles = discover([synthetic_registry], DiscoverOptions(read=AS_OF))
    makers = discover([synthetic_registry], DiscoverOptions(activity="make", read=AS_OF))
    fewer = [
        found.counts.cells.filter(speciality="琉璃灯")["enterprises"].sum()
        for found in (makers, all_roles)
    ]
    assert 0 < fewer[0] < fewer[1]


def test_same_rows_in_two_files_count_once(synthetic_registry: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.parquet"
    pl.read_csv(synthetic_registry, infer_schema=False).write_parquet(copy)
    once = discover([synthetic_registry], DiscoverOptions(read=AS_OF))
    twice = discover([synthetic_registry, copy], DiscoverOptions(read=AS_OF))
    assert twice.tally.merged == 1_500
    assert twice.specialisation.equals(once.specialisation)


def test_options_at_fault_are_told() -> None:
    with pytest.raises(RequestError, match=r"--top is 0\. Ask for at least 1."):
        discover([], DiscoverOptions(top=0))
    with pytest.raises(RequestError, match="--since 2015-01-02 is after --until 2015-01-01"):
        discover([], DiscoverOptions(since=date(2015, 1, 2), until=date(2015, 1, 1)))
    with pytest.raises(InputNotFoundError):
        discover([Path("no-such-file.csv")], DiscoverOptions())


def test_registry_of_codes_only(tmp_path: Path) -> None:
    """Where there is an industry code and no scope, the code is the speciality."""
    rows = [(f"甲{i}公司", "江苏省昆山市", "C1830" if i < 40 else "F5100") for i in range(60)]
    rows += [(f"乙{i}公司", "山东省曲阜市", "F5100") for i in range(60)]
    path = tmp_path / "codes.csv"
    pl.DataFrame(rows, ["企业名称", "注册地址", "行业代码"], orient="row").write_csv(path)
    found = discover([path], DiscoverOptions(read=AS_OF))
    assert firsts(found.specialisation, 6)["320583"] == "GB/T 4754 C1830"


@pytest.mark.parametrize("name", ["x.csv", "x.parquet", "x.xlsx", "x.jsonl", "x.geojson", "x.html"])
def test_writes_every_format_with_its_record(
    synthetic_registry: Path, tmp_path: Path, name: str
) -> None:
    found = discover([synthetic_registry], DiscoverOptions(read=AS_OF))
    written = write_discovery(found, tmp_path / name, tmp_path / "candidates.csv", "en")
    assert written[0] == tmp_path / name
    assert all(path.stat().st_size > 0 for path in written)
    record = (tmp_path / f"{name}.run.json").read_text()
    assert '"sha256"' in record
    assert '"read": 1500' in record


@pytest.mark.shared
def test_known_specialities_of_the_real_registry(registry_path: Path) -> None:
    """What everybody knows of three places; the whole list is scored in benchmarks/recall.py."""
    options = DiscoverOptions(by="township", until=date(2015, 6, 3), top=5)
    table = discover([registry_path], options).specialisation
    top = table.group_by("place").agg("speciality")
    said = dict(top.iter_rows())
    assert any("阀门" in name for name in said["瓯北街道"])
    assert any("扣" in name for name in said["桥头镇"])
    assert any("影视" in name for name in said["横店镇"])
