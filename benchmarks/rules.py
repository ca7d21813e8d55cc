"""Seconds and memory of the rule engine, side by side with OpenFisca-Core.

usage: python benchmarks/rules.py [--openfisca PYTHON] [--out rules.md]

1. 1,000,000 enterprises x 20 eligibility rules, counted by us and by OpenFisca-Core; the counts of
   every rule must be the same. PYTHON is an interpreter that has OpenFisca-Core; without it, ours
   alone is timed.
2. 190,000 enterprises x the instruments of the shipped rule book, with reasons, into one file.
   While that book has fewer than 30, also 30 copies of the small rule book of the tests.
3. One sum of money that 32 bits cannot hold.
"""

import argparse
import json
import platform
import runpy
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from decimal import Decimal
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
import polars as pl

from townworks.io import TableSink
from townworks.rules import Rule, RuleBook, Subjects, judge, load_rules, verdicts
from townworks.rules.book import Input
from townworks.rules.judgements import Judgement
from townworks.rules.verdicts import decide, eligibility
from townworks.workflow import open_programme

SCREENED, EXPLAINED, ENOUGH, TIMES = 1_000_000, 190_000, 30, 3
DAY = date(2018, 6, 1)
CODES = tuple(f"c{n}" for n in range(13, 44))  # divisions of manufacturing in GB/T 4754
LARGE, SHARE_KNOWN = 500_000_000_000, 0.3
Frame = dict[str, np.ndarray[Any, Any]]
Asks = dict[str, Any]

SCHEME = """
[scheme]
title = { en = "t", zh = "t" }
grantor = { en = "g", zh = "g" }
payer = "county"
source = "made for a benchmark"
from = 2018-01-01
"""
INPUT = """
[%s]
subject = "enterprise"
type = "%s"
%s
label = { en = "%s", zh = "%s" }
"""
RULE = """
[rules.%s]
title = { en = "t", zh = "t" }
what = { en = "w", zh = "w" }
subject = "enterprise"
%s
"""
CLAUSES = {
    "capital_cny": ("capital_cny >= {}", "cny"),
    "years": ("YEARS_BETWEEN(registered_on, as_of) < {}", "year"),
    "industry": ("industry IN ({})", "text"),
    "staff": ("staff >= {}", "person"),
}
OPENFISCA = """
import datetime, json, sys, time
from importlib.metadata import version
import numpy as np
from openfisca_core.entities import Entity
from openfisca_core.indexed_enums import Enum
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable
data, told = np.load(sys.argv[1]), json.load(open(sys.argv[2]))
MONTH, DAY = told["day"][:7], np.datetime64(told["day"])
Industry = Enum("Industry", {code: code for code in told["codes"]})
enterprise = Entity("enterprise", "enterprises", "an enterprise", "")
enterprise.is_person = True
def variable(name, kind, formula=None, **more):
    more |= {"entity": enterprise, "value_type": kind, "definition_period": DateUnit.MONTH}
    return type(name, (Variable,), more | ({"formula": formula} if formula else {}))
def years(population, period):
    def part(days):
        months = days.astype("datetime64[M]")
        of_year = months.astype(int) % 12 * 100 + (days - months).astype(int)
        return days.astype("datetime64[Y]").astype(int), of_year
    (then, earlier), (now, later) = part(population("registered_on", period)), part(DAY)
    return now - then - (later < earlier)
def listed(industry, codes):
    found = industry == Industry[codes[0]]
    for code in codes[1:]:
        found = found + (industry == Industry[code])
    return found
least = np.greater_equal
TESTS = {"capital_cny": least, "years": np.less, "staff": least, "industry": listed}
def rule(asks):
    def formula(population, period):
        holds = True
        for name, value in asks.items():
            holds = holds * TESTS[name](population(name, period), value)
        return holds
    return formula
def system():
    made = TaxBenefitSystem([enterprise])
    for name, kind in (("capital_cny", float), ("staff", int), ("registered_on", datetime.date)):
        made.add_variable(variable(name, kind))
    first = {"possible_values": Industry, "default_value": Industry[told["codes"][0]]}
    made.add_variable(variable("industry", Enum, **first))
    made.add_variable(variable("years", int, years))
    made.add_variable(variable("one_more", float, lambda p, t: p("capital_cny", t) + 1))
    for name, asks in told["rules"].items():
        made.add_variable(variable(name, bool, rule(asks)))
    return made
def simulation(inputs):
    made = SimulationBuilder().build_default_simulation(system(), len(inputs["capital_cny"]))
    [made.set_input(name, MONTH, values) for name, values in inputs.items()]
    return made
setups, runs = [], []
for _ in range(told["times"]):
    start = time.perf_counter()
    made = simulation({name: data[name] for name in data.files})
    setups.append(time.perf_counter() - start)
    start = time.perf_counter()
    found = {name: made.calculate(name, MONTH) for name in told["rules"]}
    runs.append(time.perf_counter() - start)
sum_of = simulation({"capital_cny": np.array([told["large"]])}).calculate("one_more", MONTH)[0]
counts = {name: int(flags.sum()) for name, flags in found.items()}
print(json.dumps([version("openfisca-core"), counts, min(setups), min(runs), int(sum_of)]))
"""


