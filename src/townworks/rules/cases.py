"""Cases: what must come out for whom, written so that an officer can read and change them.

They prove the rules, and the rules prove them: coverage says which clauses no case turns both
ways, and which parameters could change without any case noticing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

import polars as pl

from townworks.errors import DefinitionsError
from townworks.rules.book import Parameter, Rule, RuleBook, Value
from townworks.rules.facts import SUBJECT_ID, Subjects, input_type
from townworks.rules.judgements import Judgement, Part
from townworks.rules.verdicts import decide, judge
from townworks.schema.reading import Faults, Table, read_toml
from townworks.schema.verdicts import OUTCOMES


@dataclass(frozen=True)
class Case:
    """Inputs of one subject, and the verdict that must come out."""

    file: str
    name: str
    rule: str
    on: date
    part: Part
    given: Mapping[str, object]
    outcome: str
    quantity: Decimal | None
    clause: int | None
    needs: tuple[str, ...] | None


@dataclass(frozen=True)
class Failure:
    """A case that came out otherwise: what was promised, what was found, and why it was found."""

    case: Case
    promised: str
    found: str
    sentence: str

    def __str__(self) -> str:
        """One line for a person."""
        where = f"{self.case.file}: {self.case.name} ({self.case.rule})"
        return f"{where}: promised {self.promised}, found {self.found}. {self.sentence}"


@dataclass(frozen=True)
class Coverage:
    """How much of the rule book the cases prove.

    clauses: all clauses, as ``rule: clause 2``; one_sided: those that no case makes both true and
    false; idle: parameters whose halving and doubling changes no case; beyond: parameters that no
    case can notice, since they stand in caps, budgets or words only; untested: rules without a yes
    or without a no.
    """

    clauses: int
    one_sided: tuple[str, ...]
    idle: tuple[str, ...]
    beyond: tuple[str, ...]
    untested: tuple[str, ...]

    @property
    def share(self) -> float:
        """Share of clauses that some case turns both ways; 1 where there are none."""
        return 1 - len(self.one_sided) / self.clauses if self.clauses else 1.0


def read_cases(texts: Mapping[str, str], book: RuleBook) -> list[Case]:
    """Read case files (path → TOML text); raises `DefinitionsError` with all faults."""
    faults = Faults()
    cases = []
    for path, text in sorted(texts.items()):
        top = Table(read_toml(text, path, faults), path, "", faults)
        top.only("case")
        cases += [case for row in top.rows("case") if (case := _case(row, book))]
    if faults.found:
        raise DefinitionsError(faults.found)
    return cases


def run_cases(book: RuleBook, cases: Iterable[Case]) -> list[Failure]:
    """Judge every case; return those that came out otherwise."""
    failures = []
    for group in _grouped(cases):
        first = group[0]
        subjects = _subjects(book, group)
        found = judge([book.rules[first.rule]], subjects, first.on, first.part)
        for case, row in zip(group, found.iter_rows(named=True), strict=True):
            if (failure := _compare(case, row)) is not None:
                failures.append(failure)
    return failures


def coverage(book: RuleBook, cases: Iterable[Case]) -> Coverage:
    """Say what the cases prove of the rule book, and what they do not."""
    groups = list(_grouped(cases))
    turned: dict[str, set[bool]] = {key: set() for key in _clause_keys(book)}
    for group in groups:
        for key, values in _turned(book, group):
            turned[key] |= values
    one_sided = tuple(key for key, values in turned.items() if values != {True, False})
    idle, untested = tuple(_idle(book, groups)), tuple(_untested(book, groups))
    return Coverage(len(turned), one_sided, idle, tuple(_beyond(book)), untested)


def _case(row: Table, book: RuleBook) -> Case | None:
    row.only("name", "rule", "on", "part", "given", "outcome", "quantity", "clause", "needs")
    rule_id, on = row.text("rule"), row.day("on")
    if rule_id not in book.rules:
        row.fault("rule", f"is '{rule_id}', which is no rule of the book")
        return None
    if on is None:
        row.fault("on", "is missing; write the day that is asked about: on = 2018-06-01")
        return None
    given = _given(row.table("given"), book)
    quantity = row.content.get("quantity")
    needs = row.texts("needs") if "needs" in row.content else None
    clause = row.content.get("clause")
    return Case(
        file=row.file,
        name=row.text("name"),
        rule=rule_id,
        on=on,
        part="continuing"
        if row.choice("part", ("eligible", "continuing"), "eligible")[0] == "c"
        else "eligible",
        given=given,
        outcome=row.choice("outcome", OUTCOMES),
        quantity=Decimal(str(quantity)) if quantity is not None else None,
        clause=clause if isinstance(clause, int) else None,
        needs=needs,
    )


def _given(table: Table, book: RuleBook) -> dict[str, object]:
    table.only(*book.inputs)
    kinds = {"number": (int, Decimal), "date": date, "boolean": bool, "text": str}
    for name, value in table.content.items():
        entry = book.inputs.get(name)
        if entry is not None and not isinstance(value, kinds[entry.type]):  # type: ignore[arg-type]
            table.fault(name, f"is {value!r}, where the input is a {entry.type}")
        elif entry is not None and _below_zero(value) and not entry.signed:
            table.fault(name, f"is {value!r}, below zero; say signed = true at the input if it may")
        elif entry is not None and entry.values and value not in entry.values:
            table.fault(name, f"is {value!r}, which is not on the list of the input")
    return dict(table.content)


def _below_zero(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool) and value < 0


def _grouped(cases: Iterable[Case]) -> Iterator[list[Case]]:
    """Cases of one rule on one day together, in a fixed order."""
    ordered = sorted(cases, key=lambda c: (c.rule, c.on, c.part, c.file, c.name))
    for _, group in groupby(ordered, key=lambda c: (c.rule, c.on, c.part)):
        yield list(group)


def _subjects(book: RuleBook, group: Sequence[Case]) -> Subjects:
    columns = {
        name: pl.Series([_exact(case.given.get(name)) for case in group], dtype=input_type(entry))
        for name, entry in book.inputs.items()
        if any(name in case.given for case in group)
    }
    ids = pl.Series([str(n) for n in range(len(group))])
    return Subjects.of(pl.DataFrame({SUBJECT_ID: ids, **columns}), book.inputs)


def _exact(value: object) -> object:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return Decimal(value) if is_number else value  # type: ignore[arg-type]


def _compare(case: Case, row: Mapping[str, object]) -> Failure | None:
    wanted: dict[str, object] = {"outcome": case.outcome}
    found: dict[str, object] = {"outcome": row["outcome"]}
    if case.quantity is not None:
        wanted["quantity"], found["quantity"] = case.quantity, row["quantity"]
    if case.clause is not None:
        wanted["clause"], found["clause"] = case.clause, row["clause"]
    if case.needs is not None:
        wanted["needs"] = sorted(case.needs)
        found["needs"] = sorted(filter(None, str(row["needs"] or "").split(", ")))
    if wanted == found:
        return None
    promised, out = (", ".join(f"{k} {v}" for k, v in s.items()) for s in (wanted, found))
    return Failure(case, promised, out, str(row["sentence_en"]))


def _clause_keys(book: RuleBook) -> Iterator[str]:
    for rule in book.rules.values():
        for part, clauses in (("eligible", rule.clauses), ("continuing", rule.continuing)):
            yield from (f"{rule.id}: {part} {clause.number}" for clause in clauses)


def _decided(book: RuleBook, rule: Rule, group: Sequence[Case]) -> pl.DataFrame:
    first = group[0]
    judgement = Judgement.of(rule, _subjects(book, group), first.on, first.part)
    if not judgement.in_force:
        return pl.DataFrame()
    return decide(judgement)


def _turned(book: RuleBook, group: Sequence[Case]) -> Iterator[tuple[str, set[bool]]]:
    first = group[0]
    decided = _decided(book, book.rules[first.rule], group)
    for column in decided.columns:
        if column.startswith("clause:"):
            key = f"{first.rule}: {first.part} {column.removeprefix('clause:')}"
            yield key, set(decided[column].drop_nulls())


def _untested(book: RuleBook, groups: Sequence[list[Case]]) -> Iterator[str]:
    seen: dict[str, set[str]] = {rule: set() for rule in book.rules}
    for case in (case for group in groups for case in group):
        seen[case.rule].add(case.outcome)
    for rule, outcomes in seen.items():
        if missing := {"eligible", "not_eligible"} - outcomes:
            yield f"{rule}: no case is {' or '.join(sorted(missing))}"


def _idle(book: RuleBook, groups: Sequence[list[Case]]) -> Iterator[str]:
    """Parameters whose change no case notices, as ``file: name``."""
    noticed: dict[str, bool] = {}
    for group in groups:
        rule = book.rules[group[0].rule]
        part = group[0].part
        before = _outcomes(_decided(book, rule, group), part)
        for name, parameter in rule.parameters.items():
            key = f"{rule.scheme.file}: {name}"
            if name in rule.names() and not noticed.get(key):
                changed = (_with(rule, other) for other in _variants(parameter, group[0].on))
                noticed[key] = any(
                    _outcomes(_decided(book, other, group), part) != before for other in changed
                )
    for rule in book.rules.values():
        for name in rule.names():
            if name in rule.parameters:
                noticed.setdefault(f"{rule.scheme.file}: {name}", False)
    yield from sorted(key for key, seen in noticed.items() if not seen)


def _beyond(book: RuleBook) -> Iterator[str]:
    """Parameters that no rule computes with, as ``file: name``."""
    computed: dict[str, set[str]] = {}
    declared: dict[str, set[str]] = {}
    for rule in book.rules.values():
        computed.setdefault(rule.scheme.file, set()).update(rule.names())
        declared.setdefault(rule.scheme.file, set()).update(rule.parameters)
    for file, names in declared.items():
        yield from (f"{file}: {name}" for name in sorted(names - computed[file]))


def _outcomes(decided: pl.DataFrame, part: Part) -> list[tuple[object, ...]]:
    """What a person would notice: outcome, clause, and the quantity where it is paid."""
    if decided.is_empty():
        return []
    paid = pl.col("outcome") == ("eligible" if part == "eligible" else "not_eligible")
    noticed = ("outcome", "clause", pl.when(paid).then("quantity").alias("quantity"))
    inputs = [n for n in decided.columns if ":" not in n and "(" not in n and n not in _COMPUTED]
    return decided.sort(inputs).select(noticed).rows()


_COMPUTED = {"outcome", "clause", "quantity", "zero", "needs"}


def _with(rule: Rule, parameter: Parameter) -> Rule:
    return replace(rule, parameters={**rule.parameters, parameter.name: parameter})


def _variants(parameter: Parameter, on: date) -> Iterator[Parameter]:
    """The parameter halved and doubled, a year earlier and later, or with other words."""
    value = parameter.on(on)
    if value is None:
        return
    others: list[object] = [("",)] if isinstance(value.value, tuple) else [""]
    if isinstance(value.value, Decimal):
        others = [value.value / 2, value.value * 2, value.value + 1]
    elif isinstance(value.value, date):
        others = [value.value - timedelta(days=366), value.value + timedelta(days=366)]
    for other in others:
        changed = Value(value.first, value.last, other, value.source)  # type: ignore[arg-type]
        kept = tuple(changed if v is value else v for v in parameter.values)
        yield replace(parameter, values=kept)


__all__ = ["Case", "Coverage", "Failure", "coverage", "read_cases", "run_cases"]
