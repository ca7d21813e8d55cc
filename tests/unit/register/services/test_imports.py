"""An import: kept, looked at, applied whole or not at all, undone whole."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from django.conf import settings
from tests.unit.register.arrivals.conftest import arrival, table

from townworks.register.audit import Act
from townworks.register.cases import Taking, take
from townworks.register.facts import Raised, raise_evidence
from townworks.register.models import (
    Account,
    Admission,
    Event,
    Evidence,
    Figure,
    Heading,
    Import,
    Investment,
    Project,
    Return,
    Town,
)
from townworks.register.practice import TOWN
from townworks.register.practice.cast import code_of
from townworks.register.practice.story import Stage
from townworks.register.services import imports
from townworks.register.snapshot import snapshot
from townworks.register.verification import verify_database

DAY = date(2016, 6, 1)
Refused = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    path = tmp_path / "报表.csv"
    path.write_text("指标,本季数\n专利,3\n", "utf-8")
    return path


@pytest.fixture
def case(people: dict[str, Account], workbook: Path) -> Import:
    return imports.open_import([workbook], ("", ""), Act(people["office"], "bring_in", DAY), DAY)


def rows() -> pl.DataFrame:
    return table(
        arrival("investment", "二号楼", amount_cny=Decimal("1.23")),
        arrival("figure", patents=30, employees=7),
        arrival("admission", code_of(700), credit_code=code_of(700), enterprise="新来公司"),
    )


def applied(case: Import, account: Account, given: pl.DataFrame | None = None) -> Import:
    arrivals = rows() if given is None else given
    seen = imports.digest(imports.preview(arrivals, account, DAY))
    return imports.apply(case, arrivals, seen, Taking("apply", account, DAY))


def test_files_are_kept_with_the_matter(case: Import, workbook: Path) -> None:
    assert case.state == "previewed"
    assert imports.contents(case) == [(workbook.name, workbook.read_bytes())]
    assert Evidence.objects.get(kind="import").sha256 == case.files[0]["sha256"]


def test_nothing_is_written_before_it_is_applied(case: Import, people: dict[str, Account]) -> None:
    before = Event.objects.count()
    assert len(imports.preview(rows(), people["office"], DAY)) == 5
    assert (case.state, Event.objects.count()) == ("previewed", before)


def test_applied_whole_with_every_cell(case: Import, people: dict[str, Account]) -> None:
    found = applied(case, people["office"])
    assert (found.state, found.counts["added"], found.counts["kept_out"]) == ("applied", 5, 0)
    sources = {event.reason for event in imports.events_of(found)}
    assert f"import {case.pk}: a.xlsx#表!A4" in sources
    assert verify_database().faults == ()


def test_undone_the_register_says_what_it_said(case: Import, people: dict[str, Account]) -> None:
    applied(case, people["office"], table(arrival("figure", patents=11)))
    before = snapshot(DAY)
    act = Act(people["office"], "bring_in", DAY)
    again = imports.open_import(_file(case), ("", ""), act, DAY)
    applied(again, people["office"])
    patents = Figure.objects.filter(town=TOWN, metric="patents", period="2016Q1").known()
    assert patents.get().value == 30
    undone = imports.undo(again, Taking("undo", people["office"], DAY, reason="wrong quarter"))
    assert undone.state == "undone"
    after = snapshot(DAY)
    for name in ("figure", "investment", "project"):
        ids = [c for c in ("id", "figure_id", "investment_id") if c in before[name].columns]
        assert after[name].drop(ids).equals(before[name].drop(ids)), name
    assert Admission.objects.get(enterprise__credit_code=code_of(700)).state == "withdrawn"
    assert Project.objects.get(name="二号楼").withdrawn
    assert verify_database().faults == ()


def test_what_was_undone_may_come_again(case: Import, people: dict[str, Account]) -> None:
    first = applied(case, people["office"])
    imports.undo(first, Taking("undo", people["office"], DAY, reason="too early"))
    again = imports.open_import(_file(case), ("", ""), Act(people["office"], "x", DAY), DAY)
    assert applied(again, people["office"]).counts["added"] == 5
    assert not Project.objects.get(name="二号楼").withdrawn
    assert Investment.objects.filter(project__name="二号楼").known().get().amount_cny > 0
    assert {change.kind for change in imports.preview(rows(), people["office"], DAY)} == {"left"}
    imports.undo(again, Taking("undo", people["office"], DAY, reason="again"))
    assert Project.objects.get(name="二号楼").withdrawn
    assert verify_database().faults == ()


def _file(case: Import) -> list[Path]:
    name, content = imports.contents(case)[0]
    path = Path(settings.MEDIA_ROOT) / name
    path.write_bytes(content)
    return [path]


def test_what_goes_on_cannot_be_undone(
    case: Import, people: dict[str, Account], refused: Refused
) -> None:
    applied(case, people["office"], table(arrival("figure", patents=11)))
    fact = Figure.objects.filter(town=TOWN, metric="patents", period="2016Q1").known().get()
    raised = Raised("verified", Decimal(11), "seen")
    raise_evidence(fact, raised, Act(people["statistics"], "verify", DAY))
    with refused("undo_rests"):
        imports.undo(case, Taking("undo", people["office"], DAY, reason="x"))


def test_of_two_imports_of_a_town_the_second_looks_again(
    case: Import, people: dict[str, Account], refused: Refused
) -> None:
    """Both looked before either wrote: the second is told, and nothing of it is written."""
    other = imports.open_import(_file(case), ("", ""), Act(people["office"], "x", DAY), DAY)
    mine = table(arrival("figure", patents=11))
    theirs = table(arrival("figure", patents=12))
    seen = imports.digest(imports.preview(theirs, people["office"], DAY))
    applied(case, people["office"], mine)
    with refused("import_changed"):
        imports.apply(other, theirs, seen, Taking("apply", people["office"], DAY))


def test_the_generic_step_does_not_apply(
    case: Import, people: dict[str, Account], refused: Refused
) -> None:
    with refused("import_page"):
        take(case, Taking("apply", people["office"], DAY))


def test_headings_are_remembered(case: Import, people: dict[str, Account]) -> None:
    headings = [(TOWN, "figure", "从业", "metric")]
    values = {"headings": headings, "read": {"cells": 9}}
    arrivals = table(arrival("figure", patents=11))
    seen = imports.digest(imports.preview(arrivals, people["office"], DAY))
    taking = Taking("apply", people["office"], DAY, values=values)
    assert imports.apply(case, arrivals, seen, taking).counts["cells"] == 9
    assert [(h.town_id, h.heading, h.field) for h in Heading.objects.all()] == [
        (TOWN, "从业", "metric")
    ]


def test_a_due_return_is_handed_in_with_it(
    case: Import, people: dict[str, Account], town: Town
) -> None:
    rounds = Return.objects.filter(town=town, quarter="2016Q1")
    rounds.update(state="due", submitted_on=None)
    applied(case, people["office"])
    found = rounds.get()
    assert (found.state, found.submitted_on) == ("submitted", DAY)


def test_a_choice_is_kept(case: Import, people: dict[str, Account]) -> None:
    cell = ["a.xlsx", "表", "C3", "unit_1e4", "take"]
    taking = Taking("accept", people["office"], DAY)
    assert imports.accept(case, [cell], taking).accepted == [cell]


def test_discarded_it_is_over(case: Import, people: dict[str, Account], refused: Refused) -> None:
    take(case, Taking("discard", people["office"], DAY))
    with refused("wrong_state"):
        applied(case, people["office"])


@pytest.mark.parametrize("who", ["county", "statistics", "enterprise"])
def test_who_brings_nothing_in(who: str, stage: Stage, workbook: Path, refused: Refused) -> None:
    with refused("not_yours_to_report"):
        imports.open_import([workbook], ("", ""), stage.act(who, "bring_in", DAY), DAY)


def test_a_file_that_is_none_leaves_nothing(stage: Stage, tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"MZ not a workbook")
    with refused("bad_input"):
        imports.open_import([path], ("", ""), stage.act("office", "bring_in", DAY), DAY)
    with refused("no_file"):
        imports.open_import([], ("", ""), stage.act("office", "bring_in", DAY), DAY)
    assert not Investment.objects.filter(source__startswith="a.xlsx").exists()
