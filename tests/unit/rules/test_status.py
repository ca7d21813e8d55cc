"""The status machine: what leads where, what is refused, and the published record replayed."""

from collections import Counter
from datetime import date
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townworks.errors import DefinitionsError, RequestError
from townworks.io import find_programme, read_programme
from townworks.rules.status import (
    UNPUBLISHED,
    Event,
    IllegalTransitionError,
    Machine,
    Standing,
    StatusChange,
    parse_machine,
    replay,
    step,
)

TEXT = (files("townworks.definitions") / "zhejiang" / "status.toml").read_text("utf-8")
ZHEJIANG = parse_machine(TEXT)


def graded(year: int, grade: str, on_list: str | None = None) -> Event:
    """The grade of a year, dated on its last day."""
    return Event(f"grade:{grade}", date(year, 12, 31), year, on_list)


def act(name: str, year: int, month: int = 6) -> Event:
    """An act on the first of a month."""
    return Event(name, date(year, month, 1))


ENTERED = [act("enter_creation", 2015)]


def walk(*events: Event) -> list[str]:
    """States that events lead through."""
    return [change.to for change in replay(ZHEJIANG, events)]


def test_from_warning_to_named_as_the_medicine_town_went() -> None:
    way = walk(
        *ENTERED,
        graded(2015, "warning"),
        graded(2016, "excellent"),
        graded(2017, "excellent"),
        act("name", 2020, 10),
        graded(2020, "excellent"),
    )
    assert way == ["creation", "creation_warned", "creation", "creation", "named", "named"]


def test_demoted_is_cultivation_and_can_come_back_or_go() -> None:
    down = [*ENTERED, graded(2016, "demoted")]
    assert walk(*down, graded(2019, "excellent", "cultivation")) == [
        "creation",
        "demoted",
        "demoted",
    ]
    assert walk(*down, act("enter_creation", 2018))[-1] == "creation"
    assert walk(*down, graded(2018, "eliminated"))[-1] == "eliminated"
    assert walk(*down, act("withdraw", 2019))[-1] == "withdrawn"


NAMED = [*ENTERED, act("name", 2018)]
GONE = [*ENTERED, graded(2015, "demoted"), graded(2016, "eliminated")]
CULTIVATION = [act("enter_cultivation", 2016)]
PLANTED = [
    ([], act("name", 2015), "accepted and named is not possible from 'proposed'"),
    ([], graded(2015, "pass"), "the grade 'pass' is not possible from 'proposed'"),
    ([act("refuse", 2015)], act("enter_creation", 2016), "From there: nothing, it is an end"),
    (GONE, graded(2017, "excellent"), "not possible from 'eliminated'"),
    (GONE, act("enter_creation", 2017), "not possible from 'eliminated'"),
    (GONE, act("withdraw", 2017), "not possible from 'eliminated'"),
    (
        CULTIVATION,
        graded(2016, "demoted"),
        "the grade 'demoted' is not possible from 'cultivation'",
    ),
    (CULTIVATION, act("name", 2017), "not possible from 'cultivation'"),
    (ENTERED, graded(2015, "eliminated"), "the grade 'eliminated' is not possible from 'creation'"),
    (ENTERED, act("enter_cultivation", 2016), "not possible from 'creation'"),
    (ENTERED, act("enter_creation", 2016), "not possible from 'creation'"),
    (ENTERED, act("withdraw", 2016), "withdrawn is not possible from 'creation'"),
    (
        ENTERED,
        graded(2014, "pass"),
        "2014 cannot be assessed: the town came on a list in 2015 only",
    ),
    ([*ENTERED, graded(2016, "good")], graded(2016, "pass"), "2016 was assessed already"),
    (
        [*ENTERED, graded(2016, "good")],
        act("name", 2016, 3),
        "is dated 2016-03-01, before the last",
    ),
    (
        [*ENTERED, graded(2015, "warning")],
        act("name", 2016),
        "accepted and named is not possible from 'creation, warned'",
    ),
    (NAMED, graded(2018, "demoted"), "not possible from 'named'"),
    (NAMED, act("enter_creation", 2019), "not possible from 'named'"),
    (NAMED, act("name", 2019), "not possible from 'named'"),
    (
        [*CULTIVATION, act("withdraw", 2019)],
        act("withdraw", 2020),
        "withdrawn is not possible from 'withdrawn'",
    ),
    (ENTERED, Event("grade:pass", date(2016, 6, 1), 2016), "the year is not over"),
    (ENTERED, act("promote", 2016), "There is no act 'promote'; there are enter_cultivation"),
    (ENTERED, graded(2016, "splendid"), "There is no act 'grade:splendid'"),
    (ENTERED, Event("pass", date(2016, 12, 31), 2016), "There is no act 'pass'"),
    (ENTERED, Event("grade:pass", date(2016, 12, 31)), "the grade 'pass' needs the year"),
    (ENTERED, Event("name", date(2018, 9, 1), 2018), "has a day, not a year (2018)"),
    (
        ENTERED,
        graded(2016, "pass", "cultivation"),
        "is said of the cultivation list, but the town stands at 'creation'",
    ),
    (ENTERED, graded(2016, "pass", "creatoin"), "is said of the creatoin, but the town"),
]


