"""A quarter as the bulletin has it, and towns' years as the clauses ask for them."""

from datetime import date
from decimal import Decimal

import pytest
from tests.unit.register.arrivals.conftest import arrival, table

from townworks.register.arrivals import carry_out, plan
from townworks.register.audit import Act
from townworks.register.facts import Raised, raise_evidence
from townworks.register.models import Account, Figure, Grant, Investment, Return
from townworks.register.overviews import town_investment
from townworks.register.practice import TOWN
from townworks.register.quarterly import settled, town_returns
from townworks.register.reconciling import beyond, totals
from townworks.register.settling import town_years
from townworks.schema.bulletin import Levels, TownReturn
from townworks.workflow.bulletins import bulletin_of, rendered
from townworks.workflow.settlement import settlement, years_of

DAY = date(2016, 6, 1)
pytestmark = pytest.mark.django_db


def practice(quarter: str = "2016Q1", day: date = DAY) -> TownReturn:
    return next(row for row in town_returns(quarter, day) if row.town_id == TOWN)


def test_the_practice_towns_quarter() -> None:
    found = practice()
    assert (found.state, found.practice, found.days_late) == ("submitted", True, 0)
    assert found.quarter == Levels(Decimal(278_000_000), None)
    assert found.year == found.quarter
    assert [line.value.reported for line in found.projects] == [35_000_000, 149_000_000, 94_000_000]
    assert [goal.target for goal in found.goals] == [1_200_000_000]
    assert found.goals[0].so_far == found.quarter
    assert [asked.about["zh"] for asked in found.asked] == ["小镇客厅"]


def test_a_locked_quarter_has_both_levels_and_is_the_sum_of_its_projects() -> None:
    found = practice("2015Q4")
    assert found.state == "locked"
    assert found.quarter.reported == found.quarter.verified == 197_000_000
    assert found.year.reported == 255_000_000
    assert found.quarter == Levels.total(line.value for line in found.projects)


def test_late_is_as_of_the_day(people: dict[str, Account]) -> None:
    Return.objects.filter(quarter="2016Q1").update(state="due")
    assert people
    assert practice(day=date(2016, 5, 20)).days_late == 30
    assert practice(day=date(2016, 4, 20)).days_late == 0


def test_every_listed_town_is_there_once() -> None:
    found = town_returns("2016Q1", DAY)
    ids = [row.town_id for row in found]
    assert len(ids) == len(set(ids)) > 70
    assert all(row.state == "" for row in found if not row.practice)


def test_the_towns_own_figure_counts_where_no_project_does(people: dict[str, Account]) -> None:
    """And is not added to what the projects say."""
    record = arrival("figure", quarter="2016Q1", fixed_asset_investment_cny=999)
    other = arrival(
        "figure", town="hangzhou-yuhang-dream", quarter="2016Q1", fixed_asset_investment_cny=500
    )
    changes = plan(table(record, other), people["office"], DAY)
    carry_out(changes, Act(people["office"], "import", DAY, "import 1"))
    assert practice().quarter.reported == 278_000_000
    rows = {row.town_id: row for row in town_returns("2016Q1", DAY)}
    assert rows["hangzhou-yuhang-dream"].quarter.reported == 500
    quarter = [
        a for a in town_investment(Figure.objects.filter(town=TOWN)[0].town, DAY)  # type: ignore[arg-type]
        if a.period == "2016Q1" and a.evidence == "reported"
    ]  # fmt: skip
    assert [a.amount_cny for a in quarter] == [278_000_000]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_whole_bulletin_is_written(language: str) -> None:
    found = bulletin_of("2016Q1", DAY)
    assert len(found.counted) > 70
    assert found.practice
    page = rendered(found, language, "html").decode()
    assert ("Practice Pump Town (invented)" if language == "en" else "练习泵业小镇（虚构）") in page
    assert rendered(found, language, "docx").startswith(b"PK")


def test_clauses_add_their_grants_up() -> None:
    found = settled(DAY, practice=True)
    assert settled(DAY) == []
    granted = Grant.objects.exclude(state__in=("refused", "withdrawn"))
    assert sum(clause.grants for clause in found) == granted.count()
    assert sum(c.paid - c.clawed_back for c in found) == sum(
        g.paid - g.clawed_back for g in granted
    )


