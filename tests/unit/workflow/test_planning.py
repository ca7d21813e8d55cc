"""The verb `plan` on files and frames, and what it writes."""

import json
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from tests.unit.plans.worlds import candidates

from townworks import PlanOptions, plan
from townworks.cli import main
from townworks.errors import DefinitionsError, PlanRequestError, RequestError
from townworks.workflow.planning import asked_fields, check_plan_places, past_of, record_of
from townworks.workflow.programmes import open_programme

EXAMPLE = Path(__file__).parents[3] / "examples" / "plan"
QUICK = ("--no-details", "--scenarios", "20")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "candidates.csv"
    candidates(20, 4).write_csv(path)
    return path


def test_the_command_writes_what_it_promises(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, page = tmp_path / "plan.csv", tmp_path / "plan.html"
    words = ["plan", str(file), "--towns", "8", "--investment-target", "40e9", *QUICK]
    assert main([*words, "--out", str(out), "--out", str(page)]) == 0
    printed = capsys.readouterr().out
    assert "8 towns chosen, 12 candidates refused" in printed
    assert "of CNY 40 bn" in printed
    names = ("years", "totals", "pairs", "frontier", "sensitivity", "shadow", "overrides")
    for name in names:
        assert (tmp_path / f"plan.{name}.csv").exists()
    lines = pl.read_csv(out)
    assert lines.height == 20
    assert lines["chosen"].sum() == 8
    record = json.loads((tmp_path / "plan.csv.run.json").read_text())
    assert record["seed"] == 20150604
    assert record["summary"]["towns"] == 8
    assert "CNY 40 bn of investment is to be reached" in " ".join(record["asked"])
    text = page.read_text(encoding="utf-8")
    assert "小镇" in text
    assert "<script src" not in text


def test_the_same_command_writes_the_same_bytes(file: Path, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        words = ["plan", str(file), "--towns", "8", "--investment-target", "none", *QUICK]
        for name in ("plan.csv", "plan.html"):
            words += ["--out", str(tmp_path / folder / name)]
        assert main(words) == 0
    for path in sorted((tmp_path / "one").iterdir()):
        if not path.name.endswith(".run.json"):
            assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def test_all_that_is_wrong_is_said_once_and_nothing_is_written(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "plan.csv"
    words = ["plan", str(file), "--towns", "0", "--must", "c001,zz", "--must-not", "c001"]
    assert main([*words, "--public-outlay", "-5", "--out", str(out)]) == 1
    told = capsys.readouterr().err
    for fault in ("towns is 0", "'zz'", "'c001' must be in the plan and must not", "is -5"):
        assert fault in told
    assert "Traceback" not in told
    assert not list(tmp_path.glob("plan*"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--investment-target", "much"], "--investment-target is 'much'. Write a number"),
        (["--same-industry", "far"], "--same-industry is 'far'. Write county, none"),
        (["--request", "no.toml"], "no.toml does not exist"),
        (["--pairs", "no.csv"], "no.csv does not exist"),
        (["--out", "plan.pdf"], "plan.pdf"),
        (["--out", "no/where/plan.csv"], "there is no folder"),
        (["--land-quota-mu", "10", "--towns", "5"], "land quota in all is limited to 10 mu"),
        (["--towns", "50", "--investment-target", "none"], "50 towns are to be chosen; 20"),
    ],
)
def test_requests_that_cannot_be_met_are_answered_in_words(
    file: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    target = [] if "--investment-target" in words else ["--investment-target", "1e9"]
    assert main(["plan", str(file), *target, *QUICK, *words]) == 1
    assert said in capsys.readouterr().err


def test_what_cannot_be_is_said_in_the_language_asked_for(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["plan", str(file), "--towns", "50", "--investment-target", "none", "--language", "zh"]
    assert main([*words, *QUICK]) == 1
    assert "以下要求无法同时满足：\n  须选50个小镇；可选候选20个。" in capsys.readouterr().err


def test_a_comparison_needs_a_place(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(file), "--compare", "other.csv"]) == 1
    assert "nothing says where the comparison goes" in capsys.readouterr().err


def test_a_request_file_says_the_rest(file: Path, tmp_path: Path) -> None:
    request = tmp_path / "request.toml"
    request.write_text(
        'towns = 6\nyears = 2\nfirst_year = 2015\ninvestment_target_cny = 1\napart = "none"\n'
        '[[limit]]\nresource = "land"\nmost = 9000\n[starts]\n2015 = 4\n'
    )
    options = PlanOptions(request=request, asked={"scenarios": 10}, details=False)
    found = plan(file, options)
    assert found.lines["chosen"].sum() == 6
    assert (found.lines["start_year"] == 2015).sum() <= 4
    assert "At most 9,000 mu of land quota in all." in found.requested["en"]
    assert found.request.scenarios == 10
    request.write_text("towns = 'six'\n[[quota]]\nleast = 1\n[starts]\nsoon = 2\n")
    with pytest.raises(DefinitionsError) as caught:
        plan(file, options)
    assert [key for _, key, _ in caught.value.faults] == ["towns", "quota[1]", "starts.soon"]


def test_the_programme_says_what_is_not_asked() -> None:
    with pytest.raises(PlanRequestError, match="there are no candidates"):
        plan(candidates(3, 1).clear())
    request = plan(candidates(3, 1), PlanOptions(asked={"towns": 1, "investment_target_cny": None}))
    assert request.request.calendar == range(2015, 2018)
    assert request.requested["zh"][0] == "2015至2017年启动1个小镇。"


def test_pages_and_tables_go_nowhere_over_their_input(file: Path) -> None:
    with pytest.raises(RequestError, match="over its own input"):
        check_plan_places([file], [file])


def test_typed_options_become_a_request() -> None:
    typed = {"investment_limit": "1,000", "land_quota_mu": "5", "must": " a ,,b"}
    found = asked_fields(typed | {"same_industry": "12.5"})
    assert found["investment_limit_cny"] == Decimal(1000)
    assert [(limit.resource, limit.most) for limit in found["limits"]] == [("land", Decimal(5))]
    assert found["must"] == {"a", "b"}
    assert (found["apart"], found["apart_km"]) == ("none", 12.5)


def test_what_is_known_from_before() -> None:
    programme = open_programme("zhejiang")
    past = past_of(programme, "claims")
    assert past.ratios["ratio"].to_list() == [pytest.approx(1.164, abs=1e-6)]
    assert past.effects == {}
    effects = past_of(programme, "effects").effects
    assert set(effects) >= {"growth_cny", "jobs"}
    record = record_of(programme)
    assert record.height == programme.tables.towns["listed_on"].count()
    leather = record.filter(pl.col("candidate_id") == "jiaxing-haining-leather").row(0, named=True)
    assert leather["investment_cny"] == Decimal("6208000000.00")
    assert leather["note"].startswith("2015..2018, http")


def test_the_example_does_not_reach_500_bn_and_says_by_how_much(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["plan", str(EXAMPLE / "candidates.csv"), "--request", str(EXAMPLE / "hundred.toml")]
    assert main([*words, *QUICK]) == 1
    told = capsys.readouterr().err
    assert "at most CNY 307.8 bn can be, CNY 192.2 bn less" in told


def test_the_example_puts_79_towns_into_the_years_of_their_listing() -> None:
    options = PlanOptions(
        request=EXAMPLE / "listed.toml",
        asked={"investment_target_cny": None, "scenarios": 50},
        details=False,
    )
    found = plan(EXAMPLE / "candidates.csv", options)
    starts = found.lines.filter("chosen")["start_year"].value_counts(sort=True)
    assert dict(starts.iter_rows()) == {2015: 37, 2016: 42}
    assert set(found.lines.filter("chosen")["origin"]) == {"application"}
    happened = found.happened()
    assert happened.filter(pl.col("kind") == "both").height == 79
    assert happened.drop_nulls("second_investment_cny").height == 10
