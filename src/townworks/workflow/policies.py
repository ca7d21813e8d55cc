"""The verb `policies`: who qualifies for what, how much, and what it costs whom."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from townworks.errors import RequestError
from townworks.io import (
    RejectSink,
    SubjectColumn,
    TableSink,
    check_suffix,
    read_subjects,
    write_table,
)
from townworks.rules import Rule, RuleBook, Subjects, combine, compare, costs, input_type, verdicts
from townworks.rules.book import SUBJECTS
from townworks.schema.messages import LANGUAGES
from townworks.schema.verdicts import Change, Verdict
from townworks.workflow.programmes import Programme, find_town, open_programme

MONEY = pl.Decimal(38, 2)
TOWN_COLUMNS = ("sector", "county_code")
"""What a town's row says by itself; rules may use it for whoever is in the town."""


@dataclass(frozen=True)
class PolicyOptions:
    """What is asked: which programme, town (None: all), day, subject; and what to compare with."""

    programme: str | Path
    on: date
    town: str | None = None
    subject: str = "enterprise"
    years: int = 5
    compare: Path | None = None
    rejects: Path | None = None


@dataclass(frozen=True)
class PolicyResult:
    """What came out; `verdicts` holds the rows of the eligible only, the file has all.

    read = kept + rejected. towns: for each subject and town, what the best combination there is
    worth in the first year (table with town_id, subject_id, entitled, rules), the best first.
    """

    read: int
    kept: int
    rejected: int
    outcomes: Counter[str]
    verdicts: pl.DataFrame
    entitlements: pl.DataFrame
    towns: pl.DataFrame
    costs: pl.DataFrame
    changes: pl.DataFrame
    titles: Mapping[str, Mapping[str, str]]
    currency: str
    unused: tuple[str, ...] = ()


def policies(
    subjects: Path | Mapping[str, object], options: PolicyOptions, out: Path | None = None
) -> PolicyResult:
    """Judge a file of subjects (or one, given as a mapping) by a programme's instruments.

    out: file for every verdict (table `schema.Verdict`), written as it comes. Raises what
    `open_programme` and `io.read_subjects` do, `RequestError` for an unknown town or subject.
    """
    if options.subject not in SUBJECTS:
        raise RequestError(
            f"There is no subject '{options.subject}'", f"Use {', '.join(SUBJECTS)}."
        )
    programme = open_programme(options.programme)
    rules = applicable(programme, options)
    with ExitStack() as stack:
        known, counts, unused = _known(subjects, programme, options, stack)
        sink = stack.enter_context(TableSink(out)) if out is not None else None
        judged = _judged(rules, known, options.on, sink)
    entitled = combine(programme.book, judged.eligible, options.on)
    return PolicyResult(
        *counts,
        judged.outcomes,
        judged.eligible,
        entitled,
        _towns(programme, rules, judged.eligible, options),
        costs(programme.book, rules, known, options.on, options.years),
        _changes(programme.book, known, entitled, options),
        {rule.id: rule.title for rule in programme.book.rules.values()},
        programme.book.currency,
        unused,
    )


def write_policies(result: PolicyResult, places: Mapping[str, Path | None]) -> list[Path]:
    """Write `entitlements`, `towns`, `costs` and `changes` to the places named; return these."""
    return write_named(result, places)


def write_named(result: object, places: Mapping[str, Path | None]) -> list[Path]:
    """Write the tables of a result to the places named after them; return these."""
    written = []
    for name, path in places.items():
        if path is not None:
            write_table(getattr(result, name), path)
            written.append(path)
    return written


def check_tables(*paths: Path | None) -> None:
    """Raise `RequestError` before long work if a table could not be written to a path."""
    for path in filter(None, paths):
        check_suffix(path)


def applicable(programme: Programme, options: PolicyOptions) -> tuple[Rule, ...]:
    """Instruments for the subject, in the town asked for or anywhere."""
    rules = programme.book.instruments(options.subject)
    if options.town is None:
        return rules
    town = find_town(programme, options.town)
    return tuple(rule for rule in rules if _covers(rule, town))


