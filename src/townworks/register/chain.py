"""The hash chain of events: sealed one after the other, so that any change shows.

Each event holds the SHA-256 over its predecessor's hash and its own content. Pure: it takes and
gives records, so that the database, an export and a test are verified by the same code. What a
chain cannot show by itself is that its end was cut off, or that all of it was made anew: for that a
head (number and hash) must have been kept elsewhere; see `Anchor`.
"""

import hashlib
import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64
"""Predecessor of the first event."""
CANONICAL = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=repr
)
"""Writes a content in one way only; what is no JSON is written somehow, and so no longer fits."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An event as it is stored: its number from 1, its content (JSON values), both hashes."""

    seq: int
    content: dict[str, Any]
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class ChainFault:
    """What is wrong at which event: changed, resealed, removed, inserted, reordered or cut."""

    kind: str
    seq: int
    detail: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head of the chain that was written down elsewhere."""

    seq: int
    hash: str


def digest(seq: int, content: dict[str, Any], prev_hash: str) -> str:
    """SHA-256 over number, predecessor and content in one canonical text.

    >>> digest(1, {"b": 1, "a": "镇"}, GENESIS)[:12]
    'c072692c334c'
    """
    text = f"{seq}\n{prev_hash}\n{CANONICAL.encode(content)}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def seal(seq: int, content: dict[str, Any], prev_hash: str) -> Sealed:
    """Seal one event after another."""
    return Sealed(seq, content, prev_hash, digest(seq, content, prev_hash))


def faults(events: Iterable[Sealed], anchors: Iterable[Anchor] = ()) -> Iterator[ChainFault]:
    """Yield every fault of a chain, by the number of the event; none if it is whole.

    A changed event no longer has its hash; one that was sealed anew is not the one that its
    successor was sealed on. Numbers that are missing were removed, numbers that come twice were
    inserted, and of events out of order the fewest are said to have been moved. One fault neither
    hides another nor blames a neighbour. Cost: one hash an event; memory for faults and anchors,
    and for the stretches that a chain with events out of order falls into.
    """
    kept: dict[int, set[str]] = {}
    for anchor in anchors:
        kept.setdefault(anchor.seq, set()).add(anchor.hash)
    stretches: list[_Stretch] = []
    found: list[ChainFault] = []
    for event in events:
        found += _examine(event, stretches)
        if event.seq in kept and kept[event.seq] != {event.hash}:
            text = "its hash is not the one that was kept elsewhere"
            found.append(ChainFault("resealed", event.seq, text))
    found += _between(stretches)
    found += _moved(stretches)
    found += _cut(stretches, kept)
    yield from _without_echoes(found)


@dataclass(slots=True)
class _Stretch:
    """Events that stand one after the other with numbers in sequence.

    origin: hash that its first event was sealed on. names: by which its last may be known.
    """

    first: int
    last: int
    origin: str
    names: tuple[str, ...]


def _examine(event: Sealed, stretches: list[_Stretch]) -> list[ChainFault]:
    """Faults of an event itself and of its seam to the one before it; it joins the stretches."""
    last = stretches[-1] if stretches else _Stretch(0, 0, "", (GENESIS,))
    seq, due = event.seq, last.last + 1
    computed = digest(seq, event.content, event.prev_hash)
    names = (event.hash,) if computed == event.hash else (event.hash, computed)
    found = []
    if computed != event.hash:
        seq, text = _why(event, last)
        found.append(ChainFault("changed", seq, text))
    if seq != due or not stretches:
        stretches.append(_Stretch(seq, seq, event.prev_hash, names))
        return found
    if not found and event.prev_hash not in last.names:
        found.append(_other(seq))
    last.last, last.names = seq, names
    return found


def _why(event: Sealed, last: _Stretch) -> tuple[int, str]:
    """Number and story of a changed event: its number, the name of the one before, or its content.

    When both content and name differ, the one before it may have been sealed anew as well.
    """
    due = last.last + 1
    if event.seq != due and digest(due, event.content, event.prev_hash) == event.hash:
        return due, f"its number was changed to {event.seq}"
    text = "its content is not what was sealed"
    if event.seq != due or event.prev_hash in last.names:
        return event.seq, text
    if any(digest(event.seq, event.content, name) == event.hash for name in last.names):
        return event.seq, "the hash of the event before it was changed in it"
    return event.seq, f"{text}, nor is it sealed on event {due - 1} as that one is now"


def _other(seq: int) -> ChainFault:
    """The event before was made anew: this one is whole, and was sealed on another."""
    text = f"event {seq} was sealed on another event than the one before it"
    return ChainFault("resealed", max(seq - 1, 1), text)


def _between(stretches: list[_Stretch]) -> Iterator[ChainFault]:
    """Numbers that are missing or come twice, and seams between stretches."""
    ends: dict[int, tuple[str, ...]] = {0: (GENESIS,)}
    reached = 0
    for each in sorted(stretches, key=lambda stretch: stretch.first):
        if each.first > reached + 1:
            yield _missing(reached + 1, each.first)
        elif each.first <= reached:
            last = min(each.last, reached)
            text = "was there already" if last == each.first else f"to {last} were there already"
            yield ChainFault("inserted", each.first, f"event {each.first} {text}")
        elif each.origin not in ends[reached]:
            yield _other(reached + 1)
        reached = max(reached, each.last)
        ends[each.last] = (*ends.get(each.last, ()), *each.names)


def _missing(first: int, successor: int) -> ChainFault:
    gone = f"{first}" if successor == first + 1 else f"{first} to {successor - 1}"
    return ChainFault("removed", first, f"before event {successor} there is no {gone}")


def _moved(stretches: list[_Stretch]) -> Iterator[ChainFault]:
    """Stretches out of order: all but the most events whose numbers ascend."""
    kept = _ascending(stretches)
    for at, each in enumerate(stretches):
        if at not in kept:
            place = f"after event {stretches[at - 1].last}" if at else "at the beginning"
            many = f"; so do those until {each.last}" if each.last > each.first else ""
            yield ChainFault("reordered", each.first, f"it stands {place}{many}")


def _ascending(stretches: list[_Stretch]) -> set[int]:
    """Positions of the stretches that hold the most events in ascending order."""
    tops: list[tuple[int, int, int]] = []  # first number, events until there, position: all ascend
    before: list[int] = []
    for at, each in enumerate(stretches):
        place = bisect_left(tops, (each.first,))
        below = tops[place - 1] if place else (0, 0, -1)
        weight = below[1] + each.last - each.first + 1
        before.append(below[2])
        end = place
        while end < len(tops) and tops[end][1] <= weight:
            end += 1
        tops[place:end] = [(each.first, weight, at)]
    kept, at = set[int](), tops[-1][2] if tops else -1
    while at >= 0:
        kept.add(at)
        at = before[at]
    return kept


def _cut(stretches: list[_Stretch], anchors: Mapping[int, object]) -> Iterator[ChainFault]:
    end = max((each.last for each in stretches), default=0)
    most = max(anchors, default=0)
    if most > end:
        yield ChainFault("cut", end + 1, f"event {most} was there when its hash was kept")


def _without_echoes(found: list[ChainFault]) -> list[ChainFault]:
    """By number, each kind once; what follows from an insertion or a change is not repeated."""
    inserted = {each.seq for each in found if each.kind == "inserted"}
    changed = {each.seq for each in found if each.kind == "changed"}
    echoes = {"reordered": inserted, "resealed": inserted | changed}
    kept = {
        (each.kind, each.seq): each for each in found if each.seq not in echoes.get(each.kind, ())
    }
    return sorted(kept.values(), key=lambda each: each.seq)
