"""TOML text → rule book, checked as a whole: every fault of every file is reported at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from townworks.errors import DefinitionsError
from townworks.rules.book import (
    AS_OF,
    PAYERS,
    PERIODS,
    SUBJECTS,
    Clause,
    Input,
    Limit,
    Rule,
    RuleBook,
    Scheme,
    input_kind,
)
from townworks.rules.checking import check_book
from townworks.rules.expressions import Expression, ExpressionError, Kind, read_expression
from townworks.rules.parameters import parameter_kind, read_parameter
from townworks.schema.reading import Faults, Table, read_toml
from townworks.schema.units import dimension
from townworks.schema.verdicts import Verdict

TAKEN = frozenset({AS_OF, "line", "town_id", "year_ends", "applied_on", *Verdict.column_names()})
"""Names of columns that stand beside the inputs."""
WORDS_OF_SQL = frozenset(
    {"ON", "AND", "OR", "NOT", "IN", "IS", "NULL", "TRUE", "FALSE", "CASE", "WHEN", "THEN", "ELSE"}
    | {"END", "BETWEEN", "SELECT", "FROM", "WHERE", "ORDER", "GROUP", "LIMIT", "TABLE", "USER"}
)
FOLDERS = ("policies/", "conditions/")
"""Folders of a programme that hold rules; other files are not for this reader."""


def load_rules(texts: Mapping[str, str]) -> RuleBook:
    r"""Read the rules among a programme's files.

    texts: relative path → content, as `io.programme_files` gives them: ``inputs.toml``,
    ``policies/*.toml``, ``conditions/*.toml``. Raises `DefinitionsError` with every fault; nothing
    is half-loaded.

    >>> load_rules({"inputs.toml": '[age]\ntype = "nmber"'})
    Traceback (most recent call last):
    townworks.errors.DefinitionsError: The definitions have 5 faults; nothing of them was used.
      inputs.toml: age.subject: is missing
      inputs.toml: age.type: is 'nmber'; did you mean 'number'?
      inputs.toml: age.unit: is missing
      inputs.toml: age.label.en: translation is missing
      inputs.toml: age.label.zh: translation is missing
    """
    faults = Faults()
    inputs = _inputs(texts.get("inputs.toml", ""), faults)
    read = {p: read_toml(t, p, faults) for p, t in sorted(texts.items()) if p.startswith(FOLDERS)}
    files = [_File(Table(top, path, "", faults), inputs) for path, top in read.items() if top]
    rules: dict[str, Rule] = {}
    for file in files:
        for rule in file.rules():
            if rule.id in rules:
                other = rules[rule.id].scheme.file
                faults.add(rule.scheme.file, rule.key, f"stands in {other} too; give it another id")
            rules[rule.id] = rule
    caps = tuple(limit for file in files for limit in file.limits("caps"))
    budgets = tuple(limit for file in files for limit in file.limits("budgets"))
    book = RuleBook(inputs, rules, caps, budgets)
    check_book(book, faults)
    if faults.found:
        raise DefinitionsError(faults.found)
    return book


def _inputs(text: str, faults: Faults) -> dict[str, Input]:
    top = Table(read_toml(text, "inputs.toml", faults), "inputs.toml", "", faults)
    return {name: _input(name, top.table(name)) for name in top.content}


def _input(name: str, table: Table) -> Input:
    table.only("subject", "type", "unit", "label", "values", "signed")
    subject = table.choice("subject", SUBJECTS)
    kind = table.choice("type", ("number", "date", "boolean", "text"))
    unit = table.text("unit") if kind == "number" and "type" in table.content else ""
    if unit:
        try:
            dimension(unit)
        except ValueError as error:
            table.fault("unit", str(error))
            unit = "count"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        table.fault("", "is no name for an input; use small letters, digits and _")
    elif name in TAKEN or name.upper() in WORDS_OF_SQL:
        table.fault("", "is a name that has a meaning of its own; use another")
    label, values = table.words("label"), table.texts("values")
    signed = table.flag("signed")
    return Input(name, subject, kind, unit or "count", label, values, signed)  # type: ignore[arg-type]


@dataclass
class _File:
    """One file of rules while it is read."""

    top: Table
    inputs: Mapping[str, Input]

    def __post_init__(self) -> None:
        """Read what the whole file shares: the scheme, its parameters, the names in force."""
        self.top.only("scheme", "parameters", "rules", "caps", "budgets")
        self.scheme = self._scheme(self.top.table("scheme"))
        source = self.scheme.source
        self.parameters = {
            n: read_parameter(n, t, source) for n, t in self.top.tables("parameters")
        }
        for name in self.parameters.keys() & self.inputs.keys():
            self.top.fault(f"parameters.{name}", "is the name of an input too; rename one")
        self.kinds = {n: input_kind(i) for n, i in self.inputs.items()}
        self.kinds |= {n: parameter_kind(p) for n, p in self.parameters.items()}
        self.kinds[AS_OF] = Kind("date")

    def _scheme(self, table: Table) -> Scheme:
        named = ("title", "grantor", "payer", "source", "from", "to")
        table.only(*named, "towns", "counties", "prefectures", "note")
        first, last = self._days(table, None, None)
        places = [p for n in ("towns", "counties", "prefectures") for p in table.texts(n)]
        title, grantor = table.words("title"), table.words("grantor")
        payer = table.choice("payer", PAYERS, None if self._grants() else "province")
        source = table.text("source")
        return Scheme(self.top.file, title, grantor, payer, source, first, last, frozenset(places))

    def _grants(self) -> bool:
        return self.top.file.startswith("policies/")

    def _days(
        self, table: Table, first: date | None, last: date | None
    ) -> tuple[date, date | None]:
        begin, end = table.day("from", first), table.day("to", last)
        if begin is None:
            table.fault("from", "is missing; write the first day it holds: from = 2015-06-04")
        begin = begin or date(1, 1, 1)
        if end is not None and end < begin:
            table.fault("to", f"is {end}, before from = {begin}")
        return begin, end

    def rules(self) -> list[Rule]:
        """Read every rule of the file."""
        return [self._rule(name, table) for name, table in self.top.tables("rules")]

    def _rule(self, name: str, table: Table) -> Rule:
        table.only(
            *("title", "what", "subject", "source", "from", "to", "unit", "period", "ceiling"),
            *("eligible", "amount", "continuing", "clawback", "excludes"),
        )
        first, last = self._days(table, self.scheme.first, self.scheme.last)
        unit = self._unit(table)
        return Rule(
            id=name,
            scheme=self.scheme,
            title=table.words("title"),
            what=table.words("what"),
            subject=table.choice("subject", SUBJECTS),  # type: ignore[arg-type]
            source=table.text("source", self.scheme.source),
            first=first,
            last=last,
            unit=unit,
            period=table.choice("period", PERIODS, "once"),
            ceiling=table.flag("ceiling"),
            clauses=self._clauses(table, "eligible"),
            amount=self._number(table, "amount", unit),
            continuing=self._clauses(table, "continuing"),
            clawback=self._number(table, "clawback", unit),
            excludes=frozenset(table.texts("excludes")),
            parameters=self.parameters,
        )

    def _unit(self, table: Table) -> str | None:
        if "unit" not in table.content:
            return None
        unit = table.text("unit") or "count"
        try:
            dimension(unit)
        except ValueError as error:
            table.fault("unit", str(error))
            return "count"
        return unit

    def _clauses(self, table: Table, part: str) -> tuple[Clause, ...]:
        clauses = []
        for number, row in enumerate(table.rows(part), start=1):
            row.only("sql", "en", "zh")
            words = row.own_words()
            self._check_words(row, words)
            found = self._expression(row, "sql", Kind("boolean"))
            if found is not None:
                clauses.append(Clause(number, found, words))
        return tuple(clauses)

    def _check_words(self, row: Table, words: Mapping[str, str]) -> None:
        for language, text in words.items():
            for name in re.findall(r"\{(.*?)\}", text):
                if name not in self.parameters:
                    row.fault(language, f"puts in '{{{name}}}', which is no parameter of the file")
            if re.search(r"[{}]", re.sub(r"\{\w+\}", "", text)):
                row.fault(language, "has a brace that does not belong to {a_parameter}")

    def _number(self, table: Table, part: str, unit: str | None) -> Expression | None:
        if part not in table.content:
            return None
        if unit is None:
            table.fault(part, 'needs a unit; say what is granted: unit = "cny"')
            return None
        try:
            wanted = Kind("number", dimension(unit))
        except ValueError:  # a fault already kept
            return None
        return self._expression(table, part, wanted)

    def _expression(self, table: Table, name: str, wanted: Kind) -> Expression | None:
        sql = table.text(name)
        if not sql:
            return None
        try:
            found = read_expression(sql, self.kinds)
        except ExpressionError as fault:
            table.fault(name, str(fault))
            return None
        if (found.kind.type, found.kind.dimension) != (wanted.type, wanted.dimension):
            table.fault(name, f"yields {found.kind}, where {wanted} is needed")
        return found

    def limits(self, part: str) -> list[Limit]:
        """Read ``[caps.…]`` or ``[budgets.…]``."""
        return [self._limit(part, name, table) for name, table in self.top.tables(part)]

    def _limit(self, part: str, name: str, table: Table) -> Limit:
        budget = ("when_short",) if part == "budgets" else ()
        table.only("title", "rules", "per", "limit", *budget)
        short = table.choice("when_short", ("queue", "pro_rata")) if budget else ""
        limit = self._limit_expression(table)
        return Limit(
            id=name,
            file=self.top.file,
            title=table.words("title"),
            rules=frozenset(table.texts("rules")),
            per=table.choice("per", ("year", "lifetime")),  # type: ignore[arg-type]
            limit=limit,
            parameters=self.parameters,
            when_short=short,
        )

    def _limit_expression(self, table: Table) -> Expression:
        sql = table.text("limit")
        kinds = {name: parameter_kind(p) for name, p in self.parameters.items()}
        try:
            return read_expression(sql or "0", kinds)
        except ExpressionError as fault:
            table.fault("limit", f"{fault} (a limit uses parameters only)")
            return read_expression("0", {})
