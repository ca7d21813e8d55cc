"""`policies`, `assess` and `programme` as they are typed."""

from pathlib import Path
from shutil import copytree

import polars as pl
import pytest

from townworks.cli import main

EXAMPLE = Path(__file__).parents[3] / "examples" / "programme"
HERE = ["--programme", str(EXAMPLE)]
FILE = str(EXAMPLE / "enterprises.csv")


def run(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Run a command that must succeed; return what it printed."""
    assert main(words) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def test_policies_of_one_enterprise_say_why(capsys: pytest.CaptureFixture[str]) -> None:
    given = "admitted_on=2024-04-01,workshop_m2=120,apprentices=1"
    out = run(["policies", "--given", given, *HERE, "--on", "2024-12-31"], capsys)
    assert "1. Workshop floor: EUR 360 a month  [province]  Eligible: EUR 360 a month" in out
    assert "Eastshore Glass Village: EUR 4,320" in out
    there = ["policies", "--given", given, *HERE, "--on", "2024-12-31", "--town", "东岸玻璃村"]
    assert "province, year from 2025-12-31: EUR 5,400" in run(there, capsys)
    zh = run(
        ["policies", "--given", given, *HERE, "--on", "2024-12-31", "--language", "zh"], capsys
    )
    assert "作坊面积补贴：每月360欧元" in zh


def test_policies_of_a_file_account_for_every_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "v.parquet"
    words = ["policies", FILE, *HERE, "--on", "2024-12-31", "--out", str(out)]
    said = run([*words, "--rejects", str(tmp_path / "r.csv")], capsys)
    assert "read 4 = kept 3 + rejected 1" in said
    assert "verdicts 6: eligible 4, not eligible 1, cannot be decided 1" in said
    assert f"wrote {out}" in said
    assert pl.read_parquet(out)["rule_id"].n_unique() == 2


def test_nobody_eligible_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["policies", "--given", "apprentices=1", *HERE, "--on", "2030-01-01"]
    assert "No instrument is granted to anybody here on that day." in run(words, capsys)


def test_another_version_is_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other"
    copytree(EXAMPLE, other)
    path = other / "policies" / "workshops.toml"
    path.write_text(path.read_text().replace("value = 4.5", "value = 4"))
    words = ["policies", FILE, *HERE, "--on", "2024-12-31", "--compare", str(other)]
    assert "Against the other version: 0 gain, 2 lose, cost EUR -840." in run(words, capsys)


def test_assess_lists_what_is_known_and_what_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(["assess", *HERE, "--year", "2025"], capsys)
    assert "2025: 3 towns, 3 verdicts: 0 met, 0 not met, 3 cannot be decided." in out
    assert "Not known of any town: jobs." in out
    out = run(["assess", *HERE, "--year", "2024", "--language", "zh"], capsys)
    assert "东岸玻璃村：达标1，未达标0，未定0；公布等次：良好" in out


def test_programme_is_shown_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(["programme", "show", str(EXAMPLE)], capsys)
    assert "Craft villages of Lakeland (invented)" in out
    assert "glass: 2" in out
    assert "paid by the province: 2 (eur)" in out
    zh = run(["programme", "show", "zhejiang", "--language", "zh"], capsys)
    assert "投资目标：5,000亿元" in zh
    assert "当时合768亿美元，1美元合6.51元" in zh
    assert "第1批：37" in zh


def test_inputs_and_towns_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert "workshop_m2  m2  workshop floor  (enterprise)" in run(
        ["programme", "inputs", str(EXAMPLE)], capsys
    )
    towns = run(["programme", "towns"], capsys)
    assert "Cloud Town  hangzhou-xihu-yunqi  Xihu  cloud computing" in towns
    assert len(towns.splitlines()) == 103


def test_figures_of_two_scopes_never_share_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    cloud = run(["programme", "town", "Cloud Town"], capsys).splitlines()
    series = [line.strip() for line in cloud if line.strip().startswith("enterprises_count")]
    assert len(series) == 3
    assert "[town, cloud, at the end of]: 8 (2012, reported); nearly 300 (2015" in series[2]
    assert "1,551 (2019-11" in series[0]
    assert "1,036" not in series[0]
    assert "Anchors: Alibaba Cloud, DtDream" in cloud
    socks = run(["programme", "town", "诸暨袜艺小镇", "--language", "zh"], capsys)
    assert "employees [大唐等17个镇乡, all, 时点]：近200,000 (2015-10, 报告)" in socks
    assert "jobs [town, all" in run(
        ["programme", "town", "eastshore-glass", "--programme", str(EXAMPLE)], capsys
    )


def test_history_marks_what_no_source_explains(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(["programme", "history", "--town", "磐安江南药镇"], capsys)
    assert "2015: the grade 'warning' → creation, warned" in out
    assert "not published" not in out
    zh = run(["programme", "history", "--town", "柯桥蓝印时尚小镇", "--language", "zh"], capsys)
    assert "未公布（由后续记录推断）→培育" in zh
    assert main(["programme", "history", "--town", "Atlantis"]) == 1
    assert "Nothing is published of a town 'Atlantis'" in capsys.readouterr().err


def test_accounts_and_checks_stand_in_the_programme(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(["programme", "show"], capsys)
    assert "0 + 79 entered − 1 demoted = 78" in out
    assert "78 + 35 entered − 5 demoted = 108" in out
    assert "[agrees] The 5 towns of list 1 in Jiaxing had to invest CNY 4.2 bn" in out
    assert "had to invest CNY 27 bn in their first year; reported: CNY 47.79 bn." in out
    assert "9 towns of Jinhua were graded pass or better for 2018; 8 of them" in out


def test_statements_of_a_town(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    years = tmp_path / "years.csv"
    years.write_text(
        "town_id,year_ends,started_on,quota_used_mu,target_met,rewarded_mu,"
        "provincial_revenue_cny,base_year_revenue_cny\n"
        "jinhua-wuyi-hot-spring,2016-12-31,2015-06-04,40,yes,0,5000000,4000000\n"
        "jinhua-wuyi-hot-spring,2017-12-31,2015-06-04,10,no,20,6000000,4000000\n"
    )
    ledger, fiscal = tmp_path / "land.csv", tmp_path / "fiscal.csv"
    words = ["policies", str(years), "--subject", "town", "--ledger", str(ledger)]
    assert "read 2 = kept 2 + rejected 0" in run([*words, "--fiscal", str(fiscal)], capsys)
    land = pl.read_csv(ledger).filter(pl.col("rule_id") == "zj-land-50")
    # half of 40 mu; then twice the 20 mu back, the target missed in year 3
    assert land["balance"].to_list()[-1] == 20 - 40
    assert pl.read_csv(fiscal)["balance"].to_list()[-1] == 1_000_000 + 2_000_000


def test_a_copy_can_be_changed_and_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine"
    assert "files to" in run(["programme", "copy", "zhejiang", str(mine)], capsys)
    path = mine / "policies" / "dream-town.toml"
    path.write_text(path.read_text("utf-8").replace("value = 20_000", "value = 30_000"), "utf-8")
    words = ["policies", "--given", "registered_on=2015-05-01", "--town", "Dream Town"]
    out = run([*words, "--on", "2018-06-01", "--compare", str(mine)], capsys)
    assert "Against the other version: 1 gain, 0 lose, cost CNY 10,000." in out
    assert main(["programme", "check", str(mine)]) == 1
    said = capsys.readouterr()
    assert "promised outcome eligible, quantity 20000" in said.out
    assert main(["programme", "copy", "zhejiang", str(mine)]) == 1
    assert "is there already. Name a folder that is not." in capsys.readouterr().err


def test_check_says_what_the_cases_prove(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = run(["programme", "check", str(EXAMPLE)], capsys)
    assert "3 rules, 8 cases, 0 do not hold" in out
    assert "clauses that some case turns both ways: 100.0% of 3" in out
    cases = tmp_path / "cases"
    cases.mkdir()
    text = (EXAMPLE / "cases" / "workshops.toml").read_text()
    (cases / "w.toml").write_text(text.replace("quantity = 450", "quantity = 451"))
    assert main(["programme", "check", str(EXAMPLE), "--cases", str(cases)]) == 1
    captured = capsys.readouterr()
    assert (
        "promised outcome eligible, quantity 451, found outcome eligible, quantity 450"
        in captured.out
    )
    assert "1 case does not hold" in captured.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["policies"], "Nobody was named. Name a file, or say --given"),
        (["policies", "--given", "staff"], "--given has 'staff'. Write name=value"),
        (["policies", "none.csv", *HERE], "none.csv does not exist"),
        (["policies", FILE, *HERE, "--town", "Atlantis"], "No town is called 'Atlantis'"),
        (["policies", FILE, *HERE, "--years", "-1"], "--years is -1"),
        (["policies", FILE, *HERE, "--out", "x.txt"], "x.txt has a suffix"),
        (["policies", FILE, "--programme", "zhejang"], "Did you mean 'zhejiang'?"),
        (["policies", FILE, *HERE, "--on", "soon"], "soon"),
        (["policies", FILE, *HERE, "--out", "a.csv", "--costs", "a.csv"], "another table goes"),
        (["policies", FILE, *HERE, "--out", FILE], "it is read from as well. Name another place"),
        (["policies", *HERE, "--ledger", "x.csv"], "No file of years was named"),
        (["assess", *HERE, "--year", "1999"], "No town of"),
        (["assess", *HERE, "--year", "2024", "--criteria", "x"], "There are no criteria 'x'"),
        (["programme", "check", str(EXAMPLE), "--cases", "none"], "holds no case file"),
        (["programme", "show", "none"], "There is no programme or folder 'none'"),
    ],
)
def test_faults_are_one_message(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 1
    captured = capsys.readouterr()
    assert says in captured.err
    assert "Traceback" not in captured.err


def test_faults_of_definitions_come_together_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "broken"
    copytree(EXAMPLE, folder)
    path = folder / "policies" / "workshops.toml"
    text = path.read_text().replace("apprentices *", "apprentics *").replace('"eur/m2"', '"eur/m3"')
    path.write_text(text)
    (folder / "programme.toml").write_text("[programme]\n")
    out = tmp_path / "v.csv"
    assert main(["policies", FILE, "--programme", str(folder), "--out", str(out)]) == 1
    said = capsys.readouterr().err
    assert "policies/workshops.toml: rules.apprentices.amount: names 'apprentics'" in said
    assert "policies/workshops.toml: parameters.floor_rate.unit: no unit 'm3'" in said
    assert "programme.toml: programme.title.en: translation is missing" in said
    assert not out.exists()
    (folder / "policies" / "big.toml").write_text("# " + "x" * 2_000_000)
    assert main(["programme", "show", str(folder)]) == 1
    assert "big.toml has more than 1,000,000 bytes" in capsys.readouterr().err


@pytest.mark.parametrize(
    "verb",
    [
        *("policies", "assess", "programme show", "programme check", "programme town"),
        *("programme towns", "programme inputs", "programme history", "programme copy"),
    ],
)
def test_every_verb_has_help_with_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"Example: townworks {verb}" in run([*verb.split(), "--help"], capsys)
