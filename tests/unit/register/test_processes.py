"""How matters go, read from data: what is shipped, and every fault of a definition."""

import re

import pytest

from townworks.errors import DefinitionsError
from townworks.register.inbox import KINDS
from townworks.register.processes import OPENINGS, Process, parse_processes, processes

SMALL = """
[matter]
start = "open"
[matter.states]
open = { en = "open", zh = "开", waits_for = ["town_office"], days = 5 }
done = { en = "done", zh = "完", final = true }
[matter.steps]
close = { from = ["open"], to = "done", by = ["town_office"], en = "Close", zh = "结" }
"""


@pytest.fixture(params=sorted(processes()))
def process(request: pytest.FixtureRequest) -> Process:
    """Each process that is shipped."""
    return processes()[request.param]


def test_every_kind_of_matter_has_its_process() -> None:
    assert {model.KIND for model in KINDS} == set(processes())


def test_every_matter_comes_to_an_end(process: Process) -> None:
    """From every state a final one, or one that lasts, can be reached."""
    lasting = {"effective", "paid", "confirmed", "locked", "applied"}
    ends = {s.id for s in process.states.values() if s.final} | lasting
    reached = set(ends & process.states.keys())
    for _ in process.states:
        reached |= {
            origin
            for step in process.steps.values()
            if step.to in reached
            for origin in step.origins
        }
    assert reached == set(process.states)


def test_whoever_is_waited_for_can_act(process: Process) -> None:
    for state in process.states.values():
        able = {role for step in process.possible(state.id) for role in step.by}
        assert set(state.waits_for) <= able, state.id


def test_what_waits_has_a_deadline_and_what_ended_waits_for_nobody(process: Process) -> None:
    for state in process.states.values():
        assert bool(state.waits_for) == (state.days is not None)
        assert not (state.final and state.waits_for)


def test_what_ends_a_matter_against_somebody_says_why(process: Process) -> None:
    for step in process.steps.values():
        if step.to in ("refused", "rejected", "withdrawn", "clawed_back", "suspended"):
            assert step.needs_reason, step.id


def test_every_title_is_said_in_both_languages(process: Process) -> None:
    titles = [state.title for state in process.states.values()]
    for title in titles + [step.title for step in process.steps.values()]:
        assert title["en"].strip()
        assert re.search("[一-鿿]", title["zh"])


def test_the_shipped_text_is_read_as_it_is_written() -> None:
    small = parse_processes(SMALL)["matter"]
    assert small.start == "open"
    assert small.states["open"].waits_for == ("town_office",)
    assert [step.id for step in small.possible("open")] == ["close"]
    assert small.possible("done") == []
    assert not small.steps["close"].needs_reason


@pytest.mark.parametrize("opening", OPENINGS)
def test_an_opening_may_stand_in_not_after(opening: str) -> None:
    text = SMALL.replace('en = "Close"', f'not_after = ["{opening}"], en = "Close"')
    assert parse_processes(text)["matter"].steps["close"].not_after == (opening,)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('to = "done"', 'to = "gone"', "names the state 'gone'"),
        ('from = ["open"]', 'from = ["opened"]', "names the state 'opened'"),
        ('by = ["town_office"]', 'by = ["king"]', "names 'king'"),
        ('by = ["town_office"]', 'by = ["department:magic"]', "names 'department:magic'"),
        ('waits_for = ["town_office"]', 'waits_for = ["king"]', "wait for 'king'"),
        ('en = "Close"', 'not_after = ["clsoe"], en = "Close"', "names the step 'clsoe'"),
        ('start = "open"', 'start = "opened"', "is 'opened', which is no state"),
        ('from = ["open"]', 'from = ["done"]', "is final, but a step leads on from it"),
        ("final = true", "final = false", "cannot be left; say final = true"),
        (
            "[matter.steps]",
            'lost = { en = "lost", zh = "失", final = true }\n[matter.steps]',
            "can never be reached",
        ),
        (', zh = "结"', "", "zh"),
        (', zh = "开"', "", "zh"),
        ("days = 5", 'days = "five"', "days"),
        ("days = 5", "deadline = 5", "deadline"),
        ('en = "Close"', 'needs = ["x"], en = "Close"', "needs"),
    ],
)
def test_a_fault_is_told_with_its_place(old: str, new: str, said: str) -> None:
    assert SMALL.count(old) == 1
    with pytest.raises(DefinitionsError, match=re.escape(said)) as caught:
        parse_processes(SMALL.replace(old, new))
    assert "processes.toml" in str(caught.value)


def test_every_fault_is_told_at_once() -> None:
    broken = SMALL.replace('to = "done"', 'to = "gone"').replace('by = ["town', 'by = ["king", "t')
    with pytest.raises(DefinitionsError) as caught:
        parse_processes(broken)
    assert "'gone'" in str(caught.value)
    assert "'king'" in str(caught.value)
