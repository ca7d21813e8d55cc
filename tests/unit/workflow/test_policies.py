"""The verb `policies` on the invented programme of examples/programme."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from shutil import copytree

import polars as pl
import pytest

from townworks.errors import RequestError
from townworks.workflow import PolicyOptions, PolicyResult, policies, statements, write_policies
from townworks.workflow.runs import digest

EXAMPLE = Path(__file__).parents[3] / "examples" / "programme"
ENTERPRISES = EXAMPLE / "enterprises.csv"
DAY = date(2024, 12, 31)


def ask(**changes: object) -> PolicyResult:
    """Ask for the enterprises of the example."""
    wanted = {"programme": EXAMPLE, "on": DAY, "years": 2, **changes}
    return policies(ENTERPRISES, PolicyOptions(**wanted))  # type: ignore[arg-type]


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    rejects, out = tmp_path / "r.csv", tmp_path / "v.csv"
    options = PolicyOptions(EXAMPLE, DAY, rejects=rejects)
    result = policies(ENTERPRISES, options, out)
    assert (result.read, result.kept, result.rejected) == (4, 3, 1)
    assert "bad_cell,apprentices,two" in rejects.read_text("utf-8-sig")
    verdicts = pl.read_csv(out)
    assert verdicts.height == result.outcomes.total() == 6
    assert verdicts["sentence_en"].null_count() == 0


def test_entitlements_after_the_cap() -> None:
    rows = ask().entitlements.select("subject_id", "rule_id", "entitled", "standing").rows()
    assert rows == [
        ("blower & co", "workshop-floor", Decimal(360), "taken"),
        ("blower & co", "apprentices", Decimal(1680), "capped"),
        ("press house", "workshop-floor", Decimal(360), "taken"),
        ("窗匠", "workshop-floor", Decimal(270), "taken"),
    ]


def test_costs_of_all_parts_are_summed() -> None:
    costs = ask().costs.select("payer", "year", "entitled", "subjects").rows()
    assert costs == [("province", 1, Decimal(13560), 3), ("province", 2, Decimal(11157), 2)]


def test_one_subject_without_a_file() -> None:
    given = {"admitted_on": "2024-04-01", "workshop_m2": "1,200", "apprentices": 2}
    result = policies(given, PolicyOptions(EXAMPLE, DAY))
    assert result.entitlements["entitled"].to_list() == [Decimal(360), Decimal(1680)]
    assert set(result.towns["town_id"]) == {
        "eastshore-glass",
        "northshore-cider",
        "westshore-glass",
    }
    assert result.towns["entitled"].to_list() == [Decimal(6000)] * 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"staff": 3},
            "No rule asks for staff. townworks programme inputs lists what may be given.",
        ),
        ({"apprentices": "two"}, "apprentices is 'two'. It is a number."),
        ({"admitted_on": "soon"}, "admitted_on is 'soon'. It is a date."),
    ],
)
def test_what_cannot_be_understood_is_said(given: dict[str, object], said: str) -> None:
    with pytest.raises(RequestError) as caught:
        policies(given, PolicyOptions(EXAMPLE, DAY))
    assert str(caught.value) == said


def test_unknown_towns_are_named_with_the_nearest() -> None:
    with pytest.raises(
        RequestError, match=r"No town is called 'eastshor-glass'. Did you mean east"
    ):
        ask(town="eastshor-glass")
    with pytest.raises(RequestError, match="There is no subject 'dog'"):
        ask(subject="dog")


def test_a_town_by_its_name_in_either_language() -> None:
    found = [
        ask(town=name).entitlements.height for name in ("东岸玻璃村", "eastshore glass village")
    ]
    assert found == [4, 4]


Change = Callable[[str, str], Path]


@pytest.fixture
def changed(tmp_path: Path) -> Change:
    """Copy the example with one word of its policies changed."""

    def copy(old: str, new: str) -> Path:
        folder = tmp_path / "other"
        copytree(EXAMPLE, folder)
        path = folder / "policies" / "workshops.toml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        return folder

    return copy


def test_two_versions_compared(changed: Change) -> None:
    other = changed("value = 6000", "value = 12000")
    changes = ask(compare=other).changes
    assert changes.filter(pl.col("change") != 0).select("subject_id", "change").rows() == [
        ("blower & co", Decimal(1920))
    ]
    assert ask().changes.is_empty()


BUDGET = """
[parameters.fund]
title = { en = "fund", zh = "资金" }
unit = "eur"
values = [{ from = 2024-03-01, value = 5000 }]
[budgets.fund]
title = { en = "Fund", zh = "资金" }
rules = ["workshop-floor"]
per = "year"
limit = "fund"
when_short = "queue"
[caps.both]"""


def test_a_budget_that_runs_out_pays_whoever_applied_first(changed: Change, tmp_path: Path) -> None:
    folder = changed("[caps.both]", BUDGET)
    file = tmp_path / "e.csv"
    file.write_text(
        "subject_id,admitted_on,workshop_m2,applied_on\n"
        "late,2024-04-01,80,2024-06-01\nearly,2024-04-01,80,2024-05-01\n"
    )
    paid = policies(file, PolicyOptions(folder, DAY)).payments
    assert paid.select("budget_id", "subject_id", "entitled", "paid", "short").rows() == [
        ("fund", "early", Decimal(4320), Decimal(4320), Decimal(0)),
        ("fund", "late", Decimal(4320), Decimal(680), Decimal(3640)),
    ]


def test_tables_are_written_where_named(tmp_path: Path) -> None:
    places = {"entitlements": tmp_path / "e.parquet", "costs": tmp_path / "c.csv", "changes": None}
    assert write_policies(ask(), places) == [tmp_path / "e.parquet", tmp_path / "c.csv"]
    assert pl.read_parquet(tmp_path / "e.parquet").height == 4
    run = json.loads((tmp_path / "c.csv.run.json").read_text())
    assert run["inputs"][0]["sha256"] == digest(ENTERPRISES)
    assert run["options"]["on"] == "2024-12-31"
    assert len(run["programme_sha256"]) == 64


def test_rows_are_judged_by_the_rules_of_their_town(changed: Change) -> None:
    folder = changed("to = 2028-12-31\n", 'to = 2028-12-31\ntowns = ["eastshore-glass"]\n')
    result = policies(ENTERPRISES, PolicyOptions(folder, DAY))
    assert set(result.entitlements["subject_id"]) == {"blower & co"}
    assert result.outcomes.total() == 2


def test_statements_of_a_town_without_such_instruments_are_empty(tmp_path: Path) -> None:
    years = tmp_path / "y.csv"
    years.write_text(
        "town_id,year_ends,jobs\neastshore-glass,2024-12-31,3\neastshore-glass,2025-12-31,x\n"
    )
    found = statements(years, PolicyOptions(EXAMPLE, DAY))
    assert (found.read, found.kept, found.rejected) == (2, 1, 1)
    assert found.ledger.is_empty()
    assert found.fiscal.is_empty()


def test_rows_of_unknown_towns_are_rejected_and_names_are_understood(tmp_path: Path) -> None:
    file, rejects = tmp_path / "e.csv", tmp_path / "r.csv"
    file.write_text(
        "id,town_id,apprentices\na,nowhere,3\nb,东岸玻璃村,3\nc,Eastshore Glass Village,3\n"
    )
    result = policies(file, PolicyOptions(EXAMPLE, DAY, rejects=rejects))
    assert (result.read, result.kept, result.rejected) == (3, 2, 1)
    assert "unknown_town,town_id,nowhere" in rejects.read_text("utf-8-sig")
    assert result.entitlements["subject_id"].to_list() == ["b", "c"]
