"""Listed towns beside what a registry shows, before they were listed."""

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from townworks.cli.appraise import Appraising
from townworks.cli.appraise import appraise as command
from townworks.cli.options import Reading
from townworks.errors import OutputError, RequestError
from townworks.io.plan_inputs import read_candidates
from townworks.io.programmes import find_programme
from townworks.schema.appraisal import TownAppraisal
from townworks.schema.plans import PlanCandidate
from townworks.workflow import ReadOptions, open_programme
from townworks.workflow.appraising import Appraised, AppraiseOptions, appraise, write_appraised

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "plan"
LISTING = date(2016, 1, 29)
BN = Decimal(1_000_000_000)
EARLY, LATE = date(2008, 6, 15), date(2015, 9, 1)
TOWNS = """\
town_id,name_zh,name_en,prefecture_zh,prefecture_en,county_zh,county_en,county_code,batch,\
listed_on,sector,sector_source,industry_zh,industry_en,source
early,旧灯镇,Old,上海市,Shanghai,青浦区,Qingpu,310118,1,2008-06-15,fashion,p,琉璃灯,lamps,p
late,新灯镇,New,上海市,Shanghai,青浦区,Qingpu,310118,2,2015-09-01,fashion,p,琉璃灯,lamps,p
chair,椅镇,Chair,苏州市,Suzhou,昆山市,Kunshan,320583,2,2015-09-01,finance,,铜锣,gongs,p
lake,湖镇,Lake,济宁市,Jining,曲阜市,Qufu,370881,2,2015-09-01,tourism,,湖光,lake,p
plain,白镇,Plain,新乡市,Xinxiang,长垣市,Changyuan,410783,2,2015-09-01,fashion,,云,clouds,p
later,后镇,Later,江门市,Jiangmen,鹤山市,Heshan,440784,3,2017-09-01,fashion,,蜡笔,crayons,p
"""
TERMS = """\
town_id,kind,terms,township_zh,source
early,craft,琉璃灯,,judgement
late,craft,琉璃灯,朱家角,judgement
chair,craft,铜锣,,judgement
lake,tourism,湖,,judgement
"""
FIGURES = """\
town_id,metric,value,unit,bound,geography,population,extent,period,period_from,period_to,evidence,\
contradicts,source
late,fixed_asset_investment_cny,7000000000,cny,exact,town,all,cumulative,2016..2018,2016-01-01,\
2018-08-31,planned,false,p
chair,fixed_asset_investment_cny,9000000000,cny,exact,town,all,cumulative,plan,,,planned,false,p
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a programme of six towns under the guideline of Zhejiang."""
    place = tmp_path_factory.mktemp("programme")
    source = Path(str(find_programme("zhejiang")))
    (place / "plan").mkdir()
    (place / "conditions").mkdir()
    for name in ("programme.toml", "inputs.toml", "conditions/creation-2015.toml"):
        text = (source / name).read_text().replace("2015-05-04", "2005-05-04")
        (place / name).write_text(text)
    (place / "towns.csv").write_text(TOWNS)
    (place / "figures.csv").write_text(FIGURES)
    (place / "plan/industry_terms.csv").write_text(TERMS)
    return place


def options(folder: Path, **more: object) -> AppraiseOptions:
    read = ReadOptions(as_of=date(2020, 1, 1))
    return AppraiseOptions(folder, LISTING, read=read, **more)  # type: ignore[arg-type] # few


@pytest.fixture(scope="module")
def found(folder: Path, synthetic_registry: Path) -> Appraised:
    return appraise([synthetic_registry], options(folder))


def towns(found: Appraised) -> dict[str, dict[str, object]]:
    return {row["town_id"]: row for row in found.towns.iter_rows(named=True)}


def makers(registry: Path, place: str, product: str, before: date) -> int:
    """Count by hand: in the made-up registry those who make a thing are named after it."""
    rows = pl.read_csv(registry, infer_schema=False)
    return rows.filter(
        pl.col("注册地址").str.contains(place),
        pl.col("企业名称").str.contains(product),
        pl.col("注册日期").str.to_date("%Y-%m-%d") < before,
    ).height


def test_tables_are_as_declared(found: Appraised) -> None:
    TownAppraisal.validate(found.towns)
    PlanCandidate.validate(found.candidates.select(PlanCandidate.column_names()))
    assert found.towns["town_id"].to_list() == ["early", "chair", "lake", "late", "plain"]
    assert found.candidates["candidate_id"].is_unique().all()