def main(openfisca: Path | None) -> str:
    """Measure everything and return the page."""
    explained = [row for book in books() for row in explain(book)]
    lines = [
        "# Rules: time and memory\n\nCommand: `python benchmarks/rules.py --openfisca PYTHON`.",
        f"Two-core virtual machine, {platform.machine()}, Python {platform.python_version()},",
        f"polars {pl.__version__}; other work may run beside it: ±30 %.\n",
        *screen(openfisca),
        "\n| verdicts with reasons in both languages | rows | seconds | MB | peak MB |",
        "|---|--:|--:|--:|--:|",
        *explained,
        f"\n{HOW}",
    ]
    return "\n".join(lines)


HOW = f"""\
Screening is the time of `eligibility` and of `calculate` alone, best of {TIMES}, a new simulation
for each, over random enterprises with all inputs known (OpenFisca has no missing values), capital
in whole 10,000 CNY, as registered, which 32 bits compare rightly (they take 399,999.99 for
400,000); OpenFisca uses one core.
Verdicts are timed in fresh processes, best of {TIMES}, from rules and subjects in memory to one
Parquet file in its place: {EXPLAINED:,} enterprises, all with date of registration and capital,
{SHARE_KNOWN:.0%} with all other inputs, most sums different, the worst case for sentences.
*deciding* and *not written* stop before the sentences (rows: the distinct inputs that are decided)
and before the file; peak memory is the process's, from its start.
"""


# 1. Screening


def asked() -> dict[str, Asks]:
    """Twenty different rules: all pairs and triples of four clauses, twice."""
    names = tuple(CLAUSES)
    sets = [c for size in (2, 3) for c in combinations(names, size)] * 2
    values = [
        {
            "capital_cny": 100_000 * (n + 1) ** 2,
            "years": 2 + n,
            "industry": [CODES[(3 * n + step) % len(CODES)] for step in range(3 + n % 4)],
            "staff": 5 + 3 * n,
        }
        for n in range(len(sets))
    ]
    return {f"r{n}": {c: values[n][c] for c in chosen} for n, chosen in enumerate(sets)}


def registry(rng: np.random.Generator, size: int) -> Frame:
    """Columns of enterprises; industry as the number of its code."""
    first, last = (np.datetime64(day).astype(int) for day in ("1990-01-01", "2018-06-01"))
    return {
        "capital_cny": whole(rng, size, 15.0, 10_000),
        "registered_on": rng.integers(first, last, size).astype("datetime64[D]"),
        "industry": rng.integers(0, len(CODES), size),
        "staff": whole(rng, size, 2.5, 1),
    }


