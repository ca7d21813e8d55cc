"""The verbs of `programme`: show it, list its towns and inputs, check it with its cases."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from townworks.chains import load_chains
from townworks.errors import InputNotFoundError
from townworks.io import copy_programme, find_programme
from townworks.report import accounts_text, programme_text, record_text, town_text, towns_text
from townworks.rules import RuleBook, coverage, read_cases, run_cases
from townworks.rules.cases import Coverage, Failure
from townworks.rules.status import FILE as STATUS
from townworks.rules.status import UNPUBLISHED, parse_machine
from townworks.schema.messages import message
from townworks.workflow.programmes import Programme, find_town, open_programme
from townworks.workflow.record import (
    histories,
    programme_accounts,
    programme_record,
    published_events,
)


def show_programme(name: str | Path, language: str) -> str:
    """Return a programme as text: aims with every wording, towns, rules."""
    programme = open_programme(name)
    text = programme_text(
        programme.profile,
        programme.tables.towns,
        rule_table(programme.book),
        sum(1 for _ in _unsourced(programme.book)),
        language,
    )
    sections = {
        "accounts": accounts_text(programme_accounts(programme), language),
        "record": record_text(programme_record(programme), language),
    }
    lines = [text]
    for key, section in sections.items():
        if section:
            lines += ["", message(f"policies.programme.{key}", language), *section]
    return "\n".join(lines)


def show_town(name: str | Path, town: str, language: str) -> str:
    """Return what is published of one town: figures by scope, grades, namings."""
    programme = open_programme(name)
    row = find_town(programme, town)
    tables, town_id = programme.tables, row["town_id"]
    anchors = tables.anchors.filter(pl.col("town_id") == town_id)
    names = [
        r[f"enterprise_{language}"] or r["enterprise_en"] for r in anchors.iter_rows(named=True)
    ]
    history: list[str] = []
    if STATUS in programme.texts and row["name_zh"] in published_events(programme):
        history = show_history(name, str(row["name_zh"]), language).splitlines()[1:]
    sector = programme.profile.sectors.get(str(row["sector"]), {}).get(language, str(row["sector"]))
    figures = tables.figures.filter(pl.col("town_id") == town_id)
    return town_text(row, sector, names, figures, history, language)


def show_history(name: str | Path, town: str | None, language: str) -> str:
    """Return the published history of a town, or of all, with what no source explains."""
    programme = open_programme(name)
    machine = parse_machine(programme.texts.get(STATUS, ""))
    lines = []
    for each, changes in histories(programme, town).items():
        lines.append(each)
        for change in changes:
            cause = message("status.unpublished", language)
            if change.cause != UNPUBLISHED:
                cause = machine.say(change.cause, language)
            state = machine.states[change.to].title[language]
            when = change.year if change.year is not None else change.on
            told = {"when": when, "cause": cause, "state": state, "source": change.source}
            lines.append("  " + message("status.change", language, **told))
    return "\n".join(lines)


def show_towns(name: str | Path, language: str) -> str:
    """Return the towns, a line each."""
    programme = open_programme(name)
    return towns_text(programme.profile, programme.tables.towns, language)


def copy_to(name: str | Path, folder: Path) -> int:
    """Copy a programme into a new folder, to be changed there; return the number of files."""
    return copy_programme(find_programme(name), folder)


def show_inputs(name: str | Path, language: str) -> str:
    """Return what rules may ask for, a line each."""
    book = open_programme(name).book
    return "\n".join(
        message(
            "policies.programme.input_line",
            language,
            name=entry.name,
            kind=entry.unit if entry.type == "number" else entry.type,
            label=entry.label[language],
            values=f" ({', '.join(entry.values)})" if entry.values else "",
            subject=entry.subject,
        )
        for entry in book.inputs.values()
    )


def rule_table(book: RuleBook) -> pl.DataFrame:
    """Rules as a table: rule_id, file, scheme_en, scheme_zh, payer, unit."""
    rows = [
        (r.id, r.scheme.file, r.scheme.title["en"], r.scheme.title["zh"], r.scheme.payer, r.unit)
        for r in book.rules.values()
    ]
    names = ("rule_id", "file", "scheme_en", "scheme_zh", "payer", "unit")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _unsourced(book: RuleBook) -> Iterator[str]:
    seen = set()
    for rule in book.rules.values():
        for parameter in rule.parameters.values():
            sources = (value.source for value in parameter.values)
            key = (rule.scheme.file, parameter.name)
            if key not in seen and any(s.startswith(("unsourced", "ours")) for s in sources):
                seen.add(key)
                yield parameter.name


@dataclass(frozen=True)
class Checked:
    """What a check found: rules, cases, failures, and what the cases prove."""

    rules: int
    cases: int
    failures: tuple[Failure, ...]
    coverage: Coverage

    def account(self, language: str) -> str:
        """Say it line by line."""
        proved = self.coverage
        counts = {"rules": self.rules, "cases": self.cases, "failures": len(self.failures)}
        share = f"{proved.share:.1%}"
        lines = [
            message("policies.check.rules", language, **counts),
            message("policies.check.clauses", language, share=share, clauses=proved.clauses),
        ]
        lines += [f"  {failure}" for failure in self.failures]
        for part, keys in (
            ("one_sided", proved.one_sided),
            ("idle", proved.idle),
            ("beyond", proved.beyond),
        ):
            lines += [
                "  " + message(f"policies.check.{part}", language, name=name) for name in keys
            ]
        lines += [f"  {line}" for line in proved.untested]
        return "\n".join(lines)


def check_programme(name: str | Path, cases: Path | None = None) -> Checked:
    """Load a programme, its chains too, and run its cases: of a folder, or of its own `cases/`.

    Raises `DefinitionsError` with every fault, `InputNotFoundError` for a folder without cases.
    """
    programme = open_programme(name)
    load_chains(programme.texts)
    found = read_cases(_case_texts(programme, cases), programme.book)
    failures = tuple(run_cases(programme.book, found))
    return Checked(len(programme.book.rules), len(found), failures, coverage(programme.book, found))


def _case_texts(programme: Programme, folder: Path | None) -> dict[str, str]:
    if folder is None:
        return {p: text for p, text in programme.texts.items() if p.startswith("cases/")}
    files = sorted(folder.rglob("*.toml")) if folder.is_dir() else []
    if not files:
        raise InputNotFoundError(folder, "holds no case file (*.toml)")
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in files}
