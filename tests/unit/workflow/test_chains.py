"""The verb `chain` as a user runs it, on made-up and on real registrations."""

import json
from pathlib import Path

import polars as pl
import pytest

from townworks.cli import main
from townworks.errors import RequestError
from townworks.schema.chains import Completeness, Gap, Lead
from townworks.schema.gazetteer import load_gazetteer
from townworks.workflow.chain_map import find_place
from townworks.workflow.chain_registry import read_chain_registry
from townworks.workflow.chains import ChainOptions, examine, find_chain, open_chains
from townworks.workflow.reading import ReadOptions

HOMES = {
    "hosiery": "330681",
    "knitwear": "330483",
    "leather": "330481",
    "moulds": "331003",
    "pumps": "331081",
    "low-voltage": "330382",
    "valves": "330324",
    "neckties": "330683",
}


def registry(path: Path) -> Path:
    """Write 400 enterprises: half in Zhuji, which has the socks, half in Yiwu."""
    rows = []
    for number in range(400):
        county = "诸暨市" if number % 2 else "义乌市"
        goods = ["袜子", "锦纶丝", "包覆纱", "纸盒", "日用百货", "服装"]
        thing = goods[number % 3 if county == "诸暨市" else number // 2 % 6]
        scope = "" if number == 7 else f"{thing}制造、销售"
        rows.append((f"浙江{county}第{number}厂", scope, f"浙江省{county}东路{number}号"))
    header = ["企业名称", "经营范围", "注册地址"]
    pl.DataFrame(rows, schema=header, orient="row").write_csv(path)
    return path


def test_chain_writes_tables_page_and_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = registry(tmp_path / "r.csv"), tmp_path / "zhuji"
    words = ["chain", str(file), "--chain", "hosiery", "--place", "330681", "--out", str(out)]
    assert main([*words, "--rounds", "99", "--as-of", "2020-01-01"]) == 0
    told = capsys.readouterr().out
    assert "Hosiery at 诸暨市 (330681)" in told
    assert "without activity text: 1 enterprises" in told
    assert "stage machinery matches nothing in this registry: not known" in told
    for name, schema in (("completeness", Completeness), ("gaps", Gap), ("leads", Lead)):
        columns = (out / f"{name}.csv").read_text("utf-8-sig").splitlines()[0]
        assert columns.split(",") == schema.column_names()
    leads = pl.read_csv(out / "leads.csv", infer_schema=False)
    assert set(leads["county_code"]) == {"330782"}
    gaps = pl.read_csv(out / "gaps.csv", infer_schema=False)
    states = dict(gaps.select("stage_id", "state").iter_rows())
    assert states["machinery"] == "not_known"
    assert states["yarn"] == "filled"
    page = (out / "chain.html").read_text()
    assert "诸暨市" in page
    assert "not known" in page
    assert "不明" in page
    run = json.loads((out / "chain.run.json").read_text())
    assert run["rows"] == {"read": 400, "kept": 400}


def test_same_input_same_bytes(tmp_path: Path) -> None:
    file = registry(tmp_path / "r.csv")
    for name in ("a", "b"):
        words = ["chain", str(file), "--chain", "袜业", "--place", "330681", "--rounds", "49"]
        assert main([*words, "--out", str(tmp_path / name), "--as-of", "2020-01-01"]) == 0
    for path in (tmp_path / "a").iterdir():
        assert (
            path.suffix == ".json" or path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
        )


def test_a_place_without_enterprises_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = registry(tmp_path / "r.csv")
    words = ["chain", str(file), "--chain", "hosiery", "--rounds", "19", "--place"]
    assert main([*words, "330122"]) == 1
    assert capsys.readouterr().err == (
        "townworks: No enterprise of this registry is in 桐庐县 (330122)."
        " It has 400 enterprises, 400 of them in a known county, most of them in 330681.\n"
    )
    assert main([*words, "330681001"]) == 1
    assert "0 of them in a known township.\n" in capsys.readouterr().err


def test_a_place_with_few_enterprises_is_not_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "r.csv"
    registry(file)
    lines = file.read_text().splitlines()
    kept = [line for n, line in enumerate(lines) if n < 20 or "义乌市" in line]
    file.write_text("\n".join(kept) + "\n")
    words = ["chain", str(file), "--chain", "hosiery", "--place", "330681", "--rounds", "19"]
    assert main([*words, "--out", str(tmp_path / "o")]) == 0
    assert "not known; 9 enterprises are too few" in capsys.readouterr().out
    gaps = pl.read_csv(tmp_path / "o" / "gaps.csv", infer_schema=False)
    assert set(gaps["state"]) == {"not_known"}
    adds = pl.read_csv(tmp_path / "o" / "enterprises.csv", infer_schema=False)
    assert adds.height
    assert adds.select("contribution", "low", "high").null_count().row(0) == (adds.height,) * 3
    assert "<td>—</td>" in (tmp_path / "o" / "chain.html").read_text()


def test_a_chain_that_nobody_belongs_to_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["chain", str(registry(tmp_path / "r.csv")), "--place", "330681", "--rounds", "19"]
    assert main([*words, "--chain", "yellow-wine"]) == 1
    assert "No enterprise of this registry belongs to a stage of 'yellow-wine'" in (
        capsys.readouterr().err
    )


def test_what_each_adds_and_each_entrant_reaches_has_bounds(tmp_path: Path) -> None:
    file, out = registry(tmp_path / "r.csv"), tmp_path / "o"
    words = ["chain", str(file), "--chain", "hosiery", "--place", "330681", "--rounds", "19"]
    assert main([*words, "--out", str(out), "--as-of", "2020-01-01"]) == 0
    for name, value in (("enterprises", "contribution"), ("entrants", "completeness")):
        table = pl.read_csv(out / f"{name}.csv")
        assert table.height
        assert (table["low"] <= table[value] + 1e-9).all()
        assert (table["high"] >= table[value] - 1e-9).all()
    page = (out / "chain.html").read_text()
    assert "What each enterprise adds" in page
    assert "每家企业的贡献" in page


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--chain", "hosier", "--place", "330681"], "Did you mean hosiery"),
        (["--chain", "hosiery", "--place", "339999"], "No county or township"),
        (["--chain", "hosiery", "--place", "330681", "--within", "0"], "--within is 0"),
    ],
)
def test_what_cannot_be_asked_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], problem: str
) -> None:
    assert main(["chain", str(registry(tmp_path / "r.csv")), *words]) == 1
    assert problem in capsys.readouterr().err


def test_a_township_is_a_place_and_a_city_is_none() -> None:
    township = load_gazetteer().townships.filter(pl.col("county") == "330681").row(0)
    place = find_place(township[0], load_gazetteer())
    assert place.is_township
    assert place.county == "诸暨市"
    with pytest.raises(RequestError, match="No county"):
        find_place("330600", load_gazetteer())


def test_home_counties_lead_in_their_own_chains(registry_path: Path) -> None:
    chains = {name: find_chain(open_chains("zhejiang"), name) for name in HOMES}
    found = read_chain_registry([registry_path], chains, ReadOptions())
    ranks = {}
    for name, code in HOMES.items():
        options = ChainOptions("zhejiang", name, code, rounds=199, leads=5)
        place = find_place(code, load_gazetteer())
        result = examine(found, chains[name], place, options)
        ranks[name] = result.rank_of_excess()
        assert result.of_place("place")["p_value"] <= 0.01
        assert not set(result.leads["county_code"]) & {code}
    assert sum(rank <= 2 for rank in ranks.values()) >= 6, ranks
