"""Enterprises coming into a town: every refusal, and the whole way in and out."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal

import pytest

from townworks.register.cases import take
from townworks.register.codes import read_credit_code
from townworks.register.models import (
    Account,
    Admission,
    Enterprise,
    Objection,
    Occupancy,
    Premises,
    RegistryEntry,
    Town,
)
from townworks.register.practice.cast import code_of
from townworks.register.practice.story import Stage
from townworks.register.services.admissions import (
    add_premises,
    apply_for_admission,
    free_area_m2,
    occupy,
    take_in,
    waiting,
)
from townworks.register.services.assessments import object_to

DAY = date(2016, 6, 1)
Refused = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def newcomer(stage: Stage) -> Enterprise:
    """An enterprise that is in no town."""
    assert stage.today == DAY
    return Enterprise.objects.create(credit_code=code_of(50), name="x", source="x")


@pytest.fixture
def hall(town: Town) -> Premises:
    """Premises of 100 m² that nobody holds."""
    return Premises.objects.create(town=town, name="新厂房", floor_area_m2=Decimal(100))


def application(enterprise: Enterprise, town: Town, **rest: object) -> Admission:
    fields = {"origin": "new", "part": "member", "activity": "水泵", **rest}
    return Admission(enterprise=enterprise, town=town, **fields)


def member(number: int, town: Town) -> Admission:
    return Admission.objects.get(enterprise__credit_code=code_of(number), town=town)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("91339900MA0000001", "code_length"),
        ("", "code_length"),
        ("91339900MA000000145", "code_length"),
        ("91339900MA00000015", "code_check"),
        ("91339900MA0000O014", "code_format"),
        ("９１３３９９００ＭＡ０００００００１９", "code_length"),
    ],
)
def test_a_wrong_credit_code_is_refused_at_its_field(
    text: str, key: str, refused: Refused, stage: Stage
) -> None:
    with refused(key, "credit_code"):
        read_credit_code(text)
    with refused(key, "credit_code"):
        take_in(text, stage.act("town", "take_in", DAY), "名称")


def test_every_single_mistake_in_a_credit_code_is_found() -> None:
    """One wrong character never gives another enterprise: the check character sees it."""
    from townworks.register.refusals import RefusalError

    code = code_of(1)
    for place in range(18):
        for other in "0123456789ABCDEFGHJKLMNPQRTUWXY":
            if other != code[place]:
                with pytest.raises(RefusalError):
                    read_credit_code(code[:place] + other + code[place + 1 :])


def test_a_code_is_read_however_it_is_typed() -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in code_of(1))
    assert read_credit_code(f" {code_of(1).lower()}\n") == code_of(1) == read_credit_code(wide)


def test_an_enterprise_comes_from_the_registry_once(stage: Stage) -> None:
    RegistryEntry.objects.create(credit_code=code_of(60), name="登记名", imported_from="file")
    act = stage.act("town", "take_in", DAY)
    found = take_in(code_of(60), act, "another name")
    assert (found.name, found.source) == ("登记名", "file")
    assert take_in(code_of(60), act) == found


def test_an_enterprise_that_no_registry_has_is_entered_by_an_office(
    stage: Stage, refused: Refused
) -> None:
    code = code_of(61)
    with refused("not_in_registry", "credit_code"):
        take_in(code, stage.act("town", "take_in", DAY), "  ")
    with refused("not_in_registry", "credit_code"):
        take_in(code, stage.act("enterprise", "take_in", DAY), "a name for my rival")
    for who in ("auditor", "tax", "county", "prefecture"):
        with refused("not_your_admission"):
            take_in(code, stage.act(who, "take_in", DAY), "x")
    assert take_in(code, stage.act("town", "take_in", DAY), "新名").source == "entered by town"


@pytest.mark.parametrize(
    ("fields", "key", "where"),
    [
        ({"origin": "moon"}, "no_origin", "origin"),
        ({"origin": "relocated"}, "relocated_from", "relocated_from"),
        ({"origin": "relocated", "relocated_from": "  "}, "relocated_from", "relocated_from"),
        ({"part": "boss"}, "no_part", "part"),
        ({"activity": " "}, "no_activity", "activity"),
        ({"area_wanted_m2": Decimal(-1)}, "negative", "area_wanted_m2"),
        ({"investment_planned_cny": Decimal("-0.01")}, "negative", "investment_planned_cny"),
        ({"investment_planned_cny": Decimal("0.001")}, "broken.other", ""),
        ({"investment_planned_cny": Decimal(10) ** 17}, "broken.other", ""),
        ({"jobs_planned": -1}, "broken.other", ""),
    ],
)
def test_bad_input_is_refused_at_its_field(  # noqa: PLR0913, PLR0917 (a table)
    fields: dict[str, object], key: str, where: str, stage: Stage, town: Town, newcomer: Enterprise,
    refused: Refused,
) -> None:  # fmt: skip
    with refused(key, where):
        apply_for_admission(
            application(newcomer, town, **fields), stage.act("town", "open", DAY), DAY
        )


@pytest.mark.parametrize(
    ("day", "key"),
    [(date(2015, 4, 21), "before_programme"), (DAY + timedelta(1), "in_future")],
)
def test_a_day_that_cannot_be_is_refused(
    day: date, key: str, stage: Stage, town: Town, newcomer: Enterprise, refused: Refused
) -> None:
    with refused(key, "on"):
        apply_for_admission(application(newcomer, town), stage.act("town", "open", day), DAY)


def test_nobody_applies_for_others(
    stage: Stage, town: Town, newcomer: Enterprise, refused: Refused
) -> None:
    for who in ("enterprise", "county", "prefecture", "office", "auditor", "finance", "loader"):
        with refused("not_your_admission"):
            apply_for_admission(application(newcomer, town), stage.act(who, "open", DAY), DAY)
    other = Town.objects.exclude(pk=town.pk)[0]
    with refused("not_your_admission"):
        apply_for_admission(application(newcomer, other), stage.act("town", "open", DAY), DAY)


def test_an_enterprise_applies_for_itself_in_any_town_once(
    stage: Stage, town: Town, refused: Refused
) -> None:
    own = stage.people["enterprise"].enterprise
    assert own is not None
    act = stage.act("enterprise", "open", DAY)
    other = Town.objects.exclude(pk=town.pk)[0]
    opened = application(own, other, admitted_on=DAY, notice_until=DAY)
    assert apply_for_admission(opened, act, DAY).state == "draft"
    assert (opened.admitted_on, opened.notice_until) == (None, None)
    for place in (other, town):
        with refused("broken.admission_open_once"):
            apply_for_admission(application(own, place), act, DAY)


def test_the_whole_way_in_and_out(stage: Stage, town: Town, newcomer: Enterprise) -> None:
    day = date(2016, 3, 1)
    case = apply_for_admission(application(newcomer, town), stage.act("town", "open", day), DAY)
    way = (
        ("submit", "town", "submitted"),
        ("return", "town", "draft"),
        ("submit", "town", "submitted"),
        ("complete", "town", "complete"),
        ("review", "town", "reviewed"),
        ("admit", "town.head", "decided"),
        ("publish", "town", "notice"),
    )
    for step, who, state in way:
        day += timedelta(1)
        case = stage.step(case, step, who, day)  # type: ignore[assignment]
        assert case.state == state
    assert case.notice_until == day + timedelta(10)
    day = case.notice_until + timedelta(1)
    case = stage.step(case, "make_effective", "town", day)  # type: ignore[assignment]
    assert (case.state, case.admitted_on) == ("effective", day)
    case = stage.step(case, "leave", "town", DAY)  # type: ignore[assignment]
    assert (case.state, case.left_on) == ("left", DAY)
    again = application(newcomer, town)
    assert apply_for_admission(again, stage.act("town", "open", DAY), DAY).state == "draft"


@pytest.fixture
def noticed(stage: Stage, town: Town) -> Admission:
    """On notice until 18 May."""
    admission = member(8, town)
    case = stage.step(admission, "admit", "town.head", date(2016, 5, 27))
    Admission.objects.filter(pk=case.pk).update(state_since=date(2016, 5, 1))
    case = stage.step(case, "publish", "town", date(2016, 5, 8))
    assert isinstance(case, Admission)
    assert case.notice_until == date(2016, 5, 18)
    return case


def test_a_notice_runs_to_its_end(noticed: Admission, stage: Stage, refused: Refused) -> None:
    for day in (date(2016, 5, 8), date(2016, 5, 18)):
        with refused("notice_runs", "on"):
            stage.step(noticed, "make_effective", "town", day)
    assert stage.step(noticed, "make_effective", "town", date(2016, 5, 19)).state == "effective"


def test_an_objection_stops_it_until_it_is_answered(
    noticed: Admission, stage: Stage, refused: Refused
) -> None:
    act = stage.act("enterprise", "file", date(2016, 5, 10))
    objection = object_to(noticed, "噪声", act, DAY)
    with refused("objections_open"):
        stage.step(noticed, "make_effective", "town", DAY)
    stage.step(objection, "reject", "county", DAY)
    assert stage.step(noticed, "make_effective", "town", DAY).state == "effective"


def test_an_objection_that_was_upheld_ends_it(
    noticed: Admission, stage: Stage, refused: Refused
) -> None:
    objection = object_to(noticed, "噪声", stage.act("county", "file", date(2016, 5, 10)), DAY)
    stage.step(objection, "uphold", "county.head", DAY)
    with refused("objection_upheld"):
        stage.step(noticed, "make_effective", "town", DAY)
    assert stage.step(noticed, "withdraw", "town", DAY).state == "withdrawn"


def test_premises_are_added_by_their_town_once(stage: Stage, town: Town, refused: Refused) -> None:
    act = stage.act("town", "add", DAY)
    for who in ("county", "office", "enterprise", "auditor"):
        with refused("not_your_town"):
            add_premises(Premises(town=town, name="x", floor_area_m2=1), stage.act(who, "add", DAY))
    for area in (0, -5):
        with refused("not_positive", "floor_area_m2"):
            add_premises(Premises(town=town, name="x", floor_area_m2=Decimal(area)), act)
    add_premises(Premises(town=town, name="x", floor_area_m2=Decimal(1)), act)
    with refused("broken.premises_once"):
        add_premises(Premises(town=town, name="x", floor_area_m2=Decimal(1)), act)


def held(
    hall: Premises, admission: Admission, area: str, start: date, end: date | None = None
) -> Occupancy:
    return Occupancy(
        premises=hall, admission=admission, area_m2=Decimal(area), valid_from=start, valid_to=end,
        source="x",
    )  # fmt: skip


def test_room_is_given_to_who_is_in_the_town(
    hall: Premises, stage: Stage, town: Town, refused: Refused
) -> None:
    act = stage.act("town", "occupy", DAY)
    with refused("not_in_town", "admission"):
        occupy(held(hall, member(7, town), "1", DAY), act, DAY)
    for area in ("0", "-3"):
        with refused("not_positive", "area_m2"):
            occupy(held(hall, member(1, town), area, DAY), act, DAY)
    with refused("no_room", "area_m2"):
        occupy(held(hall, member(1, town), "100.01", DAY), act, DAY)
    for who in ("county", "office", "enterprise", "auditor"):
        with refused("not_yours_to_report"):
            occupy(held(hall, member(1, town), "1", DAY), stage.act(who, "occupy", DAY), DAY)
    stale = member(1, town)
    Admission.objects.filter(pk=stale.pk).update(state="left", left_on=DAY)
    with refused("not_in_town", "admission"):
        occupy(held(hall, stale, "1", DAY), act, DAY)


def test_floor_is_given_once_for_all_the_time_it_is_wanted(
    hall: Premises, stage: Stage, town: Town, refused: Refused
) -> None:
    """Who moves in later holds the floor already: nobody is put there until then for ever."""
    act, later = stage.act("town", "occupy", DAY), DAY + timedelta(60)
    occupy(held(hall, member(1, town), "70", later), act, DAY)
    assert free_area_m2(hall, DAY) == 100
    with refused("no_room", "area_m2"):
        occupy(held(hall, member(2, town), "31", DAY), act, DAY)
    occupy(held(hall, member(2, town), "100", DAY, later - timedelta(1)), act, DAY)
    assert [free_area_m2(hall, day) for day in (DAY, later)] == [Decimal(0), Decimal(30)]


def test_leaving_gives_the_floor_back_and_forgets_nothing(
    hall: Premises, stage: Stage, town: Town
) -> None:
    act, case = stage.act("town", "occupy", DAY), member(1, town)
    occupy(held(hall, case, "40", DAY), act, DAY)
    occupy(held(hall, case, "20", DAY, date(2017, 12, 31)), act, DAY)
    before = Occupancy.objects.filter(admission=case)
    open_ended = before.filter(valid_to__isnull=True).known().count()
    stage.step(case, "leave", "town", DAY)
    after = DAY + timedelta(1)
    assert free_area_m2(hall, DAY) == 40
    assert free_area_m2(hall, after) == 100
    superseded = before.filter(valid_to__isnull=True, superseded_at__isnull=False)
    assert superseded.count() == open_ended
    assert not before.filter(valid_to__gt=DAY).known().exists()


def test_the_waiting_list_has_who_wants_floor_and_has_none(town: Town) -> None:
    assert member(5, town) in waiting(town.pk)
    assert member(1, town) not in waiting(town.pk)
    assert member(7, town) not in waiting(town.pk)
    assert [a.opened_on for a in waiting(town.pk)] == sorted(a.opened_on for a in waiting(town.pk))


def test_an_objector_is_of_the_area_or_of_the_town(
    noticed: Admission, stage: Stage, refused: Refused
) -> None:
    for who in ("office", "prefecture", "auditor", "tax", "loader"):
        with refused("not_yours_to_object"):
            object_to(noticed, "x", stage.act(who, "file", date(2016, 5, 10)), DAY)
    outside = Enterprise.objects.create(credit_code=code_of(51), name="x", source="x")
    stranger = Account.objects.create(
        username="stranger", name="x", role="enterprise", enterprise=outside
    )
    stage.people["stranger"] = stranger
    with refused("not_yours_to_object"):
        object_to(noticed, "x", stage.act("stranger", "file", date(2016, 5, 10)), DAY)
    assert Objection.objects.count() == 0


def test_a_step_with_a_stale_version_enters_nobody(
    noticed: Admission, stage: Stage, refused: Refused
) -> None:
    from townworks.register.cases import Taking

    asked = Taking("make_effective", stage.people["town"], DAY, seen_version=noticed.version - 1)
    with refused("conflict"):
        take(noticed, asked)
