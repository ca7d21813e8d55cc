"""Who may say how sure a figure is: reported by one, verified by another, nothing ever lost."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from townworks.register.audit import Act
from townworks.register.facts import (
    Raised,
    correct,
    may_verify,
    raise_evidence,
    record,
    verifier_of,
)
from townworks.register.models import Account, Contract, Event, Figure, Investment, Occupancy, Town
from townworks.register.refusals import NotAllowedError, RefusalError
from townworks.register.verification import verify_database

pytestmark = pytest.mark.django_db
DAY = date(2016, 6, 1)
People = dict[str, Account]


def act(people: People, who: str, reason: str = "a bill was counted twice") -> Act:
    return Act(people[who], "test", DAY, reason)


def figure(town: Town, evidence: str = "reported", metric: str = "tax_revenue_cny") -> Figure:
    return Figure(
        town=town,
        metric=metric,
        value=Decimal("123.45"),
        unit="cny",
        extent="during",
        valid_from=date(2016, 1, 1),
        valid_to=date(2016, 3, 31),
        evidence=evidence,
        source="test",
    )


def investment() -> Investment:
    """One that was reported, and that nothing rests on."""
    rows = Investment.objects.filter(evidence="reported", quarter="2016Q1", raised=None)
    return rows.order_by("pk")[0]


def refused(call: object, *parts: object) -> str:
    with pytest.raises(RefusalError) as caught:
        call(*parts)  # type: ignore[operator]
    return caught.value.reasons[0].key


# Recording


def test_a_town_reports_its_own_figures(people: People, town: Town) -> None:
    row = record(figure(town), act(people, "town"), DAY)
    assert (row.recorded_by, row.evidence, row.is_current) == (people["town"], "reported", True)
    assert (datetime.now(UTC) - row.recorded_at).total_seconds() < 60
    event = Event.objects.order_by("-seq")[0]
    assert (event.kind, event.record_id, event.account) == ("figure", str(row.pk), "town")


@pytest.mark.parametrize("who", ["statistics", "tax", "enterprise", "auditor", "prefecture"])
def test_others_do_not_report(people: People, town: Town, who: str) -> None:
    assert refused(record, figure(town), act(people, who), DAY) == "not_yours_to_report"


def test_nobody_reports_for_another_town(people: People) -> None:
    other = Town.objects.exclude(county_code__startswith="3310")[0]
    for who in ("town", "county"):
        assert refused(record, figure(other), act(people, who), DAY) == "not_yours_to_report"


@pytest.mark.parametrize("level", ["verified", "audited"])
def test_nobody_reports_at_a_level_that_others_give(people: People, town: Town, level: str) -> None:
    for who in ("town", "office"):
        assert refused(record, figure(town, level), act(people, who), DAY) == "ladder"
    row = investment()
    row.pk, row.evidence = None, level
    assert refused(record, row, act(people, "town"), DAY) == "ladder"


def test_periods_run_forwards_and_what_was_done_is_not_in_the_future(
    people: People, town: Town
) -> None:
    row = figure(town)
    row.valid_from, row.valid_to = date(2016, 4, 1), date(2016, 3, 31)
    assert refused(record, row, act(people, "town"), DAY) == "period_backwards"
    row.valid_from, row.valid_to = date(2016, 6, 2), None
    assert refused(record, row, act(people, "town"), DAY) == "in_future"
    row.evidence = "planned"
    assert record(row, act(people, "town"), DAY).pk


def test_one_belief_a_project_quarter_and_level(people: People) -> None:
    row = investment()
    row.pk = None
    assert refused(record, row, act(people, "town"), DAY) == "broken.investment_once"


# Raising


@pytest.mark.parametrize(
    ("metric", "department"),
    [
        ("tax_revenue_cny", "tax"),
        ("land_used_mu", "natural_resources"),
        ("area_km2", "natural_resources"),
        ("enterprises_count", "statistics"),
        ("output_cny", "statistics"),
    ],
)
def test_a_figure_is_verified_by_its_department_only(
    people: People, town: Town, metric: str, department: str
) -> None:
    assert verifier_of(metric) == department
    row = record(figure(town, metric=metric), act(people, "town"), DAY)
    verifiers = {"tax": "tax", "natural_resources": "resources", "statistics": "statistics"}
    for who in people.keys() - {"loader"}:
        mine = who == verifiers[department]
        assert may_verify(row, "verified", people[who]) == mine
        assert may_verify(row, "audited", people[who]) == who.startswith("office")
    raised = raise_evidence(
        row, Raised("verified", Decimal(120), "ledger"), act(people, verifiers[department])
    )
    assert (raised.basis_id, raised.evidence, raised.value) == (row.pk, "verified", Decimal(120))
    row.refresh_from_db()
    assert (row.value, row.evidence, row.is_current) == (Decimal("123.45"), "reported", True)


@pytest.mark.parametrize(
    "who", ["town", "town.head", "county", "tax", "finance", "enterprise", "office", "auditor"]
)
def test_investment_is_verified_by_statistics_only(people: People, who: str) -> None:
    raised = Raised("verified", Decimal(1), "ledger")
    key = refused(raise_evidence, investment(), raised, act(people, who))
    assert key == "not_yours_to_verify"
    assert raise_evidence(investment(), raised, act(people, "statistics")).amount_cny == 1


def test_a_department_verifies_in_its_area(people: People, town: Town) -> None:
    row = record(figure(town), act(people, "town"), DAY)
    people["tax"].place_code = "3301"
    raised = Raised("verified", row.value, "ledger")
    assert refused(raise_evidence, row, raised, act(people, "tax")) == "not_yours_to_verify"


def test_an_office_audits_what_was_reported_or_verified_one_level_after_the_other(
    people: People,
) -> None:
    verified = raise_evidence(
        investment(), Raised("verified", Decimal(5), "ledger"), act(people, "statistics")
    )
    audited = raise_evidence(
        verified, Raised("audited", Decimal(4), "audit"), act(people, "office")
    )
    assert (audited.basis_id, audited.amount_cny) == (verified.pk, Decimal(4))
    for level, who in (("audited", "office"), ("verified", "statistics")):
        again = Raised(level, Decimal(3), "again")
        assert refused(raise_evidence, audited, again, act(people, who)) == "ladder"


def test_levels_below_are_not_raised_to(people: People) -> None:
    for level in ("planned", "reported", "estimated", "certain", ""):
        raised = Raised(level, Decimal(1), "x")
        assert refused(raise_evidence, investment(), raised, act(people, "statistics")) == "ladder"


@pytest.mark.parametrize("level", ["planned", "target", "estimated"])
def test_what_was_never_reported_is_not_verified(people: People, town: Town, level: str) -> None:
    """A plan does not come true by being verified: what was done is reported first."""
    row = record(figure(town, level), act(people, "office"), DAY)
    raised = Raised("verified", row.value, "ledger")
    assert refused(raise_evidence, row, raised, act(people, "tax")) == "ladder"


def test_own_figures_are_not_verified(people: People, town: Town) -> None:
    row = record(figure(town), act(people, "office"), DAY)
    raised = Raised("audited", row.value, "audit")
    assert refused(raise_evidence, row, raised, act(people, "office")) == "own_figure"
    assert raise_evidence(row, raised, act(people, "office.head")).evidence == "audited"


def test_what_was_raised_is_not_raised_to_the_same_level_again(people: People, town: Town) -> None:
    row = record(figure(town), act(people, "town"), DAY)
    raised = Raised("verified", Decimal(1), "ledger")
    raise_evidence(row, raised, act(people, "tax"))
    assert refused(raise_evidence, row, raised, act(people, "tax")) == "rests_on_it"
    assert Figure.objects.filter(basis=row).count() == 1


def test_what_is_raised_is_what_the_register_holds(people: People, town: Town) -> None:
    """Fields that a caller changed in memory do not get in with the level."""
    row = record(figure(town), act(people, "town"), DAY)
    row.metric, row.source, row.unit = "output_cny", "forged", "usd"
    raised = raise_evidence(row, Raised("verified", Decimal(1), "ledger"), act(people, "tax"))
    assert (raised.metric, raised.unit, raised.source) == ("tax_revenue_cny", "cny", "ledger")


def test_other_facts_have_no_levels(people: People) -> None:
    for row in (Occupancy.objects.all()[0], Contract.objects.all()[0]):
        raised = Raised("verified", Decimal(1), "x")
        assert refused(raise_evidence, row, raised, act(people, "statistics")) == "no_ladder"


# Correcting


def test_a_correction_supersedes_and_both_stay(people: People) -> None:
    old = investment()
    fresh = correct(old, {"amount_cny": Decimal("1.23"), "source": "bill"}, act(people, "town"))
    old.refresh_from_db()
    assert fresh.pk != old.pk
    assert (fresh.amount_cny, fresh.source, fresh.is_current) == (Decimal("1.23"), "bill", True)
    assert (old.amount_cny, old.superseded_at) == (Decimal(149_000_000), fresh.recorded_at)
    assert fresh.recorded_by == people["town"]
    same = ("project_id", "quarter", "evidence", "valid_from", "valid_to")
    assert [getattr(old, n) for n in same] == [getattr(fresh, n) for n in same]
    assert verify_database().faults == ()
    assert list(Investment.objects.known().filter(pk__in=(old.pk, fresh.pk))) == [fresh]
    assert list(Investment.objects.known(old.recorded_at).filter(pk__in=(old.pk, fresh.pk))) == [
        old
    ]


def test_a_correction_says_why(people: People) -> None:
    for reason in ("", "  "):
        values = {"amount_cny": Decimal(1)}
        assert refused(correct, investment(), values, act(people, "town", reason)) == "no_reason"
    assert investment().is_current


def test_what_was_corrected_is_not_corrected_again_nor_raised(people: People) -> None:
    old = investment()
    correct(old, {"amount_cny": Decimal(1)}, act(people, "town"))
    assert refused(correct, old, {"amount_cny": Decimal(2)}, act(people, "town")) == "superseded"
    raised = Raised("verified", Decimal(1), "ledger")
    assert refused(raise_evidence, old, raised, act(people, "statistics")) == "superseded"


def test_nothing_is_corrected_under_a_higher_level(people: People) -> None:
    low = investment()
    raise_evidence(low, Raised("verified", Decimal(5), "ledger"), act(people, "statistics"))
    values = {"amount_cny": Decimal(1)}
    assert refused(correct, low, values, act(people, "town")) == "rests_on_it"
    low.refresh_from_db()
    assert low.is_current


def test_a_verified_figure_is_corrected_by_who_verifies_not_by_who_reports(
    people: People,
) -> None:
    high = raise_evidence(
        investment(), Raised("verified", Decimal(5), "ledger"), act(people, "statistics")
    )
    values: dict[str, object] = {"amount_cny": Decimal(9)}
    for who in ("town", "town.head", "county", "office", "tax"):
        with pytest.raises(NotAllowedError):
            correct(high, values, act(people, who))
    fresh = correct(high, values, act(people, "statistics"))
    assert (fresh.evidence, fresh.amount_cny, fresh.basis_id) == (
        "verified",
        Decimal(9),
        high.basis_id,
    )


@pytest.mark.parametrize("who", ["county", "enterprise", "statistics", "auditor"])
def test_only_who_may_record_corrects(people: People, who: str) -> None:
    with pytest.raises(NotAllowedError):
        correct(investment(), {"amount_cny": Decimal(1)}, act(people, who))


def test_a_failing_correction_leaves_the_old_belief(people: People) -> None:
    old, events = investment(), Event.objects.count()
    key = refused(correct, old, {"amount_cny": Decimal(-1)}, act(people, "town"))
    assert key.startswith("broken.")
    old.refresh_from_db()
    assert (old.is_current, Event.objects.count()) == (True, events)
