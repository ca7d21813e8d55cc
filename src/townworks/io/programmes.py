"""Folders of programmes: their tables, checked against the declarations, and their TOML files.

A programme is a folder with `programme.toml`. It ships (`townworks.definitions`) or is the user's
own. Its tables are CSV in UTF-8, a file each; its rules, criteria and scopes are TOML.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

import dataframely as dy
import polars as pl

from townworks.errors import DefinitionsError, OutputError, RequestError, UnreadableInputError
from townworks.io.typed_cells import allowed, cell_value
from townworks.schema.plan_sources import IndustryTerms, RealisedPlan
from townworks.schema.programme import Anchor, Count, Figure, Naming, Outcome, Tally, Town
from townworks.schema.reading import Faults

MAX_TOML_BYTES = 1_000_000
"""A TOML file above this is no rule file: the largest that ships has a few thousand bytes."""

SCOPE = ("town_id", "metric", "geography", "geography_name", "population", "extent")
"""What a figure is of; with period and evidence it has one value, unless sources contradict."""
_SERIES = (*SCOPE, "period", "evidence")
_KEYS: dict[type[dy.Schema], tuple[str, ...]] = {Figure: (*_SERIES, "value", "source")}
_S = TypeVar("_S", bound=dy.Schema)
_REALISED = "plan/realised.csv"
_SPANS = (("period_from", "period_to"), ("named_from", "named_to"))


@dataclass(frozen=True, slots=True, eq=False)
class ProgrammeTables:
    """Tables of one programme, as declared in `schema.programme` and `schema.plan_sources`."""

    towns: dy.DataFrame[Town]
    anchors: dy.DataFrame[Anchor]
    figures: dy.DataFrame[Figure]
    outcomes: dy.DataFrame[Outcome]
    tallies: dy.DataFrame[Tally]
    namings: dy.DataFrame[Naming]
    counts: dy.DataFrame[Count]
    realised: dy.DataFrame[RealisedPlan]
    industry_terms: dy.DataFrame[IndustryTerms]


@dataclass(frozen=True)
class _Row:
    """Values of a row that could be read, and the line it starts in."""

    line: int
    values: dict[str, object]

    def of(self, names: tuple[str, ...]) -> tuple[object, ...]:
        return tuple(self.values.get(name) for name in names)

    def lacks(self, names: tuple[str, ...]) -> bool:
        """Whether one of these cells could not be read: a fault of its own."""
        return any(name not in self.values for name in names)


def shipped_programmes() -> list[str]:
    """Names of the programmes that ship, sorted.

    >>> shipped_programmes()
    ['zhejiang']
    """
    folders = files("townworks.definitions").iterdir()
    return sorted(f.name for f in folders if f.is_dir() and (f / "programme.toml").is_file())


def find_programme(name_or_folder: str | Path) -> Traversable:
    """Folder of a programme: one that ships, by its name, else the folder of that path.

    Raises `RequestError` where there is neither; its text lists the programmes that ship.

    >>> find_programme("zhejiang").name
    'zhejiang'
    >>> find_programme("zhejang")
    Traceback (most recent call last):
    townworks.errors.RequestError: There is no programme or folder 'zhejang'. Did you mean
    'zhejiang'? Programmes that ship: zhejiang. Or name a folder with a programme.toml.
    """
    name, shipped = str(name_or_folder), shipped_programmes()
    if isinstance(name_or_folder, str) and name in shipped:
        return files("townworks.definitions") / name
    path = Path(name_or_folder)
    if name and path.is_dir():
        return path
    problem = f"There is no programme or folder '{name}'"
    if path.is_file():
        problem = f"'{name}' is a file, not the folder of a programme"
    near = get_close_matches(name, shipped, n=1)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    ships = f"Programmes that ship: {', '.join(shipped)}."
    raise RequestError(problem, f"{hint}{ships} Or name a folder with a programme.toml.")


def programme_files(folder: Traversable) -> dict[str, str]:
    """Texts of all TOML files in a folder and below, by relative path (`policies/x.toml`).

    Sorted by path; names that begin with a dot are passed over. Raises `UnreadableInputError` where
    a file has more than `MAX_TOML_BYTES`, is no UTF-8 or cannot be read; none is read in part.

    >>> "programme.toml" in programme_files(find_programme("zhejiang"))
    True
    """
    found = _toml_files(folder, "")
    return {path: _toml_text(file) for path, file in sorted(found, key=lambda pair: pair[0])}


def programme_digest(folder: Traversable) -> str:
    """SHA-256 over the names and contents of a programme's TOML and CSV files.

    >>> len(programme_digest(find_programme("zhejiang")))
    64
    """
    whole = sha256()
    for name, item in sorted(_definitions(folder, ""), key=lambda pair: pair[0]):
        whole.update(name.encode() + b"\0" + sha256(item.read_bytes()).digest())
    return whole.hexdigest()


def _definitions(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for item in folder.iterdir():
        if item.is_dir() and not item.name.startswith((".", "_")):
            yield from _definitions(item, f"{prefix}{item.name}/")
        elif item.name.endswith((".toml", ".csv")):
            yield f"{prefix}{item.name}", item


def copy_programme(folder: Traversable, to: Path) -> int:
    """Copy a programme's TOML and CSV files into a new folder; return how many.

    Raises `RequestError` where the folder is there already, `OutputError` where it cannot be made.
    """
    if to.exists():
        raise RequestError(f"{to} is there already", "Name a folder that is not.")
    try:
        return _copied(folder, to)
    except OSError as error:
        raise OutputError(to, error.strerror or str(error)) from error


def _copied(folder: Traversable, to: Path) -> int:
    to.mkdir(parents=True)
    count = 0
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.is_dir() and not item.name.startswith((".", "_")):
            count += _copied(item, to / item.name)
        elif item.name.endswith((".toml", ".csv")):
            (to / item.name).write_bytes(item.read_bytes())
            count += 1
    return count


def _toml_files(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for item in folder.iterdir():
        if item.name.startswith("."):
            continue
        if item.is_dir():
            yield from _toml_files(item, f"{prefix}{item.name}/")
        elif item.name.endswith(".toml"):
            yield f"{prefix}{item.name}", item


def _toml_text(file: Traversable) -> str:
    path = Path(str(file))
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_TOML_BYTES + 1)
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        raise UnreadableInputError(path, problem, "See to its permissions.") from error
    if len(content) > MAX_TOML_BYTES:
        problem = f"has more than {MAX_TOML_BYTES:,} bytes, too many for a file of definitions"
        raise UnreadableInputError(path, problem, "Split it, or put its rows into a CSV table.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = f"is no UTF-8 (byte {error.start + 1})"
        raise UnreadableInputError(path, problem, "Save it as UTF-8.") from error


def read_programme(folder: Traversable) -> ProgrammeTables:
    """Read and check the tables of a programme; a file that is not there is an empty table.

    Columns may come in any order; one whose cells may be empty may be left out. Blank lines count
    for nothing. Raises `DefinitionsError` with every fault of all files: columns that are unknown
    or missing, cells that break the declaration, keys that stand twice, towns that are not in
    `towns.csv`, spans that end before they begin, and figures of one scope, period and evidence
    with several values of which not all are marked `contradicts`.

    >>> read_programme(find_programme("zhejiang")).towns.height
    103
    """
    faults = Faults()
    rows = {name: _read(folder, f"{name}.csv", s, faults) for name, s in _TABLES.items()}
    for name, table in rows.items():
        file = f"{name}.csv"
        _check_keys(file, _TABLES[name], table, faults)
        _check_spans(file, table, faults)
        if name != "towns":
            _check_towns(file, table, rows["towns"], faults)
    _check_values(rows["figures"], faults)
    _check_plans(rows["plan/realised"], faults)
    if faults.found:
        raise DefinitionsError(faults.found)
    return ProgrammeTables(
        towns=_frame(Town, rows["towns"]),
        anchors=_frame(Anchor, rows["anchors"]),
        figures=_frame(Figure, rows["figures"]),
        outcomes=_frame(Outcome, rows["outcomes"]),
        tallies=_frame(Tally, rows["tallies"]),
        namings=_frame(Naming, rows["namings"]),
        counts=_frame(Count, rows["counts"]),
        realised=_frame(RealisedPlan, rows["plan/realised"]),
        industry_terms=_frame(IndustryTerms, rows["plan/industry_terms"]),
    )


_TABLES: dict[str, type[dy.Schema]] = {
    "towns": Town,
    "anchors": Anchor,
    "figures": Figure,
    "outcomes": Outcome,
    "tallies": Tally,
    "namings": Naming,
    "counts": Count,
    "plan/realised": RealisedPlan,
    "plan/industry_terms": IndustryTerms,
}


def _frame(schema: type[_S], rows: list[_Row]) -> dy.DataFrame[_S]:
    data = {name: [row.values.get(name) for row in rows] for name in schema.column_names()}
    empty = schema.create_empty()
    return schema.validate(pl.DataFrame(data, schema=dict(empty.schema)))


def _read(folder: Traversable, file: str, schema: type[dy.Schema], faults: Faults) -> list[_Row]:
    """Rows of one file; what cannot be read is a fault, and not among the values."""
    item = folder / file
    if not item.is_file():
        return []
    try:
        text = item.read_bytes().decode("utf-8-sig")
        lines = list(_lines(text))
    except UnicodeDecodeError as error:
        problem = f"is no UTF-8 (byte {error.start + 1}); save it as UTF-8"
        faults.add(file, "the file", problem)
        return []
    except csv.Error as error:
        faults.add(file, "the file", f"is no CSV: {error}")
        return []
    if not lines:
        faults.add(file, "line 1", f"no header; write {','.join(schema.column_names())}")
        return []
    header = [name.strip() for name in lines[0][1]]
    _check_header(file, header, schema, faults)
    columns = [schema.columns().get(name) for name in header]
    to = _Sheet(file, list(zip(header, columns, strict=True)), faults)
    return [to.row(line, cells) for line, cells in lines[1:]]


@dataclass(frozen=True)
class _Sheet:
    """A file that is being read: the columns of its header, declared or not, and where to tell."""

    file: str
    header: list[tuple[str, dy.Column | None]]
    faults: Faults

    def row(self, line: int, cells: list[str]) -> _Row:
        if len(cells) != len(self.header):
            counts = f"{len(cells)} cells where the header has {len(self.header)}"
            self.faults.add(self.file, f"line {line}", f"{counts}; quote cells with commas")
            return _Row(line, {})
        values: dict[str, object] = {}
        for (name, column), cell in zip(self.header, cells, strict=True):
            try:
                if column is not None:
                    values[name] = cell_value(column, cell.strip())
            except ValueError as error:
                self.faults.add(self.file, f"line {line}, column {name}", str(error))
        return _Row(line, values)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with the line it starts in; a quoted cell may hold lines."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield start, cells
        start = reader.line_num + 1


def _check_header(file: str, header: list[str], schema: type[dy.Schema], faults: Faults) -> None:
    columns = schema.columns()
    for place, name in enumerate(header):
        if name not in columns:
            near = get_close_matches(name, columns, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(columns)}"
            faults.add(file, "line 1", f"column '{name}' is not known here; {hint}")
        elif name in header[:place]:
            faults.add(file, "line 1", f"column '{name}' stands twice; leave one out")
    for name, column in columns.items():
        if name not in header and not column.nullable:
            faults.add(file, "line 1", f"column '{name}' is missing; {allowed(column)}")


def _filled(schema: type[dy.Schema], names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the columns whose cells must not be empty."""
    columns = schema.columns()
    return tuple(name for name in names if not columns[name].nullable)


