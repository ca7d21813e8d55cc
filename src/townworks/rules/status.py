"""The status of a town: states and transitions are data; what they do not allow is refused.

`parse_machine` reads `status.toml`; `step` makes one change or refuses it with the reason; `replay`
goes through a published record and marks what it does not explain. Pure: the day is an argument.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from difflib import get_close_matches

from townworks.errors import DefinitionsError, TownworksError
from townworks.schema.messages import message
from townworks.schema.programme import GRADES, LISTS
from townworks.schema.reading import Faults, Table, Words, read_toml

FILE = "status.toml"
UNPUBLISHED = "unpublished"
"""Cause of a step that the record implies and no source names."""
COMMAS = {"en": ", ", "zh": "、"}
GRADE = "grade:"
LONGEST = 3660  # days of a notice or an objection; more is a typing mistake


@dataclass(frozen=True)
class State:
    """A state; `list` is the list a town stands on in it (empty: on none)."""

    id: str
    title: Words
    list: str
    final: bool


@dataclass(frozen=True)
class Transition:
    """What leads from a state to another; days are None where no source states them."""

    origin: str
    cause: str
    to: str
    decided_by: Words
    notice_days: int | None
    objection_days: int | None
    automatic: bool
    source: str


@dataclass(frozen=True)
class Machine:
    """States and transitions, checked. A cause is an act's id, or ``grade:`` and a grade."""

    start: str
    states: Mapping[str, State]
    acts: Mapping[str, Words]
    transitions: Mapping[tuple[str, str], Transition]

    def possible(self, state: str) -> list[str]:
        """Causes that lead on from a state, in the order of the file."""
        return [cause for origin, cause in self.transitions if origin == state]

    def say(self, cause: str, language: str) -> str:
        """Write a cause for people."""
        if cause.startswith(GRADE):
            name = message(f"policies.grade.{cause.removeprefix(GRADE)}", language)
            return message("status.grade", language, grade=name)
        return self.acts[cause][language] if cause in self.acts else cause


@dataclass(frozen=True)
class Event:
    """Something that happens to a town: an act on a day, or the grade of a year.

    year: of a grade, the year assessed; acts have none. on_list: the list that a source says the
    town stood on then, where it says so.
    """

    cause: str
    on: date
    year: int | None = None
    on_list: str | None = None
    source: str = ""


@dataclass(frozen=True)
class Standing:
    """Where a town stands: state, since when, the years graded, the year it came on a list."""

    state: str
    since: date | None = None
    graded: frozenset[int] = frozenset()
    listed: int | None = None


@dataclass(frozen=True)
class StatusChange:
    """One change, with who decided and until when it can be objected to (None: not stated)."""

    origin: str
    to: str
    cause: str
    on: date
    year: int | None
    decided_by: Words
    notice_ends: date | None
    objection_ends: date | None
    source: str


class IllegalTransitionError(TownworksError, ValueError):
    """A change that the machine does not allow; `message(language)` says why, also in Chinese."""

    def __init__(self, key: str, words: Mapping[str, Mapping[str, object]]) -> None:
        """Take a key of the catalogue and its values in each language."""
        self.key, self.words = key, words
        super().__init__(self.message("en"))

    def message(self, language: str) -> str:
        """Why it is refused, and what would be possible."""
        return message(f"status.{self.key}", language, **self.words.get(language, {}))


def parse_machine(text: str, file: str = FILE) -> Machine:
    """Read a status machine; raises `DefinitionsError` with every fault.

    Faults: unknown states, lists and acts (with the nearest name), two transitions of one state and
    cause, states that cannot be reached or left, automatic transitions in a circle, missing
    translations, days that are none.
    """
    faults = Faults()
    top = Table(read_toml(text, file, faults), file, "", faults)
    top.only("start", "states", "acts", "transition")
    states = {name: _state(name, table) for name, table in top.tables("states")}
    acts = {name: table.words("title") for name, table in top.tables("acts")}
    transitions: dict[tuple[str, str], Transition] = {}
    for row in top.rows("transition"):
        for transition in _transitions(row, states, acts):
            key = (transition.origin, transition.cause)
            if key in transitions:
                row.fault("", f"leads from {key[0]} by {key[1]} a second time; keep one")
            transitions[key] = transition
    machine = Machine(top.text("start"), states, acts, transitions)
    _check(machine, top)
    if faults.found:
        raise DefinitionsError(faults.found)
    return machine


