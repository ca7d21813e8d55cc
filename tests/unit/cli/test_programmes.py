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


@pytest.mark.parametrize("verb", ["policies", "assess", "programme show", "programme check"])
def test_every_verb_has_help_with_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"Example: townworks {verb}" in run([*verb.split(), "--help"], capsys)
