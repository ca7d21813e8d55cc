"""Counties' applications, boundaries, and acts on a town: every refusal, and the whole way."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal

import pytest

from townworks.register.models import Account, Boundary, Town, TownApplication
from townworks.register.practice.story import Stage
from townworks.register.services.status import statuses
from townworks.register.services.towns import (
    apply_for_town,
    boundary_on,
    industry_reasons,
    is_office_of,
    propose_boundary,
)

DAY = date(2016, 6, 1)
Refused = Callable[..., AbstractContextManager[None]]


def application(**rest: object) -> TownApplication:
    fields: dict[str, object] = {
        "county_code": "331003", "county_zh": "黄岩", "name_zh": "新镇", "name_en": "New Town",
        "sector": "high_end_equipment", "industry_zh": "泵", "industry_en": "pumps",
        "planned_area_km2": Decimal(3), "planned_investment_cny": Decimal(5_000_000_000),
        "builder": "x", "concept_plan": "x", "support_measures": "x",
    }  # fmt: skip
    return TownApplication(**{**fields, **rest})


def square(km: float, east: float = 121.2, north: float = 28.6) -> str:
    """A square of about so many kilometres a side, by hand: a degree of latitude is 110.9 km."""
    high, wide = km / 110.9, km / (111.3 * 0.878)
    ring = [[east, north], [east + wide, north], [east + wide, north + high], [east, north + high]]
    return json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})


@pytest.mark.parametrize(
    ("fields", "key", "where"),
    [
        ({"industry_zh": "袜业、泵业"}, "second_industry", "industry_zh"),
        ({"industry_zh": "袜业，泵业"}, "second_industry", "industry_zh"),
        ({"industry_zh": "袜业/泵业"}, "second_industry", "industry_zh"),
        ({"industry_en": "socks, pumps"}, "second_industry", "industry_en"),
        ({"industry_en": "socks & pumps"}, "second_industry", "industry_en"),
        ({"sector": "gambling"}, "no_sector", "sector"),
        ({"planned_area_km2": Decimal(30)}, "area_over", "planned_area_km2"),
        ({"planned_area_km2": Decimal(0)}, "not_positive", "planned_area_km2"),
        ({"planned_area_km2": Decimal(-3)}, "not_positive", "planned_area_km2"),
        ({"planned_investment_cny": Decimal(-1)}, "not_positive", "planned_investment_cny"),
        ({"name_zh": "练习泵业小镇"}, "name_taken", "name_zh"),
        ({"name_en": "practice PUMP town!"}, "name_taken", "name_zh"),
        ({"name_en": "新镇"}, "name_taken", "name_en"),
    ],
)
def test_bad_input_is_refused_at_its_field(
    fields: dict[str, object], key: str, where: str, stage: Stage, refused: Refused
) -> None:
    with refused(key, where):
        apply_for_town(application(**fields), stage.act("county", "open", DAY), DAY)


@pytest.mark.parametrize(
    ("day", "key"), [(date(2015, 4, 21), "before_programme"), (DAY + timedelta(1), "in_future")]
)
def test_a_day_that_cannot_be(day: date, key: str, stage: Stage, refused: Refused) -> None:
    with refused(key, "on"):
        apply_for_town(application(), stage.act("county", "open", day), DAY)


def test_one_industry_may_have_a_word_for_and_in_its_name() -> None:
    assert industry_reasons("箱包", "bags and suitcases") == []


def test_only_the_county_applies_for_a_town_in_it(stage: Stage, refused: Refused) -> None:
    for who in ("town", "enterprise", "prefecture", "office", "auditor", "statistics", "loader"):
        with refused("not_your_county"):
            apply_for_town(application(), stage.act(who, "open", DAY), DAY)
    with refused("not_your_county"):
        apply_for_town(application(county_code="330108"), stage.act("county", "open", DAY), DAY)


def reviewed(stage: Stage, **rest: object) -> TownApplication:
    """An application up to its review by `office`."""
    case = apply_for_town(application(**rest), stage.act("county", "open", DAY), DAY)
    for step, who in (("submit", "county"), ("endorse", "prefecture")):
        case = stage.step(case, step, who, DAY)  # type: ignore[assignment]
    return stage.step(case, "review", "office", DAY, score="88.5")  # type: ignore[return-value]


def test_the_whole_way_to_a_town_on_a_list(stage: Stage) -> None:
    case = reviewed(stage)
    assert case.score == Decimal("88.5")
    case = stage.step(case, "approve", "office.head", DAY)  # type: ignore[assignment]
    town = case.town
    assert town is not None
    assert (town.pk, town.industry_zh, town.listed_on) == ("new-town", "泵", DAY)
    assert (town.prefecture_en, town.county_en) == ("Taizhou", "Huangyan")
    assert statuses(DAY, [town.pk])[town.pk].to == "creation"


def test_what_was_refused_or_withdrawn_stays_with_score_and_reason(stage: Stage) -> None:
    before = Town.objects.count()
    case = stage.step(reviewed(stage), "refuse", "office.head", DAY, reason="太小")
    second = stage.step(reviewed(stage), "withdraw", "county", DAY)
    kept = TownApplication.objects.filter(pk__in=(case.pk, second.pk), score=Decimal("88.5"))
    assert {row.state for row in kept} == {"refused", "withdrawn"}
    assert Town.objects.count() == before


@pytest.mark.parametrize(
    ("score", "key"),
    [(None, "score"), ("", "score"), (-1, "score"), ("100.5", "score"), ("good", "no_number"),
     ("nan", "no_number")],
)  # fmt: skip
def test_a_score_is_of_a_hundred(score: object, key: str, stage: Stage, refused: Refused) -> None:
    case = apply_for_town(application(), stage.act("county", "open", DAY), DAY)
    for step, who in (("submit", "county"), ("endorse", "prefecture")):
        case = stage.step(case, step, who, DAY)  # type: ignore[assignment]
    with refused(key, "score"):
        stage.step(case, "review", "office", DAY, score=score)


def test_a_town_enters_a_list_that_there_is(stage: Stage, refused: Refused) -> None:
    case = reviewed(stage)
    for entry in ("name", "grade:excellent", "x"):
        with refused("no_entry", "act"):
            stage.step(case, "approve", "office.head", DAY, act=entry)
    stage.step(case, "approve", "office.head", DAY, act="enter_cultivation")
    assert statuses(DAY, ["new-town"])["new-town"].to == "cultivation"


def test_a_second_application_of_the_name_does_not_overwrite_the_town(
    stage: Stage, refused: Refused
) -> None:
    """Both were filed before either was approved; their towns would have one id."""
    first, second = reviewed(stage), reviewed(stage, name_zh="另一镇", industry_zh="袜")
    stage.step(first, "approve", "office.head", DAY)
    with refused("name_taken"):
        stage.step(second, "approve", "office.head", DAY)
    assert Town.objects.get(pk="new-town").industry_zh == "泵"


def propose(stage: Stage, town: Town, who: str = "town", **rest: object) -> Boundary:
    fields = {"geojson": square(1.5), "valid_from": date(2016, 1, 1), "source": "x", **rest}
    act = stage.act(who, "propose", DAY)
    return propose_boundary(Boundary(town=town, **fields), "wgs84", act, DAY)


def test_the_whole_way_of_two_boundaries(stage: Stage, town: Town, refused: Refused) -> None:
    case = propose(stage, town)
    assert abs(float(case.area_km2) - 2.25) < 0.02
    assert boundary_on(town, DAY) is None
    stage.step(case, "check", "resources", DAY)
    stage.step(case, "approve", "office", DAY)
    assert boundary_on(town, DAY) == case
    same = propose(stage, town, "county", valid_from=date(2016, 1, 1))
    stage.step(same, "check", "resources", DAY)
    with refused("boundary_order", "valid_from"):
        stage.step(same, "approve", "office", DAY)
    new = propose(stage, town, geojson=square(1.6), valid_from=date(2016, 5, 1))
    stage.step(new, "check", "resources", DAY)
    stage.step(new, "approve", "office", DAY)
    assert boundary_on(town, date(2016, 4, 30)) == case
    assert boundary_on(town, date(2016, 5, 1)) == new
    assert boundary_on(town, date(2015, 12, 31)) is None


BOW_TIE = {
    "type": "Polygon",
    "coordinates": [
        [[121.2, 28.6], [121.21, 28.61], [121.21, 28.6], [121.2, 28.61], [121.2, 28.6]]
    ],
}


@pytest.mark.parametrize(
    "geojson",
    [
        square(5.48), json.dumps(BOW_TIE), "", "{}", "not json", square(1, 2.3, 48.8),
        '{"type": "Point", "coordinates": [121.2, 28.6]}',
    ],
    ids=["30 km²", "crossing itself", "empty", "nothing", "no JSON", "in Paris", "a point"],
)  # fmt: skip
def test_a_polygon_that_cannot_be_is_refused(
    geojson: str, stage: Stage, town: Town, refused: Refused
) -> None:
    with refused("boundary", "geojson"):
        propose(stage, town, geojson=geojson)


def test_a_boundary_does_not_begin_before_the_programme(
    stage: Stage, town: Town, refused: Refused
) -> None:
    with refused("before_programme", "valid_from"):
        propose(stage, town, valid_from=date(2015, 4, 21))


def test_who_proposes_a_boundary(stage: Stage, town: Town, refused: Refused) -> None:
    for who in ("resources", "office", "prefecture", "enterprise", "auditor"):
        with refused("not_your_town"):
            propose(stage, town, who)
    other = Town.objects.filter(county_code="330108")[0]
    for who in ("town", "county"):
        with refused("not_your_town"):
            propose(stage, other, who)


def test_the_office_of_a_town(people: dict[str, Account], town: Town) -> None:
    other = Town.objects.exclude(pk=town.pk)[0]
    assert is_office_of(people["town"], town)
    assert not is_office_of(people["town"], other)
    assert not is_office_of(people["county"], town)
    assert not is_office_of(None, town)
