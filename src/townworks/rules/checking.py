"""Checks over a whole rule book: what single entries cannot show."""

import re

from townworks.rules.book import AS_OF, Limit, Rule, RuleBook
from townworks.rules.reachability import unreachable
from townworks.schema.reading import Faults
from townworks.schema.units import dimension, name


def check_book(book: RuleBook, faults: Faults) -> None:
    """Keep a fault for everything that does not fit together."""
    for rule in book.rules.values():
        _check_rule(rule, book, faults)
        _check_excludes(rule, book, faults)
    for part, limits in (("caps", book.caps), ("budgets", book.budgets)):
        for limit in limits:
            _check_limit(f"{part}.{limit.id}", limit, book, faults)
    _check_unused(book, faults)


def _check_rule(rule: Rule, book: RuleBook, faults: Faults) -> None:
    file = rule.scheme.file
    for used in rule.names():
        if used in book.inputs and book.inputs[used].subject not in {rule.subject, "town"}:
            other = book.inputs[used].subject
            faults.add(file, rule.key, f"is about a {rule.subject}, but '{used}' is of a {other}")
    for key, problem in unreachable(rule):
        faults.add(file, key, problem)
    if rule.clawback and not rule.continuing:
        faults.add(file, f"{rule.key}.clawback", "needs continuing conditions that can fail")
    if rule.unit is None and not rule.clauses:
        faults.add(file, f"{rule.key}.eligible", "is missing; a condition needs a clause")
    _check_in_force(rule, faults)


def _check_in_force(rule: Rule, faults: Faults) -> None:
    """Parameters must have values as long as the rule that uses them is in force."""
    for used in rule.names():
        parameter = rule.parameters.get(used)
        if parameter is None or not parameter.values:
            continue
        first, last = parameter.values[0].first, parameter.values[-1].last
        if first > rule.first:
            faults.add(
                rule.scheme.file,
                f"parameters.{used}.values",
                f"begins on {first}, but {rule.key} is in force from {rule.first}",
            )
        if last is not None and (rule.last is None or rule.last > last):
            until = rule.last or "further notice"
            faults.add(
                rule.scheme.file,
                f"parameters.{used}.values",
                f"ends on {last}, but {rule.key} is in force until {until}",
            )


def _check_excludes(rule: Rule, book: RuleBook, faults: Faults) -> None:
    key = f"{rule.key}.excludes"
    for other in sorted(rule.excludes):
        if other == rule.id:
            faults.add(rule.scheme.file, key, "names the rule itself")
        elif other not in book.rules:
            faults.add(rule.scheme.file, key, f"names '{other}', which is no rule")
        elif rule.id in book.rules[other].excludes and rule.id < other:
            where = f"{book.rules[other].scheme.file}: rules.{other}.excludes"
            faults.add(
                rule.scheme.file, key, f"names '{other}', and {where} names it back; keep one"
            )


def _check_limit(key: str, limit: Limit, book: RuleBook, faults: Faults) -> None:
    if not limit.rules:
        faults.add(limit.file, f"{key}.rules", "is empty; name the rules it limits")
    for each in sorted(limit.rules):
        rule = book.rules.get(each)
        if rule is None or rule.unit is None:
            problem = "which is no rule" if rule is None else "which grants nothing"
            faults.add(limit.file, f"{key}.rules", f"names '{each}', {problem}")
        elif dimension(rule.unit) != limit.limit.kind.dimension:
            unit = name(limit.limit.kind.dimension)
            faults.add(limit.file, f"{key}.limit", f"is in {unit}, but {each} is in {rule.unit}")


def _check_unused(book: RuleBook, faults: Faults) -> None:
    used: dict[str, set[str]] = {}
    declared = {}
    for rule in book.rules.values():
        declared[rule.scheme.file] = rule.parameters
        used.setdefault(rule.scheme.file, {AS_OF}).update(rule.names())
        used[rule.scheme.file].update(_in_words(rule))
    for limit in (*book.caps, *book.budgets):
        used.setdefault(limit.file, set()).update(limit.limit.names)
    for file, parameters in declared.items():
        for each in sorted(parameters.keys() - used[file]):
            faults.add(file, f"parameters.{each}", "is used by no rule of the file; remove it")


def _in_words(rule: Rule) -> set[str]:
    clauses = (*rule.clauses, *rule.continuing)
    return {n for c in clauses for text in c.words.values() for n in re.findall(r"\{(.*?)\}", text)}