def _check_keys(file: str, schema: type[dy.Schema], rows: list[_Row], faults: Faults) -> None:
    key = _KEYS.get(schema, tuple(schema.primary_key()))
    must = _filled(schema, key)
    seen: dict[tuple[object, ...], int] = {}
    for row in rows:
        found = row.of(key)
        if row.lacks(must):
            continue
        if found in seen:
            words = ", ".join(str(value) for value in found if value is not None)
            problem = f"{words}: stands in line {seen[found]} too; leave one out"
            faults.add(file, f"line {row.line}", problem)
        seen.setdefault(found, row.line)


def _check_spans(file: str, rows: list[_Row], faults: Faults) -> None:
    for row in rows:
        for names in _SPANS:
            first, last = row.of(names)
            if isinstance(first, date) and isinstance(last, date) and first > last:
                problem = f"is {first}, after {names[1]} {last}; exchange them"
                faults.add(file, f"line {row.line}, column {names[0]}", problem)


def _check_towns(file: str, rows: list[_Row], towns: list[_Row], faults: Faults) -> None:
    known = {str(row.values["town_id"]): None for row in towns if "town_id" in row.values}
    for row in rows:
        town = row.values.get("town_id")
        if town is not None and town not in known:
            near = get_close_matches(str(town), known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else "add it there, or leave the cell empty"
            problem = f"is '{town}', which is not in towns.csv; {hint}"
            faults.add(file, f"line {row.line}, column town_id", problem)


def _check_values(rows: list[_Row], faults: Faults) -> None:
    """Figures of one series and period must agree, or all be marked."""
    seen: dict[tuple[object, ...], _Row] = {}
    must = _filled(Figure, (*_SERIES, "value", "contradicts"))
    for row in rows:
        if row.lacks(must):
            continue
        first = seen.setdefault(row.of(_SERIES), row)
        values = [first.values["value"], row.values["value"]]
        marked = first.values["contradicts"] and row.values["contradicts"]
        if values[0] != values[1] and not marked:
            problem = (
                f"is {values[1]}; line {first.line} has {values[0]} for the same scope, period and"
                " evidence; give one another scope, or set contradicts to true in both"
            )
            faults.add("figures.csv", f"line {row.line}, column value", problem)


def _check_plans(rows: list[_Row], faults: Faults) -> None:
    """A plan is above nothing; only a plan beside what was done in its own years is comparable."""
    for row in rows:
        at, planned, done = f"line {row.line}", *row.of(("planned_cny", "realised_cny"))
        if isinstance(planned, Decimal) and planned <= 0:
            faults.add(_REALISED, f"{at}, column planned_cny", f"is {planned}; write one above 0")
        if isinstance(done, Decimal) and done < 0:
            faults.add(_REALISED, f"{at}, column realised_cny", f"is {done}; write 0 or more")
        basis, first, second = row.of(("basis", "planned_period", "realised_period"))
        if row.values.get("comparable") and (basis != "plan" or first != second):
            problem = "is true, but only a plan and what was done in its own years are comparable"
            faults.add(_REALISED, f"{at}, column comparable", problem)