def whole(rng: np.random.Generator, size: int, mean: float, step: int) -> Any:  # noqa: ANN401
    """Log-normal whole multiples of a step, at least one; never above a billion."""
    drawn = np.exp(rng.normal(mean, 1.5, size)) / step
    return drawn.round().clip(1, 1_000_000_000 // step).astype(np.int64) * step


def screening_book(rules: dict[str, Asks]) -> RuleBook:
    """Make the same rules in our format, each number a parameter of its rule's name."""
    units = {
        "capital_cny": ("number", 'unit = "cny"'),
        "staff": ("number", 'unit = "person"'),
        "registered_on": ("date", ""),
        "industry": ("text", f"values = {json.dumps(CODES)}"),
    }
    inputs = [INPUT % (name, kind, more, name, name) for name, (kind, more) in units.items()]
    policy = [SCHEME, *(parameters(n, asks) + plain_rule(n, asks) for n, asks in rules.items())]
    return load_rules({"inputs.toml": "".join(inputs), "policies/screen.toml": "".join(policy)})


def parameters(name: str, asks: Asks) -> str:
    """TOML of a rule's parameters."""
    return "".join(
        f'[parameters.{name}_{c}]\ntitle = {{ en = "t", zh = "t" }}\nunit = "{CLAUSES[c][1]}"\n'
        f"values = [{{ from = 2018-01-01, value = {json.dumps(value)} }}]\n"
        for c, value in asks.items()
    )


def plain_rule(name: str, asks: Asks) -> str:
    """TOML of a rule that grants nothing."""
    clauses = [CLAUSES[c][0].format(f"{name}_{c}") for c in asks]
    listed = ", ".join(f'{{ sql = "{sql}", en = "c", zh = "c" }}' for sql in clauses)
    return RULE % (name, f"eligible = [{listed}]")


def screen(openfisca: Path | None) -> list[str]:
    """Time both engines on the same rules and enterprises; the counts must be the same."""
    rules, data = asked(), registry(np.random.default_rng(2015), SCREENED)
    book = screening_book(rules)
    seconds, counts = ours(book, data)
    lines = [
        f"| {SCREENED:,} enterprises x {len(rules)} rules | seconds | set-up, s | 5e11 + 1 CNY |",
        "|---|--:|--:|--:|",
        f"| `rules.verdicts.eligibility` | {seconds:.2f} | | {large_sum():,.2f} |",
    ]
    if openfisca is None:
        return [*lines, "\nOpenFisca-Core was left out: no interpreter was given."]
    name, found, setup, theirs, held = run_openfisca(openfisca, rules, data)
    if different := {n: (counts[n], found[n]) for n in rules if counts[n] != found[n]}:
        raise SystemExit(f"The two engines disagree (ours, theirs): {different}")
    told = f"| OpenFisca-Core {name} | {theirs:.2f} | {setup:.2f} | {held:,} |"
    least, most = min(counts.values()) / SCREENED, max(counts.values()) / SCREENED
    return [*lines, told, f"\nThe same counts of every rule: {least:.1%} to {most:.1%} eligible."]


def ours(book: RuleBook, data: Frame) -> tuple[float, dict[str, int]]:
    """Seconds of `eligibility`, and how many are eligible under each rule."""
    frame = pl.DataFrame({name: data[name] for name in data if name != "industry"})
    frame = frame.with_columns(
        pl.int_range(pl.len()).cast(pl.String).alias("subject_id"),
        pl.Series(CODES).gather(data["industry"]).alias("industry"),
    )
    subjects, rules = Subjects.of(frame, book.inputs), list(book.rules.values())
    seconds = []
    for _ in range(TIMES):
        start = time.perf_counter()
        flags = eligibility(rules, subjects, DAY)
        seconds.append(time.perf_counter() - start)
    return min(seconds), flags.select(pl.col(*book.rules).sum()).row(0, named=True)


def run_openfisca(python: Path, rules: dict[str, Asks], data: Frame) -> Any:  # noqa: ANN401
    """Version, counts, seconds of set-up and of calculation, and the large sum, by OpenFisca."""
    told = {"rules": rules, "codes": CODES, "day": DAY.isoformat(), "times": TIMES, "large": LARGE}
    with TemporaryDirectory() as folder:
        inputs, asks = Path(folder, "inputs.npz"), Path(folder, "rules.json")
        np.savez(inputs, **data)  # type: ignore[arg-type]
        asks.write_text(json.dumps(told), encoding="utf-8")
        command = [str(python), "-c", OPENFISCA, str(inputs), str(asks)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def large_sum() -> Decimal:
    """One yuan more than 500 billion, as a verdict grants it."""
    amount = 'unit = "cny"\nperiod = "once"\namount = "capital_cny + sum_capital_cny"'
    policy = SCHEME + parameters("sum", {"capital_cny": 1}) + RULE % ("sum", amount)
    inputs = INPUT % ("capital_cny", "number", 'unit = "cny"', "capital", "资本")
    book = load_rules({"inputs.toml": inputs, "policies/sum.toml": policy})
    given = pl.DataFrame({"subject_id": ["a"], "capital_cny": [LARGE]})
    found = judge(book.instruments(), Subjects.of(given, book.inputs), DAY)
    return Decimal(found["quantity"].item())


# 2. Verdicts with reasons

Book = Literal["shipped", "small"]
Until = Literal["deciding", "not written", "written"]


def books() -> tuple[Book, ...]:
    """Use the shipped rule book; with too few instruments, also the tests' small one."""
    few = len(instruments("shipped")[0]) < ENOUGH
    return ("shipped", "small") if few else ("shipped",)


def instruments(name: Book) -> tuple[Sequence[Rule], RuleBook]:
    """Instruments for enterprises of a book, those of the small one many times; and the book."""
    if name == "shipped":
        book = open_programme("zhejiang").book
        return book.instruments("enterprise"), book
    path = Path(__file__).parents[1] / "tests/unit/rules/conftest.py"
    book = load_rules(runpy.run_path(str(path))["FILES"])
    return (book.instruments("enterprise") * ENOUGH)[:ENOUGH], book


def explain(book: Book) -> list[str]:
    """Measure a book's verdicts, stopped early and written: rows of the table."""
    lines = []
    names: tuple[Until, ...] = ("deciding", "not written", "written")
    for until in names:
        runs = sorted(fresh(book, until) for _ in range(TIMES))
        seconds, rules, rows, size, _ = runs[0]
        peak = max(run[-1] for run in runs)
        name = f"{book} rule book, {rules} instruments, {until}"
        lines.append(f"| {name} | {rows:,} | {seconds:.2f} | {size:.0f} | {peak:,.0f} |")
    return lines


def fresh(book: Book, until: Until) -> tuple[float, ...]:
    """Measure in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, book, until).result()


def measure(book: Book, until: Until) -> tuple[float, ...]:
    """Seconds from rules and subjects in memory to where it stops; what was made; peak MB."""
    rules, of = instruments(book)
    subjects = enterprises(np.random.default_rng(2015), of)
    start = time.perf_counter()
    rows, size = work(rules, subjects, until)
    return time.perf_counter() - start, len(rules), rows, size / 1e6, peak_megabytes()


def work(rules: Sequence[Rule], subjects: Subjects, until: Until) -> tuple[int, int]:
    """Do the work; rows and bytes of the file."""
    if until == "deciding":
        cases = [Judgement.of(rule, subjects, DAY, "eligible") for rule in rules]
        return sum(decide(case).height for case in cases if case.in_force), 0
    if until == "not written":
        return sum(frame.height for frame in verdicts(rules, subjects, DAY)), 0
    with TemporaryDirectory() as folder:
        path, rows = Path(folder, "verdicts.parquet"), 0
        with TableSink(path) as sink:
            for frame in verdicts(rules, subjects, DAY):
                rows += frame.height
                sink.add(frame)
        return rows, path.stat().st_size


def enterprises(rng: np.random.Generator, book: RuleBook) -> Subjects:
    """Make enterprises: day of registration and capital of all, other inputs of some."""
    known = registry(rng, EXPLAINED)
    some = pl.Series(rng.random(EXPLAINED) < SHARE_KNOWN)
    columns: dict[str, pl.Series] = {}
    for name, entry in book.inputs.items():
        if name in known:
            columns[name] = pl.Series(known[name])
        elif entry.subject == "enterprise":
            columns[name] = values(rng, entry).set(~some, None)
    ids = pl.int_range(EXPLAINED, eager=True).cast(pl.String)
    return Subjects.of(pl.DataFrame({"subject_id": ids, **columns}), book.inputs)


def values(rng: np.random.Generator, entry: Input) -> pl.Series:
    """Random values of an input: money in whole yuan, nearly all different."""
    if entry.type == "boolean":
        return pl.Series(rng.random(EXPLAINED) < 1 / 2)
    if entry.type == "text":
        return pl.Series(rng.choice(entry.values or CODES, EXPLAINED))
    if entry.type == "date":
        return pl.Series(registry(rng, EXPLAINED)["registered_on"])
    return pl.Series(whole(rng, EXPLAINED, 14.0 if entry.unit == "cny" else 5.0, 1))


def peak_megabytes() -> float:
    """Peak resident memory of this process alone: not its parent's, as `getrusage` may tell."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(each for each in status.splitlines() if each.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Seconds and memory of the rule engine.")
    parser.add_argument("--openfisca", type=Path)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    print(page := main(given.openfisca))
    if given.out:
        given.out.write_text(page, encoding="utf-8")