def _covers(rule: Rule, town: Mapping[str, object]) -> bool:
    code = town["county_code"]
    return rule.scheme.covers(str(town["town_id"]), str(code) if code else None)


def subject_columns(book: RuleBook) -> list[SubjectColumn]:
    """Columns a file of subjects may have: each input by its name or its labels."""
    return [
        SubjectColumn(
            name,
            tuple(entry.label[language] for language in LANGUAGES),
            input_type(entry),
            entry.values,
            is_share=entry.unit == "share",
        )
        for name, entry in book.inputs.items()
    ]


def _known(
    subjects: Path | Mapping[str, object],
    programme: Programme,
    options: PolicyOptions,
    stack: ExitStack,
) -> tuple[Subjects, tuple[int, int, int], tuple[str, ...]]:
    """Subjects with what is known of them; the count read, kept, rejected; headers not used."""
    if not isinstance(subjects, Path):
        frame = _one(subjects, programme.book)
        return Subjects.of(_placed(frame, programme, options), programme.book.inputs), (1, 1, 0), ()
    columns = subject_columns(programme.book)
    extra = [
        SubjectColumn("capital", (), MONEY),
        SubjectColumn("capital_currency", (), pl.String),
        SubjectColumn("town_id", (), pl.String),
    ]
    names = {column.name for column in columns}
    file = read_subjects(subjects, [*columns, *(e for e in extra if e.name not in names)])
    sink = stack.enter_context(RejectSink(options.rejects))
    sink.add(file.rejects)
    frame = _placed(_with_capital(file.kept, programme.book), programme, options)
    counts = (file.read, file.kept.height, file.rejects.height)
    return Subjects.of(frame, programme.book.inputs), counts, file.unused


def _one(given: Mapping[str, object], book: RuleBook) -> pl.DataFrame:
    """One subject from names and texts, read as a file's cells are."""
    from tempfile import TemporaryDirectory

    unknown = sorted(given.keys() - book.inputs.keys() - {"town_id"})
    if unknown:
        raise RequestError(
            f"No rule asks for {', '.join(unknown)}",
            "townworks programme inputs lists what may be given.",
        )
    with TemporaryDirectory() as folder:
        path = Path(folder, "given.csv")
        row = {"subject_id": "given", **{name: str(value) for name, value in given.items()}}
        pl.DataFrame([row]).write_csv(path)
        file = read_subjects(path, subject_columns(book))
    if file.rejects.height:
        fault = file.rejects.row(0, named=True)
        entry = book.inputs.get(fault["field"] or "")
        wanted = f"It is a {entry.type}" if entry else "Check it"
        choice = f": {', '.join(entry.values)}" if entry and entry.values else ""
        raise RequestError(f"{fault['field']} is '{fault['detail']}'", f"{wanted}{choice}.")
    return file.kept