def _verified(people: dict[str, Account], year: int, revenue: int, quota: int) -> None:
    """Four quarters of revenue and land, each reported by the town and verified."""
    for number in range(1, 5):
        quarter = f"{year}Q{number}"
        record = arrival(
            "figure", quarter=quarter, provincial_revenue_cny=revenue, quota_used_mu=quota
        )
        day = date(2018, 1, 5)
        carry_out(plan(table(record), people["town"], day), Act(people["town"], "import", day, "i"))
    for fact in Figure.objects.filter(period__startswith=str(year), evidence="reported").known():
        fact.pk, fact.evidence = None, "verified"
        fact._state.adding = True
        fact.save()


def test_years_count_what_was_verified_only(people: dict[str, Account]) -> None:
    _verified(people, 2014, revenue=100, quota=0)
    _verified(people, 2016, revenue=150, quota=10)
    Figure.objects.filter(period="2016Q2", metric="quota_used_mu", evidence="verified").delete()
    rows = {
        row["year_ends"].year: row
        for row in town_years(date(2018, 1, 10), practice=True)
        if row["town_id"] == TOWN
    }
    assert sorted(rows) == [2015, 2016, 2017]
    assert rows[2016]["provincial_revenue_cny"] == 600
    assert rows[2016]["base_year_revenue_cny"] == 400
    assert rows[2016]["quota_used_mu"] is None
    assert rows[2016]["target_met"] is None


def test_the_fiscal_return_is_what_exceeds_the_base_year(people: dict[str, Account]) -> None:
    """Years 1 to 3: all that goes to the province beyond the base year (浙政发〔2015〕8号)."""
    dream = "hangzhou-yuhang-dream"
    for year, amount in ((2014, 4_000_000), (2016, 7_500_000)):
        Figure.objects.create(
            town_id=dream,
            metric="provincial_revenue_cny",
            value=Decimal(amount),
            unit="cny",
            extent="during",
            period=str(year),
            valid_from=date(year, 1, 1),
            valid_to=date(year, 12, 31),
            evidence="verified",
            source="x",
            recorded_by=people["tax"],
            recorded_at="2017-02-01T00:00:00Z",
        )
    day = date(2017, 2, 1)
    assert dream in set(years_of(day)["town_id"])
    found = settlement(day).fiscal.filter(town_id=dream, rule_id="zj-fiscal-1")
    told = dict(found.select("year_ends", "granted").iter_rows())
    assert told[date(2016, 12, 31)] == 3_500_000
    assert told[date(2015, 12, 31)] == 0


def test_a_target_is_met_by_verified_investment(people: dict[str, Account]) -> None:
    for number in range(1, 5):
        record = arrival("investment", "新", quarter=f"2016Q{number}", amount_cny=400_000_000)
        day = date(2017, 1, 5)
        carry_out(plan(table(record), people["town"], day), Act(people["town"], "import", day, "i"))

    def met() -> object:
        rows = town_years(date(2017, 2, 1), practice=True)
        return next(
            r["target_met"] for r in rows if r["town_id"] == TOWN and r["year_ends"].year == 2016
        )

    assert met() is None
    act = Act(people["statistics"], "verify", DAY)
    for fact in Investment.objects.filter(quarter__startswith="2016", evidence="reported").known():
        raise_evidence(fact, Raised("verified", fact.amount_cny, "seen"), act)
    assert met() is True


def test_the_published_record_exceeds_no_published_total() -> None:
    """Towns' own published figures of 2015 to 2018 stay below what was published of all of them."""
    found = totals(date(2019, 1, 1))
    assert {(t.metric, t.period) for t in found} >= {("fixed_asset_investment_cny", "2015")}
    assert beyond(date(2019, 1, 1)) == []


def test_a_sum_of_towns_beyond_the_published_total_is_said(people: dict[str, Account]) -> None:
    """CNY 47.79 bn was published of 37 towns in 2015: two towns with 30 bn each cannot be."""
    day = date(2016, 6, 1)
    for town in ("hangzhou-yuhang-dream", "shaoxing-zhuji-socks"):
        record = arrival(
            "figure", town=town, quarter="2015Q4", fixed_asset_investment_cny=30_000_000_000
        )
        act = Act(people["office"], "import", day, "import 1")
        carry_out(plan(table(record), people["office"], day), act)
    wrong = {(t.metric, t.period): t.beyond for t in beyond(day)}
    assert wrong[("fixed_asset_investment_cny", "2015")] > 12_000_000_000
    page = rendered(bulletin_of("2016Q1", day), "en", "html").decode()
    assert "sums exceed the published total" in page
