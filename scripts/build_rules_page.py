"""Write docs/rules.md from the declarations and the shipped rules; run it when they change."""

from collections.abc import Iterator
from dataclasses import fields
from itertools import groupby
from pathlib import Path

from townworks.rules.book import PAYERS, PERIODS, SUBJECTS, Parameter, Rule, RuleBook
from townworks.rules.expressions import ALLOWED, DATE_FUNCTIONS
from townworks.schema.units import SYMBOLS
from townworks.workflow import open_programme


def page() -> str:
    """The page: the vocabulary, then a section per scheme with every rule and parameter."""
    book = open_programme("zhejiang").book
    return "\n".join([*_head(), *_vocabulary(), *_inputs(book), *_schemes(book)]) + "\n"


def _head() -> Iterator[str]:
    yield "# Rules: reference"
    yield ""
    yield "Written by `scripts/build_rules_page.py` from `src/townworks/rules/` and"
    yield "`src/townworks/definitions/zhejiang/`. How to write a rule: [policies.md](policies.md)."
    yield ""


def _vocabulary() -> Iterator[str]:
    yield "## Vocabulary"
    yield ""
    yield "| what | allowed |"
    yield "|---|---|"
    yield f"| subjects | {', '.join(SUBJECTS)} |"
    yield f"| payers | {', '.join(PAYERS)} |"
    yield f"| periods | {', '.join(PERIODS)} |"
    yield f"| units | products and quotients of {', '.join(SYMBOLS)}; share, count |"
    yield f"| SQL | {ALLOWED} |"
    for name, unit in DATE_FUNCTIONS.items():
        yield f"| `{name}` | yields {unit} |"
    names = ", ".join(f"`{field.name}`" for field in fields(Rule))
    yield f"| a rule holds | {names} |"
    yield ""


def _inputs(book: RuleBook) -> Iterator[str]:
    yield "## Inputs"
    yield ""
    yield "| input | of a | type | label | 名称 |"
    yield "|---|---|---|---|---|"
    for entry in book.inputs.values():
        kind = entry.unit if entry.type == "number" else entry.type
        label = f"{entry.label['en']} | {entry.label['zh']}"
        yield f"| `{entry.name}` | {entry.subject} | {kind} | {label} |"
    yield ""


def _schemes(book: RuleBook) -> Iterator[str]:
    for file, group in groupby(book.rules.values(), key=lambda rule: rule.scheme.file):
        rules = list(group)
        scheme = rules[0].scheme
        until = f" to {scheme.last}" if scheme.last else ""
        yield f"## {scheme.title['en']} · {scheme.title['zh']}"
        yield ""
        yield f"`{file}`, by {scheme.grantor['en']}, from {scheme.first}{until}."
        yield f"Source: {scheme.source}"
        yield ""
        yield "| rule | grants | asks |"
        yield "|---|---|---|"
        yield from (_rule(rule) for rule in rules)
        yield ""
        yield from _parameters(rules)


def _rule(rule: Rule) -> str:
    amount = f"`{rule.amount.sql}` {rule.unit} ({rule.period})" if rule.amount else "–"
    if rule.unit and not rule.amount:
        amount = f"{rule.unit}, amount not stated"
    amount = f"up to {amount}" if rule.ceiling else amount
    asks = "<br>".join(f"{c.number}. `{c.sql.sql}`" for c in rule.clauses) or "–"
    named = f"**{rule.id}**<br>{rule.title['en']} · {rule.title['zh']}"
    return f"| {named} | {_cell(amount)} | {_cell(asks)} |"


def _parameters(rules: list[Rule]) -> Iterator[str]:
    used = {name for rule in rules for name in rule.names()}
    shown = [p for name, p in rules[0].parameters.items() if name in used]
    if not shown:
        return
    yield "| parameter | value | unit | source |"
    yield "|---|---|---|---|"
    for parameter in shown:
        yield from _values(parameter)
    yield ""


def _values(parameter: Parameter) -> Iterator[str]:
    for value in parameter.values:
        found = ", ".join(value.value) if isinstance(value.value, tuple) else str(value.value)
        said = f"{found} from {value.first}"
        yield f"| `{parameter.name}` | {said} | {parameter.unit} | {value.source} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    (Path(__file__).parents[1] / "docs" / "rules.md").write_text(page(), encoding="utf-8")