def test_a_town_is_judged_by_what_was_registered_before_its_listing(
    found: Appraised, synthetic_registry: Path
) -> None:
    """The day itself is out: the made-up rows are of the 15th, the first town's listing too."""
    rows = towns(found)
    counts = [makers(synthetic_registry, "朱家角", "琉璃灯", day) for day in (EARLY, LATE)]
    assert [rows["early"]["enterprises"], rows["late"]["enterprises"]] == counts
    assert counts[0] < makers(synthetic_registry, "朱家角", "琉璃灯", date(2008, 6, 16))
    assert rows["late"]["township_enterprises"] == counts[1]
    assert rows["early"]["township"] is None


def test_verdicts(found: Appraised) -> None:
    rows = towns(found)
    verdicts = {town: row["evidence"] for town, row in rows.items()}
    assert verdicts == {
        "early": "supports",
        "late": "supports",
        "chair": "contradicts",
        "lake": "silent",
        "plain": "silent",
    }
    for town in ("lake", "plain"):
        assert rows[town]["enterprises"] is None, "absence is not known, not nought"
        assert rows[town]["lq"] is None
    assert rows["lake"]["kind"] == "tourism"
    assert rows["plain"]["kind"] == "unknown"
    notes = dict(found.candidates.select("candidate_id", "evidence_note").iter_rows())
    assert notes["lake"] == "a registry cannot show it: not known"
    assert notes["plain"] == "no words for its industry are given: not known"
    assert "it says nothing of what could begin there" in notes["chair"]
    assert notes["late"].startswith(f"{rows['late']['enterprises']} of its industry in 青浦区")


def test_found_places_are_beside_the_listed_ones(found: Appraised, planted: dict[str, str]) -> None:
    beside = found.candidates.filter(pl.col("origin") == "discovered")
    then = {"410783": "410728"}  # 长垣 was a county when the year of the day began
    expected = {
        f"{then.get(code, code)}-{thing}" for code, thing in planted.items() if code != "310118"
    }
    assert set(beside["candidate_id"]) == expected
    assert found.found == beside.height == 4
    assert set(beside["sector"]) == {"other"}
    assert set(beside["evidence"]) == {"supports"}
    claims = beside.select("growth_cny", "jobs", "tax_cny", "innovation", "^.*_investment_.*$")
    assert claims.null_count().sum_horizontal().item() == claims.width * beside.height


def test_fewer_places_are_shown_if_asked(folder: Path, synthetic_registry: Path) -> None:
    few = appraise([synthetic_registry], options(folder, alternatives=1))
    assert few.candidates.height == 6
    assert few.found == 4
    assert few.candidates["evidence_note_zh"][2] == "企业登记无法反映：未知"


def test_investment_is_the_guideline_s_or_a_plan_of_the_same_years(found: Appraised) -> None:
    rows = towns(found)
    assert rows["early"]["investment_cny"] == rows["early"]["minimum_cny"] == 5 * BN
    assert rows["late"]["investment_cny"] == rows["late"]["planned_cny"] == 7 * BN
    assert rows["chair"]["investment_cny"] == rows["chair"]["minimum_cny"] == 3 * BN
    assert rows["chair"]["planned_cny"] == 9 * BN
    assert rows["late"]["due_cny"] is not None
    account = found.account
    assert (account.minima, account.counted, account.plans) == (21 * BN, 23 * BN, 1)
    assert account.missing == 479 * BN
    assert account.each == (479 * BN / 95).quantize(Decimal("0.01"))
    late = found.candidates.row(by_predicate=pl.col("candidate_id") == "late", named=True)
    flows = [late[name] for name in late if "_investment_" in name]
    assert sum(flows) == 7 * BN
    assert len(flows) == 6


def test_listed_towns_may_be_committed(folder: Path, synthetic_registry: Path) -> None:
    bound = appraise([synthetic_registry], options(folder, standing="committed")).candidates
    mine = bound.filter(pl.col("origin") == "application")
    assert set(mine["standing"]) == {"committed"}
    assert mine["start_year"].to_list() == [2008, 2015, 2015, 2015, 2015]
    assert bound.filter(pl.col("origin") == "discovered")["start_year"].null_count() == 4