@pytest.mark.parametrize(("before", "event", "said"), PLANTED)
def test_planted_illegal_changes_are_refused(before: list[Event], event: Event, said: str) -> None:
    assert len(PLANTED) >= 20
    now = Standing(ZHEJIANG.start)
    for earlier in sorted(before, key=lambda e: e.on):
        now, _ = step(ZHEJIANG, now, earlier)
    with pytest.raises(IllegalTransitionError) as caught:
        step(ZHEJIANG, now, event)
    assert said in str(caught.value)
    chinese = caught.value.message("zh")
    assert chinese.endswith("。")
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


CAUSES = [*ZHEJIANG.acts, *(f"grade:{g}" for g in ("excellent", "pass", "warning", "demoted"))]


@given(st.lists(st.sampled_from(CAUSES), max_size=12))
def test_nothing_gets_past_the_table(causes: list[str]) -> None:
    now = Standing(ZHEJIANG.start)
    for year, cause in enumerate(causes, start=2015):
        event = Event(cause, date(year, 12, 31), year if cause.startswith("grade") else None)
        allowed = (now.state, cause) in ZHEJIANG.transitions
        try:
            now, change = step(ZHEJIANG, now, event)
        except IllegalTransitionError:
            assert not allowed
        else:
            assert allowed
            assert change.to == now.state
            assert ZHEJIANG.transitions[change.origin, cause].to == change.to


def test_no_step_leads_back_from_an_end() -> None:
    gone = [*ENTERED, graded(2016, "demoted"), graded(2017, "eliminated", "cultivation")]
    with pytest.raises(IllegalTransitionError, match="the town stands at 'eliminated'"):
        walk(*gone, graded(2018, "excellent", "cultivation"))
    with pytest.raises(IllegalTransitionError, match="is said of the attic, but"):
        walk(*ENTERED, graded(2018, "excellent", "attic"))


def test_a_refusal_is_said_in_the_languages_there_are() -> None:
    with pytest.raises(IllegalTransitionError) as caught:
        walk(act("name", 2015))
    with pytest.raises(RequestError, match="There are no messages in 'fr'"):
        caught.value.message("fr")


def test_windows_are_counted_from_the_notice() -> None:
    text = TEXT.replace('act = "name"\n', 'act = "name"\nnotice_days = 7\nobjection_days = 3\n')
    machine = parse_machine(text)
    now, _ = step(machine, Standing("proposed"), act("enter_creation", 2015))
    _, change = step(machine, now, Event("name", date(2020, 2, 25)))
    assert (change.notice_ends, change.objection_ends) == (date(2020, 3, 3), date(2020, 3, 6))
    _, plain = step(ZHEJIANG, now, Event("name", date(2020, 2, 25)))
    assert (plain.notice_ends, plain.objection_ends) == (None, None)


def published() -> dict[str, list[Event]]:
    """Published events of each town: listing, grades, naming."""
    tables = read_programme(find_programme("zhejiang"))
    events: dict[str, list[Event]] = {}
    for row in tables.towns.iter_rows(named=True):
        if row["listed_on"]:
            events[row["name_zh"]] = [Event("enter_creation", row["listed_on"])]
    for row in tables.outcomes.iter_rows(named=True):
        event = graded(row["year"], row["grade"], row["on_list"])
        if row["grade"] == "withdrawn":
            event = Event("withdraw", date(row["year"], 12, 31), None, row["on_list"])
        events.setdefault(row["name_zh"], []).append(event)
    for row in tables.namings.iter_rows(named=True):
        if row["named_to"]:
            naming = Event("name", row["named_to"], None, "creation")
            events.setdefault(row["name_zh"], []).append(naming)
    return events


