"""Every way to tamper with a chain is found at the event where it happened, and only there."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townworks.register.chain import GENESIS, Anchor, Sealed, digest, faults, seal

Chain = list[Sealed]


def chain(size: int, salt: str = "") -> Chain:
    found: Chain = []
    for seq in range(1, size + 1):
        content = {"account": f"person {seq % 3}{salt}", "after": f"{seq * 7} 镇"}
        found.append(seal(seq, content, found[-1].hash if found else GENESIS))
    return found


def where(events: Chain, anchors: list[Anchor] | None = None) -> list[tuple[str, int]]:
    return [(fault.kind, fault.seq) for fault in faults(events, anchors or [])]


def other(content: dict[str, str]) -> dict[str, str]:
    return {**content, "after": content["after"] + "0"}


# Tamperings: of a chain, at position `at` (from 0)


def change(events: Chain, at: int) -> Chain:
    events[at] = replace(events[at], content=other(events[at].content))
    return events


def change_hash(events: Chain, at: int) -> Chain:
    events[at] = replace(events[at], hash="f" * 64)
    return events


def change_predecessor(events: Chain, at: int) -> Chain:
    events[at] = replace(events[at], prev_hash="e" * 64)
    return events


def change_everything_but_hash(events: Chain, at: int) -> Chain:
    return change_predecessor(change(events, at), at)


def change_everything(events: Chain, at: int) -> Chain:
    return change_hash(change_everything_but_hash(events, at), at)


def reseal(events: Chain, at: int) -> Chain:
    event = events[at]
    events[at] = seal(event.seq, other(event.content), event.prev_hash)
    return events


def remove(events: Chain, at: int) -> Chain:
    return events[:at] + events[at + 1 :]


def insert(events: Chain, at: int) -> Chain:
    """A forged event after one, sealed on it, with the number of the next."""
    forged = seal(events[at].seq + 1, {"account": "x", "after": "y"}, events[at].hash)
    return [*events[: at + 1], forged, *events[at + 1 :]]


def insert_after(events: Chain, at: int) -> Chain:
    """A forged event after the one whose number it bears."""
    forged = seal(events[at].seq, {"account": "x", "after": "y"}, events[at].prev_hash)
    return [*events[: at + 1], forged, *events[at + 1 :]]


def renumber(events: Chain, at: int) -> Chain:
    events[at] = replace(events[at], seq=events[at].seq + 1_000)
    return events


IN_PLACE: dict[str, tuple[Callable[[Chain, int], Chain], str]] = {
    "content": (change, "changed"),
    "hash": (change_hash, "changed"),
    "predecessor": (change_predecessor, "changed"),
    "content and predecessor": (change_everything_but_hash, "changed"),
    "content, predecessor and hash": (change_everything, "changed"),
    "number": (renumber, "changed"),
    "resealed": (reseal, "resealed"),
    "removed": (remove, "removed"),
    "inserted": (insert_after, "inserted"),
}


@given(st.integers(0, 30), st.text(max_size=5))
def test_a_whole_chain_has_no_fault(size: int, salt: str) -> None:
    events = chain(size, salt)
    assert where(events, [Anchor(e.seq, e.hash) for e in events]) == []


@pytest.mark.parametrize("name", IN_PLACE)
@given(data=st.data())
def test_any_single_tampering_is_located_and_no_neighbour_blamed(
    name: str, data: st.DataObject
) -> None:
    tamper, kind = IN_PLACE[name]
    size = data.draw(st.integers(2, 20))
    at = data.draw(st.integers(0, size - 2))
    assert where(tamper(chain(size), at)) == [(kind, at + 1)]


@given(st.integers(2, 20), st.data())
def test_the_end_needs_an_anchor(size: int, data: st.DataObject) -> None:
    events = chain(size)
    head = [Anchor(events[-1].seq, events[-1].hash)]
    assert where(change(chain(size), size - 1), head) == [("changed", size)]
    assert where(reseal(chain(size), size - 1), head) == [("resealed", size)]
    length = data.draw(st.integers(0, size - 1))
    assert where(events[:length]) == []
    assert where(events[:length], head) == [("cut", length + 1)]


@given(st.integers(3, 20), st.data())
def test_an_inserted_event_is_located(size: int, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, size - 2))
    assert where(insert(chain(size), at)) == [("inserted", at + 2)]
    twice = [*chain(size), chain(size)[at]]
    assert where(twice) == [("inserted", at + 1)]


def test_an_event_before_the_first_is_inserted() -> None:
    forged = [seal(seq, {"after": "x"}, GENESIS) for seq in (0, -5)]
    assert where([*forged, *chain(3)]) == [("inserted", -5), ("inserted", 0)]


@given(st.integers(4, 20), st.data())
def test_a_moved_event_is_located(size: int, data: st.DataObject) -> None:
    events = chain(size)
    start, end = (data.draw(st.integers(0, size - 1)) for _ in range(2))
    moved = events.pop(start)
    events.insert(end, moved)
    found = where(events)
    if start == end:
        assert found == []
    elif abs(start - end) == 1:  # two neighbours: either has moved
        assert found in ([("reordered", start + 1)], [("reordered", end + 1)])
    else:
        assert found == [("reordered", start + 1)]


def test_events_that_swapped_their_numbers_are_both_changed() -> None:
    events = chain(8)
    third, fifth = events[2], events[4]
    events[2], events[4] = replace(fifth, seq=3), replace(third, seq=5)
    assert where(events) == [("changed", 3), ("changed", 5)]


@given(st.data())
def test_several_faults_do_not_hide_each_other(data: st.DataObject) -> None:
    size = 40
    places = sorted(data.draw(st.sets(st.integers(0, 11), min_size=2)), reverse=True)
    names = {at: data.draw(st.sampled_from(sorted(IN_PLACE))) for at in places}
    events = chain(size)
    for at in places:  # from the end, so that positions before it stay what they are
        events = IN_PLACE[names[at]][0](events, at * 3)
    expected = [(IN_PLACE[names[at]][1], at * 3 + 1) for at in reversed(places)]
    assert where(events) == expected


@given(st.sets(st.integers(1, 28), min_size=2), st.integers(0, 1))
def test_neighbours_that_were_all_tampered_with_are_all_located(places: set[int], odd: int) -> None:
    """Beside a changed event a resealed one is told in words: it cannot be proven."""
    events = chain(30)
    changed = {at for at in places if at % 2 == odd}
    for at in places:
        events = change(events, at) if at in changed else reseal(events, at)
    told = {fault.seq: fault for fault in faults(events)}
    for at in places:
        mentioned = at + 1 in changed and f"event {at + 1} as" in told[at + 2].detail
        assert at + 1 in told or mentioned
    assert {seq for seq in told if seq - 1 not in places} == set()


def test_a_resealed_run_is_located_event_by_event() -> None:
    events = chain(10)
    for at in (3, 4, 5):
        events = reseal(events, at)
    assert where(events) == [("resealed", 4), ("resealed", 5), ("resealed", 6)]


def test_removed_runs_say_from_where_to_where() -> None:
    events = [event for event in chain(12) if event.seq not in {1, 5, 6, 7, 10}]
    found = list(faults(events))
    assert [(f.kind, f.seq) for f in found] == [("removed", 1), ("removed", 5), ("removed", 10)]
    assert found[1].detail == "before event 8 there is no 5 to 7"
    assert found[2].detail == "before event 11 there is no 10"


def test_a_rewritten_tail_is_found_by_any_anchor_in_it() -> None:
    events = chain(12)
    anchors = [Anchor(e.seq, e.hash) for e in events if e.seq in {3, 8, 12}]
    for at in range(5, 12):
        events[at] = seal(at + 1, other(events[at].content), events[at - 1].hash)
    assert where(events) == []
    assert where(events, anchors) == [("resealed", 8), ("resealed", 12)]


def test_a_later_anchor_does_not_replace_an_earlier_one_of_the_same_number() -> None:
    events = chain(5)
    true, forged = Anchor(5, events[4].hash), Anchor(5, "a" * 64)
    for anchors in ([true, forged], [forged, true]):
        assert where(events, anchors) == [("resealed", 5)]


def test_the_first_event_stands_on_nothing() -> None:
    events = chain(3)
    events[0] = seal(1, events[0].content, "b" * 64)
    events[1] = seal(2, events[1].content, events[0].hash)
    events[2] = seal(3, events[2].content, events[1].hash)
    assert where(events) == [("resealed", 1)]


def test_all_order_lost_is_still_told() -> None:
    events = chain(300)
    random.Random(2015).shuffle(events)  # noqa: S311 (no secret)
    found = where(events)
    assert {kind for kind, _ in found} == {"reordered"}


def test_content_that_is_no_json_is_a_change_not_a_crash() -> None:
    for strange in (b"\x00", {1}, "\ud800"):
        events = chain(4)
        events[1] = replace(events[1], content={"after": strange})
        assert where(events) == [("changed", 2)]


@given(
    st.dictionaries(st.text(max_size=5), st.text(max_size=8), max_size=4),
    st.dictionaries(st.text(max_size=5), st.text(max_size=8), max_size=4),
)
def test_digest_tells_contents_apart_and_nothing_else(
    one: dict[str, str], two: dict[str, str]
) -> None:
    same = digest(1, one, GENESIS) == digest(1, two, GENESIS)
    assert same == (one == two)
    backwards = dict(reversed(list(one.items())))
    assert digest(1, backwards, GENESIS) == digest(1, one, GENESIS)
    assert digest(2, one, GENESIS) != digest(1, one, GENESIS) != digest(1, one, "1" * 64)