def step(machine: Machine, standing: Standing, event: Event) -> tuple[Standing, StatusChange]:
    """Make one change; raises `IllegalTransitionError` where it is not allowed.

    Refused are causes that do not lead on from the state, events of a list that the town does not
    stand on, events dated before the last change, a second grade for a year, and grades of no year,
    of years before the listing or of years not yet over.
    """
    _check_cause(machine, event)
    _check_year(standing, event)
    _check_order(machine, standing, event)
    _check_list(machine, standing, event)
    transition = machine.transitions.get((standing.state, event.cause))
    if transition is None:
        raise _not_possible(machine, standing, event)
    return _moved(machine, standing, event, transition)


def replay(
    machine: Machine, events: Iterable[Event], standing: Standing | None = None
) -> Iterator[StatusChange]:
    """Go through a town's published events in the order of their days.

    Where a source says that the town stood on another list than the record so far explains, a step
    of cause `UNPUBLISHED` is put in, so that it is seen and counted; nothing else is made up. From
    a final state there is no such step: a record that goes on after an end is refused.
    """
    now = standing or Standing(machine.start)
    for event in sorted(events, key=lambda e: (e.on, e.cause)):
        if _is_gap(machine, now, event):
            now, change = _unpublished(machine, now, event)
            yield change
        now, change = step(machine, now, event)
        yield change


def _state(name: str, table: Table) -> State:
    table.only("title", "list", "final")
    on_list = table.choice("list", LISTS) if "list" in table.content else ""
    return State(name, table.words("title"), on_list, table.flag("final"))


def _transitions(
    row: Table, states: Mapping[str, State], acts: Mapping[str, Words]
) -> Iterator[Transition]:
    named = ("from", "act", "grades", "to", "decided_by", "source")
    row.only(*named, "notice_days", "objection_days", "automatic")
    origins, to, act = row.texts("from"), row.text("to"), row.text("act", "")
    if not origins:
        row.fault("from", "names no state; nothing would lead anywhere")
    for state in (*origins, to):
        if state not in states:
            row.fault("", f"names the state '{state}'; {_nearest(state, states)}")
    if act and act not in acts:
        row.fault("act", f"is '{act}'; {_nearest(act, acts)}")
    grades = row.texts("grades")
    for grade in grades:
        if grade not in GRADES:
            row.fault("grades", f"has '{grade}'; {_nearest(grade, GRADES)}")
    if bool(act) == bool(grades):
        row.fault("", "needs either an act or grades")
    days = [_days(row, name) for name in ("notice_days", "objection_days")]
    words, source = row.words("decided_by"), row.text("source")
    automatic = row.flag("automatic")
    for origin in origins:
        for cause in (act,) if act else [f"{GRADE}{grade}" for grade in grades]:
            yield Transition(origin, cause, to, words, days[0], days[1], automatic, source)


def _days(row: Table, name: str) -> int | None:
    found = row.content.get(name)
    if found is None:
        return None
    if isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= LONGEST:
        return found
    row.fault(name, f"is {found!r}; write a number of days, 0 to {LONGEST}")
    return None


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"did you mean '{near[0]}'?" if near else f"use one of {', '.join(known)}"


def _check(machine: Machine, top: Table) -> None:
    if machine.start not in machine.states:
        top.fault("start", f"is '{machine.start}'; {_nearest(machine.start, machine.states)}")
    reached = {machine.start}
    for _ in machine.states:
        reached |= {t.to for t in machine.transitions.values() if t.origin in reached}
    for name, state in machine.states.items():
        if name not in reached:
            top.fault(f"states.{name}", "can never be reached")
        leads_on = bool(machine.possible(name))
        if state.final and leads_on:
            top.fault(f"states.{name}", "is final, but something leads on from it")
        if not state.final and not leads_on:
            top.fault(f"states.{name}", "cannot be left; say final = true if it is an end")
    _check_circles(machine, top)


def _check_circles(machine: Machine, top: Table) -> None:
    """Automatic transitions need no decision: in a circle they would never come to rest."""
    leads: dict[str, list[str]] = {}
    for transition in machine.transitions.values():
        if transition.automatic:
            leads.setdefault(transition.origin, []).append(transition.to)
    told: set[str] = set()
    for start in leads:
        way = _circle(leads, [start])
        if way and told.isdisjoint(way):
            told |= set(way)
            top.fault("transition", f"automatic transitions go in a circle: {' → '.join(way)}")


def _circle(leads: Mapping[str, list[str]], start: list[str]) -> list[str]:
    """Way of automatic transitions from a state back to it; empty if there is none."""
    ways, seen = [start], set[str]()
    while ways:
        way = ways.pop()
        for after in leads.get(way[-1], ()):
            if after == start[0]:
                return [*way, after]
            if after not in seen:
                seen.add(after)
                ways.append([*way, after])
    return []


