"""Files of subjects for the rules: read, placed in their towns, with what a registry tells."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from townworks.errors import RequestError
from townworks.io import RejectSink, SubjectColumn, read_subjects
from townworks.rules import Rule, RuleBook, Subjects, input_type
from townworks.schema import Reject
from townworks.schema.messages import LANGUAGES
from townworks.workflow.programmes import NAMES, Programme, find_town

MONEY = pl.Decimal(38, 2)
TOWN_COLUMNS = ("sector", "county_code")
"""What a town's row says by itself; rules may use it for whoever is in the town."""
EXTRA = (
    SubjectColumn("capital", (), MONEY),
    SubjectColumn("capital_currency", (), pl.String),
    SubjectColumn("town_id", (), pl.String),
    SubjectColumn("applied_on", ("申请日期",), pl.Date),
    SubjectColumn("year_ends", ("年末",), pl.Date),
)
"""Columns that no rule asks for and that still count."""


@dataclass(frozen=True)
class Known:
    """Subjects and what is known of them: a column an input, `town_id` and `applied_on`.

    read = kept + rejected. unused: headers that mean nothing here.
    """

    frame: pl.DataFrame
    read: int
    rejected: int
    unused: tuple[str, ...] = ()


def read_known(
    path: Path, programme: Programme, rejects: Path | None, identity: tuple[str, ...] = ()
) -> Known:
    """Read a file of subjects; rejected rows go to `rejects` with their reason.

    A registry as `townworks read` writes it serves as it is: registered capital in CNY is taken
    from its capital and currency.
    """
    columns = subject_columns(programme.book)
    names = {column.name for column in columns}
    file = read_subjects(path, [*columns, *(e for e in EXTRA if e.name not in names)], identity)
    kept, lost = _in_known_towns(file.kept, programme, path)
    with RejectSink(rejects) as sink:
        sink.add(file.rejects)
        sink.add(lost)
    frame = _with_capital(kept, programme.book)
    return Known(frame, file.read, file.rejects.height + lost.height, file.unused)


def _in_known_towns(
    frame: pl.DataFrame, programme: Programme, path: Path
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Turn names of towns into ids; reject rows of towns that the programme does not have."""
    if "town_id" not in frame.columns:
        return frame, Reject.create_empty()
    towns = programme.tables.towns
    ids = {
        str(name).lower(): town
        for column in reversed(NAMES)
        for name, town in zip(towns[column], towns["town_id"], strict=True)
    }
    named = pl.col("town_id").str.to_lowercase().replace_strict(ids, default=None)
    unknown = pl.col("town_id").is_not_null() & named.is_null()
    lost = frame.filter(unknown).select(
        pl.lit(str(path)).alias("file"),
        pl.col("line"),
        pl.lit("unknown_town").alias("reason"),
        pl.lit("town_id").alias("field"),
        pl.col("town_id").alias("detail"),
        pl.col("subject_id").alias("raw"),
    )
    return frame.filter(~unknown).with_columns(named.alias("town_id")), Reject.cast(lost)


def given(values: Mapping[str, object], programme: Programme) -> Known:
    """Take one subject from names and texts, read as a file's cells are.

    Raises `RequestError` for a name that no rule asks for or a value that cannot be understood.
    """
    book = programme.book
    unknown = sorted(values.keys() - book.inputs.keys() - {"town_id"})
    if unknown:
        problem = f"No rule asks for {', '.join(unknown)}"
        raise RequestError(problem, "townworks programme inputs lists what may be given.")
    with TemporaryDirectory() as folder:
        path = Path(folder, "given.csv")
        row = {"subject_id": "given", **{name: str(value) for name, value in values.items()}}
        pl.DataFrame([row]).write_csv(path)
        file = read_subjects(path, [*subject_columns(book), EXTRA[2]])
    if file.rejects.height:
        fault = file.rejects.row(0, named=True)
        entry = book.inputs[fault["field"]]
        choice = f": {', '.join(entry.values)}" if entry.values else ""
        raise RequestError(f"{entry.name} is '{fault['detail']}'", f"It is a {entry.type}{choice}.")
    return Known(file.kept, 1, 0)


def subject_columns(book: RuleBook) -> list[SubjectColumn]:
    """Columns a file of subjects may have: each input by its name or its labels."""
    return [
        SubjectColumn(
            name,
            tuple(entry.label[language] for language in LANGUAGES),
            input_type(entry),
            entry.values,
            is_share=entry.unit == "share",
            signed=entry.signed,
        )
        for name, entry in book.inputs.items()
    ]


@dataclass(frozen=True)
class Part:
    """Subjects that the same rules are open to; town_id: where they are (None: not known)."""

    rules: tuple[Rule, ...]
    subjects: Subjects
    town_id: str | None


def parts(known: Known, programme: Programme, subject: str, town: str | None) -> Iterator[Part]:
    """Split subjects by the town they are in: only its rules are open to them.

    town: the town asked for, which goes before what rows say. Rows without a town are judged by
    the rules of all. Raises `RequestError` for a town that is none.
    """
    rules = programme.book.instruments(subject)
    frame = placed(known.frame, programme, subject, town)
    towns: list[str | None] = [None]
    if "town_id" in frame.columns:
        towns = frame["town_id"].unique().sort().to_list()
    for each in towns:
        rows = frame
        open_rules = rules
        if each is not None:
            row = find_town(programme, str(each))
            open_rules = tuple(rule for rule in rules if covers(rule, row))
        if "town_id" in frame.columns:
            rows = frame.filter(pl.col("town_id").eq_missing(pl.lit(each)))
        yield Part(open_rules, Subjects.of(rows, programme.book.inputs), each)


def covers(rule: Rule, town: Mapping[str, object]) -> bool:
    """Whether a rule is open in a town (a row of table Town)."""
    code = town["county_code"]
    return rule.scheme.covers(str(town["town_id"]), str(code) if code else None)


def placed(
    frame: pl.DataFrame, programme: Programme, subject: str, town: str | None
) -> pl.DataFrame:
    """Add what the town's row says; what a file says itself goes before."""
    if town is not None:
        frame = frame.with_columns(pl.lit(find_town(programme, town)["town_id"]).alias("town_id"))
    elif subject == "town" and "town_id" not in frame.columns:
        frame = frame.with_columns(pl.col("subject_id").alias("town_id"))
    if "town_id" not in frame.columns:
        return frame
    wanted = [name for name in TOWN_COLUMNS if name in programme.book.inputs]
    towns = programme.tables.towns.select("town_id", *wanted)
    joined = frame.join(towns, on="town_id", how="left", suffix=":town", maintain_order="left")
    both = [name for name in wanted if f"{name}:town" in joined.columns]
    return joined.with_columns(pl.coalesce(name, f"{name}:town").alias(name) for name in both)


def _with_capital(frame: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """Registered capital in CNY from capital and currency; other currencies stay not known."""
    there = {"capital", "capital_currency"} <= set(frame.columns)
    if "capital_cny" not in book.inputs or "capital_cny" in frame.columns or not there:
        return frame
    capital = pl.when(pl.col("capital_currency") == "CNY").then("capital")
    return frame.with_columns(capital.alias("capital_cny"))