def test_same_input_same_bytes_and_rejected_rows_are_counted(
    folder: Path, synthetic_registry: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    registry = tmp_path / "registry.csv"
    shutil.copy(synthetic_registry, registry)
    with registry.open("a") as file:
        file.write("坏厂,,2999-01-01,1,琉璃灯制造,上海市青浦区朱家角镇\n")
    written = []
    for name in ("a", "b"):
        out, report = tmp_path / f"{name}.csv", tmp_path / f"{name}-towns.csv"
        asked = Appraising(programme=str(folder), on=LISTING, out=out, report=report)
        command([registry], asking=asked, reading=Reading(as_of=date(2020, 1, 1)))
        written.append(out.read_bytes() + report.read_bytes())
    assert written[0] == written[1]
    said = capsys.readouterr().out
    assert "read 1,501 = kept 1,500 + rejected 1" in said
    assert "5 towns were on a list on 2016-01-29" in said
    assert "  craft: 2 supported, 1 contradicted, 0 not known" in said
    assert "which is CNY 5.04 bn for each of the 95 towns still to be named" in said
    assert '"rejected": {' in (tmp_path / "a.csv.run.json").read_text()


@pytest.mark.parametrize("terms", ["late,craft,无人说的词,,p", "lake,tourism,,,p", ""])
def test_words_that_nobody_says_and_no_words_at_all_are_silent(
    folder: Path, synthetic_registry: Path, tmp_path: Path, terms: str
) -> None:
    shutil.copytree(folder, tmp_path / "other")
    header = TERMS.splitlines()[0]
    (tmp_path / "other/plan/industry_terms.csv").write_text(f"{header}\n{terms}\n")
    found = appraise([synthetic_registry], options(tmp_path / "other", alternatives=0))
    assert set(found.towns["evidence"]) == {"silent"}
    assert found.candidates.height == 5
    assert found.found == 5, "what no town is known to cover is free"


def test_a_folder_that_is_not_there_is_told_before_the_work(folder: Path, tmp_path: Path) -> None:
    asked = Appraising(programme=str(folder), on=LISTING, out=tmp_path / "none" / "x.csv")
    with pytest.raises(OutputError, match="there is no folder"):
        command([tmp_path / "no-registry.csv"], asking=asked)


def test_options_at_fault_are_told(folder: Path) -> None:
    with pytest.raises(RequestError, match="--alternatives is -1"):
        appraise([], options(folder, alternatives=-1))
    early = AppraiseOptions(folder, date(2000, 1, 1))
    with pytest.raises(RequestError, match=r"on a list by 2000-01-01. The first list is of 2008"):
        appraise([], early)


@pytest.mark.shared
def test_the_example_is_what_the_command_writes_today(registry_path: Path, tmp_path: Path) -> None:
    asked = AppraiseOptions("zhejiang", LISTING)
    found = appraise([registry_path], asked)
    out, report = tmp_path / "candidates.csv", tmp_path / "appraisal.csv"
    write_appraised(found, asked, [registry_path], out, report)
    for path in (out, report):
        assert path.read_bytes() == (EXAMPLE / path.name).read_bytes(), path.name


def test_a_plan_reads_the_example_without_a_fault() -> None:
    read = read_candidates(EXAMPLE / "candidates.csv")
    assert read.faults == ()
    assert read.unused == ()
    assert read.frame.height == 179


def test_facts_of_the_example_that_were_checked_by_hand() -> None:
    table = pl.read_csv(EXAMPLE / "appraisal.csv", schema_overrides={"batch": pl.String})
    rows = {row["town_id"]: row for row in table.iter_rows(named=True)}
    assert table.height == 79
    assert table["minimum_cny"].sum() == 307e9
    socks = rows["shaoxing-zhuji-socks"]
    assert socks["evidence"] == "supports"
    assert socks["enterprises"] == 45
    assert 3 < socks["lq_low"] < socks["lq"] < 7
    for town in ("taizhou-wenling-pump", "jiaxing-haining-leather", "taizhou-huangyan-mould"):
        assert rows[town]["evidence"] == "supports"
    assert rows["hangzhou-xihu-yunqi"]["evidence"] == "silent", "nobody named cloud computing"
    tourism = table.filter(pl.col("kind") == "tourism")
    assert set(tourism["evidence"]) == {"silent"}
    assert tourism["enterprises"].null_count() == tourism.height
    made = table.filter(pl.col("kind").is_in(["manufacturing", "craft"]))
    assert made["evidence"].value_counts().sort("evidence").rows() == [
        ("silent", 19),
        ("supports", 17),
    ]


def test_the_example_s_programme_is_the_one_that_ships() -> None:
    candidates = pl.read_csv(EXAMPLE / "candidates.csv")
    listed = open_programme("zhejiang").tables.towns.filter(pl.col("listed_on") <= LISTING)
    mine = candidates.filter(pl.col("origin") == "application")
    assert set(mine["candidate_id"]) == set(listed["town_id"])
