"""The verb `policies`: who qualifies for what, how much, and what it costs whom."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from townworks.errors import RequestError
from townworks.io import TableSink, check_suffix
from townworks.rules import RuleBook, allocate, budget_limit, compare, costs, verdicts
from townworks.rules.book import SUBJECTS
from townworks.schema.verdicts import Change, Cost, Verdict
from townworks.workflow.placing import IN_A_YEAR, entitlements
from townworks.workflow.programmes import Programme, open_programme
from townworks.workflow.runs import Run, run_of, write_named, write_run
from townworks.workflow.subjects import MONEY, Known, Part, given, parts, read_known


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

    read = kept + rejected. entitlements: of a subject whose town is not known, those in the town
    that gives most. towns: what each town would give it in the first year, the best first
    (subject_id, town_id, name_en, name_zh, entitled, rules). costs: of subjects in a town.
    payments: what each budget pays of what was entitled, where a budget covers the rule.
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
    payments: pl.DataFrame
    titles: Mapping[str, Mapping[str, str]]
    currency: str
    run: Run
    unused: tuple[str, ...] = ()


def policies(
    subjects: Path | Mapping[str, object], options: PolicyOptions, out: Path | None = None
) -> PolicyResult:
    """Judge a file of subjects (or one, given as a mapping) by a programme's instruments.

    out: file for every verdict (table `schema.Verdict`), written as it comes. Raises what
    `open_programme` and `io.read_subjects` do, `RequestError` for an unknown town or subject.
    """
    if options.subject not in SUBJECTS:
        problem = f"There is no subject '{options.subject}'"
        raise RequestError(problem, f"Use {', '.join(SUBJECTS)}.")
    programme = open_programme(options.programme)
    known = _known(subjects, programme, options)
    cut = list(parts(known, programme, options.subject, options.town))
    with TableSink(out) if out is not None else nullcontext() as sink:
        outcomes, eligible = _judged(cut, options.on, sink)
    run = _run(subjects, options, programme, known)
    if out is not None:
        write_run(out, run)
    entitled, towns = entitlements(programme, cut, eligible, options.on)
    return PolicyResult(
        known.read,
        known.read - known.rejected,
        known.rejected,
        outcomes,
        eligible,
        entitled,
        towns,
        _costs(programme.book, cut, options),
        _changes(known, entitled, options),
        _payments(programme.book, entitled, known, options.on),
        {rule.id: rule.title for rule in programme.book.rules.values()},
        programme.book.currency,
        run,
        known.unused,
    )


def write_policies(result: PolicyResult, places: Mapping[str, Path | None]) -> list[Path]:
    """Write `entitlements`, `towns`, `costs`, `changes`, `payments` to the places named."""
    return write_named(result, places, result.run)


def check_tables(*paths: Path | None, inputs: Iterable[Path | None] = ()) -> None:
    """Raise `RequestError` before long work if a table could not be written to a path.

    Nor may two tables go to one place, or one over its own input.
    """
    taken = {path.resolve(): "it is read from" for path in inputs if path is not None}
    for path in filter(None, paths):
        check_suffix(path)
        if path.resolve() in taken:
            problem = f"{path} is to be written, and {taken[path.resolve()]} as well"
            raise RequestError(problem, "Name another place.")
        taken[path.resolve()] = "another table goes there"


def _run(
    subjects: Path | Mapping[str, object],
    options: PolicyOptions,
    programme: Programme,
    known: Known,
) -> Run:
    given = {} if isinstance(subjects, Path) else {"given": dict(subjects)}
    rows = {"read": known.read, "rejected": known.rejected}
    more = {"programme_sha256": programme.digest, "rows": rows, **given}
    return run_of([subjects] if isinstance(subjects, Path) else [], options, more)


def _known(
    subjects: Path | Mapping[str, object], programme: Programme, options: PolicyOptions
) -> Known:
    if isinstance(subjects, Path):
        return read_known(subjects, programme, options.rejects)
    return given(subjects, programme)


def _judged(
    cut: Iterable[Part], on: date, sink: TableSink | None
) -> tuple[Counter[str], pl.DataFrame]:
    """Count the outcomes, write every verdict, keep those of the eligible."""
    counts: Counter[str] = Counter()
    kept: list[pl.DataFrame] = [Verdict.create_empty()]
    for frame in _frames(cut, on):
        for outcome, count in frame["outcome"].value_counts().iter_rows():
            counts[str(outcome)] += count
        if sink is not None:
            sink.add(frame)
        kept.append(frame.filter(pl.col("outcome") == "eligible"))
    return counts, pl.concat(kept)


def _frames(cut: Iterable[Part], on: date) -> Iterator[pl.DataFrame]:
    for part in cut:
        yield from verdicts(part.rules, part.subjects, on)


def _costs(book: RuleBook, cut: Iterable[Part], options: PolicyOptions) -> pl.DataFrame:
    """Sum the costs of all parts whose town is known: where nobody is, nobody pays."""
    placed = [part for part in cut if part.town_id is not None]
    frames = [costs(book, p.rules, p.subjects, options.on, options.years) for p in placed]
    every = pl.concat([Cost.create_empty(), *frames])
    sums = every.group_by("payer", "year", "begins", "unit").agg(
        pl.col("entitled", "of_which_ceiling", "subjects", "undecided").sum()
    )
    return Cost.cast(sums).sort("payer", "unit", "year")


def _changes(known: Known, before: pl.DataFrame, options: PolicyOptions) -> pl.DataFrame:
    """Compare with another version of the programme, over the same subjects."""
    if options.compare is None:
        return Change.create_empty()
    other = open_programme(options.compare)
    cut = list(parts(known, other, options.subject, options.town))
    _, eligible = _judged(cut, options.on, None)
    after, _ = entitlements(other, cut, eligible, options.on)
    return compare(before, after)


def _payments(book: RuleBook, entitled: pl.DataFrame, known: Known, on: date) -> pl.DataFrame:
    """What each budget pays of a year's entitlements; a queue goes by `applied_on`."""
    times = pl.col("period").cast(pl.String).replace_strict(IN_A_YEAR, return_dtype=pl.Int64)
    wanted = entitled.filter(pl.col("entitled") > 0).select(
        "subject_id", "rule_id", (pl.col("entitled") * times).cast(MONEY)
    )
    if "applied_on" in known.frame.columns:
        applied = known.frame.select("subject_id", "applied_on")
        wanted = wanted.join(applied, on="subject_id", how="left")
    frames = []
    for budget in book.budgets:
        requests = wanted.filter(pl.col("rule_id").is_in(sorted(budget.rules)))
        if requests.height:
            paid = allocate(requests, budget_limit(budget, on), budget.when_short)
            frames.append(paid.with_columns(pl.lit(budget.id).alias("budget_id")))
    names = ("budget_id", "subject_id", "rule_id", "entitled", "paid", "short")
    types = {n: MONEY if n in names[3:] else pl.String for n in names}
    return pl.concat([pl.DataFrame(schema=types), *(f.select(names) for f in frames)])
