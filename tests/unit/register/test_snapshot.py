"""What held on a day, and what was believed at a moment: the same from tables and from events."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from townworks.register.audit import Act
from townworks.register.cases import Taking, take
from townworks.register.facts import Raised, correct, raise_evidence
from townworks.register.models import Account, Admission, Grant, Investment, Payment, Step, Town
from townworks.register.practice import TOWN
from townworks.register.snapshot import SOURCES, snapshot
from townworks.workflow.register import opened

pytestmark = pytest.mark.django_db
DAY, EVER = date(2016, 6, 1), date(2100, 1, 1)
Tables = dict[str, pl.DataFrame]


def practice(tables: Tables, name: str) -> pl.DataFrame:
    return tables[name].filter(pl.col("town_id") == TOWN)


def state_of(tables: Tables, name: str, key: int) -> str | None:
    found = tables[name].filter(pl.col("id") == key)
    return found["state"].item() if found.height else None


@pytest.mark.parametrize(
    "day",
    [
        *(date(2014, 1, 1), date(2015, 6, 4), date(2015, 7, 1), date(2015, 12, 31)),
        *(date(2016, 4, 11), date(2016, 4, 25), date(2016, 5, 2), DAY, EVER),
    ],
)
def test_tables_and_events_say_the_same(day: date) -> None:
    now, told = snapshot(day), snapshot(day, datetime.now(UTC))
    assert now.keys() == told.keys()
    for name, frame in now.items():
        assert_frame_equal(frame, told[name])


def test_every_table_is_there_and_the_practice_town_is_in_it() -> None:
    tables = snapshot(DAY)
    assert len(tables) == len(SOURCES) + 1
    filled = {name for name, frame in tables.items() if frame.height}
    plans = {"plan", "plan_line", "planned_investment"}
    assert set(tables) - filled == {"application", "boundary", "objection"} | plans
    assert practice(tables, "grant").height == 2


def test_before_the_programme_there_is_nothing_that_moves() -> None:
    tables = snapshot(date(2000, 1, 1))
    for name in ("admission", "grant", "payment", "assessment", "status_change", "investment"):
        assert tables[name].is_empty(), name


def test_nothing_is_known_before_the_register_was_made() -> None:
    tables = snapshot(DAY, datetime(2000, 1, 1, tzinfo=UTC))
    assert all(frame.is_empty() for frame in tables.values())


def steps(kind: str, key: object) -> Iterator[tuple[Step, Step | None]]:
    taken = list(Step.objects.filter(kind=kind, case_id=str(key)).order_by("number"))
    yield from zip(taken, [*taken[1:], None], strict=True)


@pytest.mark.parametrize("model", [Admission, Grant])
def test_a_matter_has_the_state_of_the_day(model: type[Admission | Grant]) -> None:
    """Of every step, unless another follows on its day; before the first it is not there."""
    name, on = model.KIND, cache(snapshot)
    for case in model.objects.filter(town=TOWN).order_by("-pk")[:4]:
        assert state_of(on(case.opened_on - timedelta(days=1)), name, case.pk) is None
        for step, after in steps(name, case.pk):
            if after is None or after.on > step.on:
                assert state_of(on(step.on), name, case.pk) == step.to
        assert state_of(on(DAY), name, case.pk) == case.state


def test_a_matter_knows_nothing_of_what_comes_later() -> None:
    """Neither what will be approved nor when an enterprise will have come in."""
    grant = Grant.objects.exclude(approved=None).get()
    applied = snapshot(grant.opened_on)["grant"].row(
        by_predicate=pl.col("id") == grant.pk, named=True
    )
    assert (applied["state"], applied["approved"]) == ("applied", None)
    assert applied["entitled"] == grant.entitled
    now = snapshot(DAY)["grant"].row(by_predicate=pl.col("id") == grant.pk, named=True)
    assert (now["state"], now["approved"]) == ("committed", grant.approved)
    admission = Admission.objects.filter(state="effective").order_by("pk")[0]
    before = snapshot(admission.state_since - timedelta(days=1))["admission"]
    row = before.row(by_predicate=pl.col("id") == admission.pk, named=True)
    assert (row["state"], row["admitted_on"]) == ("notice", None)


def test_payments_and_occupancies_begin_on_their_day() -> None:
    assert snapshot(date(2016, 5, 1))["payment"].is_empty()
    assert snapshot(date(2016, 5, 2))["payment"]["amount"].to_list() == [
        Payment.objects.get().amount
    ]
    assert snapshot(date(2015, 6, 30))["occupancy"].is_empty()
    assert snapshot(date(2015, 7, 1))["occupancy"]["area_m2"].to_list() == [Decimal("6200.00")]


def test_leaving_is_seen_from_its_day_on(people: dict[str, Account]) -> None:
    admission = Admission.objects.filter(state="effective", part="anchor")[0]
    left = date(2016, 5, 20)
    take(admission, Taking("leave", people["town"], DAY, left, "moved away"))
    for day, state, held in ((left, "left", 1), (left - timedelta(days=1), "effective", 1)):
        tables = snapshot(day)
        assert state_of(tables, "admission", admission.pk) == state
        rows = tables["occupancy"].filter(pl.col("admission_id") == admission.pk)
        assert rows.height == held
    rows = snapshot(DAY)["occupancy"].filter(pl.col("admission_id") == admission.pk)
    assert rows.is_empty()
    for day in (left, DAY):
        told = snapshot(day, datetime.now(UTC))
        for name, frame in snapshot(day).items():
            assert_frame_equal(frame, told[name])


# What was believed


def reported() -> Investment:
    rows = Investment.objects.filter(evidence="reported", quarter="2016Q1", raised=None)
    return rows.order_by("pk")[0]


def amounts(known_at: datetime | None = None) -> dict[str, Decimal]:
    rows = snapshot(DAY, known_at)["investment"]
    wanted = rows.filter(pl.col("project_id") == reported_project(), pl.col("quarter") == "2016Q1")
    return dict(wanted.select("evidence", "amount_cny").iter_rows())


def reported_project() -> int:
    return Investment.objects.filter(quarter="2016Q1").order_by("pk")[0].project_id


def test_a_correction_is_believed_from_when_it_was_recorded(people: dict[str, Account]) -> None:
    old, before = reported(), datetime.now(UTC)
    act = Act(people["town"], "correct", DAY, "a bill was counted twice")
    correct(old, {"amount_cny": Decimal("148999999.99")}, act)
    assert amounts()["reported"] == Decimal("148999999.99")
    assert amounts(datetime.now(UTC))["reported"] == Decimal("148999999.99")
    assert amounts(before)["reported"] == old.amount_cny == Decimal(149_000_000)


def test_a_higher_level_is_believed_from_when_it_was_recorded(people: dict[str, Account]) -> None:
    before = datetime.now(UTC)
    raised = Raised("verified", Decimal(140_000_000), "ledger read")
    raise_evidence(reported(), raised, Act(people["statistics"], "verify", DAY))
    assert set(amounts(before)) == {"planned", "reported"}
    assert set(amounts()) == {"planned", "reported", "verified"}
    assert amounts()["verified"] == Decimal(140_000_000)
    assert amounts()["reported"] == Decimal(149_000_000)


def test_a_step_is_believed_from_when_it_was_recorded(people: dict[str, Account]) -> None:
    waiting = Admission.objects.get(state="submitted")
    before = datetime.now(UTC)
    take(waiting, Taking("complete", people["town"], DAY, date(2016, 5, 20)))
    assert state_of(snapshot(date(2016, 5, 20)), "admission", waiting.pk) == "complete"
    assert state_of(snapshot(date(2016, 5, 19)), "admission", waiting.pk) == "submitted"
    assert state_of(snapshot(DAY, before), "admission", waiting.pk) == "submitted"


# What was published


def published(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    return frame.filter(pl.col(name).is_null() | (pl.col(name) != TOWN))


def test_towns_are_those_of_the_programme() -> None:
    ours, theirs = published(snapshot(EVER)["town"], "town_id"), opened("zhejiang").tables.towns
    assert_frame_equal(ours, theirs.sort("town_id"), check_row_order=False)


def test_figures_are_those_of_the_programme() -> None:
    ours, theirs = published(snapshot(EVER)["figure"], "town_id"), opened("zhejiang").tables.figures
    later = theirs.filter(pl.col("period_from") > DAY)
    assert later.height < theirs.height
    assert_frame_equal(ours, theirs, check_row_order=False)
    today = published(snapshot(DAY)["figure"], "town_id")
    assert today.height == theirs.height - later.height


def test_grades_are_those_of_the_programme() -> None:
    theirs = opened("zhejiang").tables.outcomes.filter(pl.col("town_id").is_not_null())
    names = dict(Town.objects.values_list("town_id", "name_zh"))
    expected = theirs.with_columns(pl.col("town_id").replace_strict(names).alias("name_zh"))
    assert_frame_equal(snapshot(EVER)["outcome"], expected, check_row_order=False)
    assert snapshot(date(2015, 12, 30))["outcome"].is_empty()
    years = snapshot(date(2016, 12, 30))["outcome"]["year"].unique().to_list()
    assert years == [2015]


def test_figures_of_the_practice_town_keep_both_levels() -> None:
    rows = practice(snapshot(DAY), "figure")
    assert sorted(zip(rows["metric"], rows["evidence"], strict=True)) == [
        ("enterprises_count", "reported"),
        ("enterprises_count", "verified"),
        ("fixed_asset_investment_cny", "target"),
        ("tax_revenue_cny", "reported"),
        ("tax_revenue_cny", "verified"),
    ]
