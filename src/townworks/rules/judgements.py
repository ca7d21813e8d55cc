"""One rule on one day, with all it needs: clauses and quantity, inputs, values in force."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from townworks.rules.book import Clause, Rule, Value
from townworks.rules.expressions import Expression
from townworks.rules.facts import Subjects
from townworks.rules.parameters import values_on

Part = Literal["eligible", "continuing"]


@dataclass(frozen=True)
class Judgement:
    """One rule on one day: its clauses and quantity, the inputs and values they use."""

    rule: Rule
    subjects: Subjects
    as_of: date
    part: Part
    clauses: tuple[Clause, ...]
    quantity: Expression | None
    inputs: tuple[str, ...]
    values: dict[str, Value]

    @classmethod
    def of(cls, rule: Rule, subjects: Subjects, as_of: date, part: Part) -> "Judgement":
        """Look up what the rule needs on that day."""
        clauses, quantity = rule.clauses, rule.amount
        if part == "continuing":
            clauses, quantity = rule.continuing, rule.clawback
        used = [e for e in (*(c.sql for c in clauses), quantity) if e is not None]
        names = tuple(dict.fromkeys(name for e in used for name in e.names))
        inputs = tuple(name for name in names if name in subjects.inputs)
        in_words = tuple(n for n in rule.parameters if any(_says(c, n) for c in clauses))
        values = {}
        if rule.first <= as_of and (rule.last is None or as_of <= rule.last):
            where = (rule.scheme.file, rule.key)
            values = values_on(rule.parameters, (*names, *in_words), as_of, where)
        return cls(rule, subjects, as_of, part, clauses, quantity, inputs, values)

    @property
    def in_force(self) -> bool:
        """Whether the rule holds on the day."""
        return self.rule.first <= self.as_of and (
            self.rule.last is None or self.as_of <= self.rule.last
        )

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Clauses, then the quantity if there is one."""
        quantity = (self.quantity,) if self.quantity is not None else ()
        return (*(clause.sql for clause in self.clauses), *quantity)


def _says(clause: Clause, name: str) -> bool:
    return any(f"{{{name}}}" in text for text in clause.words.values())
