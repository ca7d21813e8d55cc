"""How matters go: states, steps, who may take them; data of `definitions/processes.toml`, checked.

Roles of a step are roles of accounts, a department ("department:finance"), or who somebody is to
the matter: "payer" (the office that pays), "partner", "party", "decider", "objector".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from townworks.errors import DefinitionsError
from townworks.register.models.people import DEPARTMENTS, ROLES
from townworks.schema.reading import Faults, Table, Words, read_toml

FILE = "processes.toml"
RELATIONS = ("payer", "partner", "party", "decider", "objector")
OPENINGS = ("open", "apply", "propose", "file")
"""Acts that open a matter; they stand in `not_after` like steps."""


@dataclass(frozen=True)
class State:
    """A state; waits_for: whose turn it is; days: within how many it should move on."""

    id: str
    title: Words
    waits_for: tuple[str, ...]
    days: int | None
    final: bool


@dataclass(frozen=True)
class StepRule:
    """A step; not_after: steps whose taker may not take this one (two people)."""

    id: str
    title: Words
    origins: tuple[str, ...]
    to: str
    by: tuple[str, ...]
    not_after: tuple[str, ...]
    needs_reason: bool
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Process:
    """States and steps of one kind of matter."""

    kind: str
    start: str
    states: Mapping[str, State]
    steps: Mapping[str, StepRule]

    def possible(self, state: str) -> list[StepRule]:
        """Steps that lead on from a state."""
        return [step for step in self.steps.values() if state in step.origins]


@cache
def processes() -> Mapping[str, Process]:
    """Every process by its kind.

    >>> processes()["admission"].steps["admit"].not_after
    ('review', 'submit')
    """
    text = (files("townworks.definitions") / FILE).read_text(encoding="utf-8")
    return parse_processes(text)


def parse_processes(text: str, file: str = FILE) -> Mapping[str, Process]:
    """Read processes; raises `DefinitionsError` with every fault.

    Faults: unknown states, roles and steps, states that cannot be reached or left, missing
    translations.
    """
    faults = Faults()
    top = Table(read_toml(text, file, faults), file, "", faults)
    found = {kind: _process(kind, top.table(kind)) for kind in top.content}
    for kind, process in found.items():
        for key, problem in _faults(process):
            faults.add(file, f"{kind}.{key}", problem)
    if faults.found:
        raise DefinitionsError(faults.found)
    return found


def _process(kind: str, table: Table) -> Process:
    table.only("start", "states", "steps")
    states = {name: _state(name, each) for name, each in table.tables("states")}
    steps = {name: _step(name, each) for name, each in table.tables("steps")}
    return Process(kind, table.text("start"), states, steps)


def _state(name: str, table: Table) -> State:
    table.only("en", "zh", "waits_for", "days", "final")
    days = table.whole("days") if "days" in table.content else None
    return State(name, table.own_words(), table.texts("waits_for"), days, table.flag("final"))


def _step(name: str, table: Table) -> StepRule:
    table.only("en", "zh", "from", "to", "by", "not_after", "reason", "fields")
    return StepRule(
        name,
        table.own_words(),
        table.texts("from"),
        table.text("to"),
        table.texts("by"),
        table.texts("not_after"),
        table.flag("reason"),
        table.texts("fields"),
    )


def _faults(process: Process) -> Iterator[tuple[str, str]]:
    known = {*ROLES, *RELATIONS, *(f"department:{name}" for name in DEPARTMENTS)}
    for step in process.steps.values():
        for state in (*step.origins, step.to):
            if state not in process.states:
                yield f"steps.{step.id}", f"names the state '{state}', which there is not"
        for role in step.by:
            if role not in known:
                yield f"steps.{step.id}.by", f"names '{role}'; use {', '.join(sorted(known))}"
        for other in step.not_after:
            if other not in process.steps and other not in OPENINGS:
                yield f"steps.{step.id}.not_after", f"names the step '{other}', which there is not"
    for role in {role for state in process.states.values() for role in state.waits_for} - known:
        yield "states", f"wait for '{role}'; use {', '.join(sorted(known))}"
    yield from _lost_states(process)


def _lost_states(process: Process) -> Iterator[tuple[str, str]]:
    if process.start not in process.states:
        yield "start", f"is '{process.start}', which is no state"
    reached = {process.start} | {step.to for step in process.steps.values()}
    for name, state in process.states.items():
        leads_on = bool(process.possible(name))
        if name not in reached:
            yield f"states.{name}", "can never be reached"
        if state.final and leads_on:
            yield f"states.{name}", "is final, but a step leads on from it"
        if not state.final and not leads_on:
            yield f"states.{name}", "cannot be left; say final = true if it is an end"