def test_the_published_record_replays() -> None:
    histories: dict[str, list[StatusChange]] = {
        town: list(replay(ZHEJIANG, events)) for town, events in published().items()
    }
    steps = Counter(change.cause == UNPUBLISHED for h in histories.values() for change in h)
    assert steps[False] == sum(len(events) for events in published().values())
    gaps = {
        town: [(change.origin, change.to) for change in history if change.cause == UNPUBLISHED]
        for town, history in histories.items()
    }
    assert Counter(gap for found in gaps.values() for gap in found) == {
        ("proposed", "creation"): 29,
        ("proposed", "cultivation"): 19,
        ("cultivation", "creation"): 1,
    }
    assert gaps["柯桥蓝印时尚小镇"] == [("proposed", "cultivation"), ("cultivation", "creation")]
    assert not gaps["磐安江南药镇"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('to = "named"', 'to = "nmaed"', "names the state 'nmaed'; did you mean 'named'?"),
        ('act = "name"', 'act = "nome"', "act: is 'nome'; did you mean 'name'?"),
        ('grades = ["demoted"]', 'grades = ["demotd"]', "has 'demotd'; did you mean 'demoted'?"),
        ('zh = "命名"', 'zh = ""', "states.named.title.zh: translation is missing"),
        (
            'start = "proposed"',
            'start = "porposed"',
            "start: is 'porposed'; did you mean 'proposed'?",
        ),
        (
            'grades = ["warning"]',
            'grades = ["pass"]',
            "leads from creation by grade:pass a second time",
        ),
        (
            'act = "name"',
            'act = "name"\nnotice_days = -1',
            "notice_days: is -1; write a number of days",
        ),
        ('act = "name"', 'act = "name"\ngrades = ["pass"]', "needs either an act or grades"),
        (
            'from = ["named"]',
            'from = ["creation_warned"]',
            "leads from creation_warned by grade:exc",
        ),
        (
            "[states.refused]",
            '[states.lost]\ntitle = { en = "l", zh = "失" }\n[states.refused]',
            "can never",
        ),
        ('zh = "未获列入" }\nfinal = true', 'zh = "未获列入" }', "states.refused: cannot be left"),
        ('list = "named"', 'list = "named"\nfinal = true', "states.named: is final, but something"),
        (
            'list = "named"',
            'list = "nmaed"',
            "states.named.list: is 'nmaed'; did you mean 'named'?",
        ),
        ('from = ["named"]', "from = []", "transition[13].from: names no state"),
        (
            'act = "name"',
            'act = "name"\nobjection_days = 36500',
            "objection_days: is 36500; write a number of days, 0 to 3660",
        ),
    ],
)
def test_faults_name_their_key(old: str, new: str, problem: str) -> None:
    with pytest.raises(DefinitionsError) as caught:
        parse_machine(TEXT.replace(old, new, 1))
    assert problem in str(caught.value)


def test_automatic_transitions_in_a_circle_are_one_fault() -> None:
    more = """
[[transition]]
from = ["demoted"]
act = "refuse"
to = "refused"
automatic = true
decided_by = { en = "nobody", zh = "无" }
source = "s"
[[transition]]
from = ["named"]
act = "enter_cultivation"
to = "demoted"
automatic = true
decided_by = { en = "nobody", zh = "无" }
source = "s"
[[transition]]
from = ["demoted"]
act = "name"
to = "named"
automatic = true
decided_by = { en = "nobody", zh = "无" }
source = "s"
[[transition]]
from = ["named"]
act = "withdraw"
to = "withdrawn"
automatic = true
decided_by = { en = "nobody", zh = "无" }
source = "s"
"""  # a branch on either side: the circle is found all the same
    with pytest.raises(DefinitionsError) as caught:
        parse_machine(TEXT + more)
    assert [fault[2] for fault in caught.value.faults] == [
        "automatic transitions go in a circle: demoted → named → demoted"
    ]


def test_machine_says_what_is_possible() -> None:
    machine: Machine = ZHEJIANG
    assert machine.possible("named") == ["grade:excellent", "grade:good", "grade:pass"]
    assert machine.possible("withdrawn") == []