def _check_cause(machine: Machine, event: Event) -> None:
    is_grade = event.cause.startswith(GRADE) and event.cause.removeprefix(GRADE) in GRADES
    if not is_grade and event.cause not in machine.acts:
        words = {
            lang: {"act": event.cause, "known": COMMAS[lang].join(machine.acts)} for lang in COMMAS
        }
        raise IllegalTransitionError("unknown_act", words)
    if is_grade == (event.year is None):
        said = {
            lang: {"cause": machine.say(event.cause, lang), "year": event.year} for lang in COMMAS
        }
        raise IllegalTransitionError("no_year" if is_grade else "year_of_act", said)


def _elsewhere(machine: Machine, standing: Standing, event: Event) -> bool:
    return bool(event.on_list) and machine.states[standing.state].list != event.on_list


def _is_gap(machine: Machine, standing: Standing, event: Event) -> bool:
    """Whether a step that no source names would bring the town to where one says it was."""
    known = any(state.list == event.on_list for state in machine.states.values())
    final = machine.states[standing.state].final
    return known and not final and _elsewhere(machine, standing, event)


def _check_list(machine: Machine, standing: Standing, event: Event) -> None:
    if not _elsewhere(machine, standing, event):
        return
    words = {
        lang: {
            "cause": machine.say(event.cause, lang),
            "on": event.on,
            "list": message(f"status.list.{event.on_list}", lang)
            if event.on_list in LISTS
            else event.on_list,
            "state": machine.states[standing.state].title[lang],
        }
        for lang in COMMAS
    }
    raise IllegalTransitionError("other_list", words)


def _check_order(machine: Machine, standing: Standing, event: Event) -> None:
    if standing.since is not None and event.on < standing.since:
        words = {
            lang: {"cause": machine.say(event.cause, lang), "on": event.on, "since": standing.since}
            for lang in COMMAS
        }
        raise IllegalTransitionError("too_early", words)


def _check_year(standing: Standing, event: Event) -> None:
    year = event.year
    if year is None:
        return
    facts: dict[str, object] = {"year": year, "listed": standing.listed, "on": event.on}
    if year in standing.graded:
        raise IllegalTransitionError("twice", dict.fromkeys(COMMAS, facts))
    if standing.listed is not None and year < standing.listed:
        raise IllegalTransitionError("before_listing", dict.fromkeys(COMMAS, facts))
    if event.on < date(year, 12, 31):
        raise IllegalTransitionError("not_over", dict.fromkeys(COMMAS, facts))


def _not_possible(machine: Machine, standing: Standing, event: Event) -> IllegalTransitionError:
    possible = machine.possible(standing.state)
    words = {
        lang: {
            "cause": machine.say(event.cause, lang),
            "state": machine.states[standing.state].title[lang],
            "on": event.on,
            "possible": COMMAS[lang].join(machine.say(c, lang) for c in possible)
            or message("status.final", lang),
        }
        for lang in COMMAS
    }
    return IllegalTransitionError("illegal", words)


def _moved(
    machine: Machine, standing: Standing, event: Event, transition: Transition
) -> tuple[Standing, StatusChange]:
    notice = _later(event.on, transition.notice_days)
    change = StatusChange(
        standing.state,
        transition.to,
        event.cause,
        event.on,
        event.year,
        transition.decided_by,
        notice,
        _later(notice or event.on, transition.objection_days),
        event.source or transition.source,
    )
    graded = standing.graded | ({event.year} if event.year is not None else set())
    return _arrived(machine, standing, transition.to, event.on, graded), change


def _arrived(
    machine: Machine, standing: Standing, to: str, on: date, graded: frozenset[int]
) -> Standing:
    listed = standing.listed
    if listed is None and machine.states[to].list:
        listed = on.year
    return replace(standing, state=to, since=on, graded=frozenset(graded), listed=listed)


def _unpublished(
    machine: Machine, standing: Standing, event: Event
) -> tuple[Standing, StatusChange]:
    """Bring a town to the list a source has it on, by a step that is marked as not published."""
    there: Sequence[str] = [s.id for s in machine.states.values() if s.list == event.on_list]
    nobody = {"en": "not published", "zh": "未公布"}
    first = date(event.year, 1, 1) if event.year is not None else event.on
    on = max(first, standing.since or first)
    change = StatusChange(
        standing.state, there[0], UNPUBLISHED, on, None, nobody, None, None, event.source
    )
    return _arrived(machine, standing, there[0], on, standing.graded), change


def _later(day: date, days: int | None) -> date | None:
    return day + timedelta(days=days) if days is not None else None