def _with_capital(frame: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """Registered capital in CNY from a registry's capital and currency; others stay not known."""
    there = {"capital", "capital_currency"} <= set(frame.columns)
    if "capital_cny" not in book.inputs or "capital_cny" in frame.columns or not there:
        return frame
    capital = pl.when(pl.col("capital_currency") == "CNY").then("capital")
    return frame.with_columns(capital.alias("capital_cny"))


def _placed(frame: pl.DataFrame, programme: Programme, options: PolicyOptions) -> pl.DataFrame:
    """Add what the town's row says: for the town asked for, or the town each row names."""
    wanted = [name for name in TOWN_COLUMNS if name in programme.book.inputs]
    towns = programme.tables.towns.select("town_id", *wanted)
    if options.town is not None:
        town = find_town(programme, options.town)
        frame = frame.with_columns(pl.lit(town["town_id"]).alias("town_id"))
    elif options.subject == "town" and "town_id" not in frame.columns:
        frame = frame.with_columns(pl.col("subject_id").alias("town_id"))
    if "town_id" not in frame.columns:
        return frame
    joined = frame.join(towns, on="town_id", how="left", suffix=":town", maintain_order="left")
    both = [name for name in wanted if f"{name}:town" in joined.columns]
    own_first = [pl.coalesce(name, f"{name}:town").alias(name) for name in both]
    return joined.with_columns(own_first)


@dataclass(frozen=True)
class _Judged:
    """Outcomes counted, and the verdicts that a combination can be made of or that are open."""

    outcomes: Counter[str]
    eligible: pl.DataFrame


def _judged(rules: Sequence[Rule], known: Subjects, on: date, sink: TableSink | None) -> _Judged:
    counts: Counter[str] = Counter()
    kept = []
    for frame in _counted(verdicts(rules, known, on), counts):
        if sink is not None:
            sink.add(frame)
        kept.append(frame.filter(pl.col("outcome") == "eligible"))
    empty = Verdict.create_empty()
    return _Judged(counts, pl.concat(kept) if kept else empty)


def _counted(frames: Iterator[pl.DataFrame], counts: Counter[str]) -> Iterator[pl.DataFrame]:
    for frame in frames:
        for outcome, count in frame["outcome"].value_counts().iter_rows():
            counts[str(outcome)] += count
        yield frame


def _towns(
    programme: Programme, rules: Sequence[Rule], eligible: pl.DataFrame, options: PolicyOptions
) -> pl.DataFrame:
    """What each town would give each subject; towns under the same schemes are weighed once."""
    empty = pl.DataFrame(
        schema={
            "subject_id": pl.String,
            "town_id": pl.String,
            "entitled": MONEY,
            "rules": pl.String,
        }
    )
    if options.town is not None or options.subject == "town":
        return empty
    same: dict[tuple[str, ...], list[str]] = {}
    for town in programme.tables.towns.iter_rows(named=True):
        held = tuple(rule.id for rule in rules if _covers(rule, town))
        same.setdefault(held, []).append(str(town["town_id"]))
    frames = []
    for held, town_ids in same.items():
        mine = eligible.filter(pl.col("rule_id").cast(pl.String).is_in(held))
        found = combine(programme.book, mine, options.on)
        if found.height:
            sums = _worth(found, programme.book.currency)
            frames.append(sums.join(pl.DataFrame({"town_id": town_ids}), how="cross"))
    if not frames:
        return empty
    order = ["subject_id", "entitled", "town_id"]
    return pl.concat(frames).select(empty.columns).sort(order, descending=[False, True, False])


def _worth(entitled: pl.DataFrame, currency: str) -> pl.DataFrame:
    """Money of the first year of each subject, and the rules it comes from."""
    times = (
        pl.col("period")
        .cast(pl.String)
        .replace_strict({"once": 1, "year": 1, "month": 12}, return_dtype=pl.Int64)
    )
    taken = entitled.filter(pl.col("standing") != "excluded")
    money = pl.when(pl.col("unit") == currency).then(pl.col("entitled") * times).otherwise(0)
    return taken.group_by("subject_id", maintain_order=True).agg(
        money.sum().cast(MONEY).alias("entitled"),
        pl.col("rule_id").str.join(", ").alias("rules"),
    )


def _changes(
    book: RuleBook, known: Subjects, before: pl.DataFrame, options: PolicyOptions
) -> pl.DataFrame:
    """Compare with another version of the programme, over the same subjects."""
    if options.compare is None:
        return Change.create_empty()
    other = open_programme(options.compare)
    rules = applicable(other, options)
    missing = sorted(other.book.inputs.keys() - book.inputs.keys())
    frame = known.frame.with_columns(pl.lit(None).alias(name) for name in missing)
    subjects = Subjects.of(frame, other.book.inputs)
    judged = _judged(rules, subjects, options.on, None)
    return compare(before, combine(other.book, judged.eligible, options.on))
