"""A registry file of any kind into the register: read, cleaned, a batch of rows at a time.

The file is read from its start each time; what was written before is passed over by its count.
Reading 190,000 rows takes two seconds, and is the same every time, because the day and the program
that decide what is rejected stay those that the import began with.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from townworks.errors import UnreadableInputError
from townworks.io import read_filings
from townworks.io.writers import encode_csv
from townworks.schema import Reject
from townworks.workflow.reading import ReadOptions, Tally, read_enterprises

if TYPE_CHECKING:
    from townworks.register.models import Account
    from townworks.register.models.imports import RegistryImport
    from townworks.register.services.registry import Beside, RegistryFile

BATCH = 5_000
"""Rows of a transaction: well under a second, so that nobody who works meanwhile is kept."""
PAUSE_S = 0.11
"""Between two transactions. SQLite asks for its lock again every 0.1 s: a page's turn comes."""
NAME_CHARACTERS = 200
CAPITAL_MOST_CNY = 2**63 // 100 - 1
FIELDS = ("credit_code", "name", "registered_on", "capital_cny", "county_code", "activity")
Progress = Callable[[int, int], None]
"""Called with the rows that are done and the rows there are."""


@dataclass(frozen=True)
class Imported:
    """What came of it. nothing_to_do: the register holds this content; resumed_at: rows before."""

    record: "RegistryImport"
    nothing_to_do: bool
    resumed_at: int
    rejects: Path


@dataclass
class _Reading:
    """A file as it is read: entries of the register batch by batch, and the rest counted."""

    path: Path
    rejects: Path
    as_of: date
    tally: Tally = field(default_factory=Tally)
    without_code: int = 0
    unfit: list[pl.DataFrame] = field(default_factory=list)

    def frames(self) -> Iterator[pl.DataFrame]:
        """Yield entries, each code once; the reject file stands when the last one was drawn."""
        options = ReadOptions(rejects=self.rejects, as_of=self.as_of)
        for enterprises in read_enterprises([self.path], options, self.tally):
            coded = enterprises.filter(pl.col("credit_code").is_not_null())
            self.without_code += enterprises.height - coded.height
            entries = coded.with_columns(_capital(), pl.col("county_code").fill_null(""))
            faults = entries.select(fault=_fault()).to_series()
            bad = faults.is_not_null()
            self.unfit.append(_rejected(entries.filter(bad), faults.filter(bad)))
            kept = entries.filter(~bad)
            yield kept.select(FIELDS).with_columns(pl.col("activity").fill_null(""))
        with self.rejects.open("ab") as file:
            file.write(encode_csv(pl.concat(self.unfit), first=False))

    def beside(self) -> "Beside":
        """Count the rows that become no entry."""
        from townworks.register.services.registry import Beside

        unfit = sum(frame.height for frame in self.unfit)
        return Beside(self.tally.rejected + unfit, self.tally.merged, self.without_code)


def import_registry(
    path: Path, account: "Account", progress: Progress | None = None, rejects: Path | None = None
) -> Imported:
    """Bring a registry file in, or go on with it where it was stopped (Django must be set up).

    The same content again, under whatever name, is nothing to do. rejects: CSV file for the rows
    that are not kept, each with its reason (None: in the register's home). Raises what
    `read_filings` raises, `RefusalError` while another import runs, `UnreadableInputError` for a
    file that changes while it is read; what is in by then stays in.
    """
    from townworks.register.services import registry

    file = describe(path)
    opened = registry.open_import(file, account)
    place = rejects or registry.kept_in(f"{file.sha256}.rejects.csv")
    if opened.state == "done":
        return Imported(opened, True, opened.rows_written, place)  # noqa: FBT003
    held = registry.hold(opened, file)
    started_at = held.rows_written
    try:
        held = _bring_in(_Reading(path, place, held.as_of), held, account, progress)
    except KeyboardInterrupt:
        registry.stop(held, "paused", "stopped by hand")
        raise
    except Exception as error:
        registry.stop(held, "failed", str(error) or type(error).__name__)
        raise
    return Imported(held, False, started_at, place)  # noqa: FBT003


def describe(path: Path) -> "RegistryFile":
    """Name, content and size of a file; it will be read as of today, by this program."""
    from townworks.register.services.registry import RegistryFile

    sha256, today = digest(path), datetime.now(tz=UTC).date()
    return RegistryFile(path.name, sha256, path.stat().st_size, today, version("townworks"))


def digest(path: Path) -> str:
    """SHA-256 of a file's content; raises `UnreadableInputError` for a folder or no file."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        remedy = "Name one registry file."
        raise UnreadableInputError(path, f"cannot be read: {error.strerror}", remedy) from error


def _bring_in(
    reading: _Reading, held: "RegistryImport", account: "Account", progress: Progress | None
) -> "RegistryImport":
    from townworks.register.clock import today
    from townworks.register.services import registry

    if not held.rows_total:
        held.rows_total = _count(reading.path, held)
    for rows in _batches(reading, held):
        held = registry.advance(held, rows, reading.beside())
        if progress:
            progress(held.rows_done, held.rows_total)
        time.sleep(PAUSE_S)
    if digest(reading.path) != held.sha256:
        problem, remedy = "changed while it was read", "Bring it in again, whole."
        raise UnreadableInputError(reading.path, problem, remedy)
    return registry.finish(held, reading.beside(), account, today())


def _count(path: Path, held: "RegistryImport") -> int:
    """Count the rows of the file, for the progress to have an end."""
    from townworks.register.services import registry

    total = 0
    for batch in read_filings([path]):
        total += batch.n_read
        registry.tell(held)
    registry.tell(held, rows_total=total)
    return total


def _batches(reading: _Reading, held: "RegistryImport") -> Iterator[list[dict[str, Any]]]:
    """Yield the rows that are not written yet, `BATCH` at a time."""
    from townworks.register.services import registry

    before = held.rows_written
    for frame in reading.frames():
        registry.tell(held)
        left = frame.slice(min(before, frame.height))
        before -= frame.height - left.height
        for part in left.iter_slices(BATCH):
            yield part.to_dicts()


def _capital() -> pl.Expr:
    """Capital in yuan; one in another currency is not known in yuan."""
    return pl.when(pl.col("capital_currency") == "CNY").then("capital").alias("capital_cny")


def _fault() -> pl.Expr:
    """Why a row has no room in the register; null where it has."""
    texts = pl.concat_str("name", pl.col("activity").fill_null(""))
    return (
        pl.when(pl.col("name").str.len_chars() > NAME_CHARACTERS)
        .then(pl.format("name of {} characters, at most 200", pl.col("name").str.len_chars()))
        .when(pl.col("capital_cny") > CAPITAL_MOST_CNY)
        .then(pl.format("capital of {} yuan", pl.col("capital_cny").cast(pl.String)))
        .when(texts.str.contains("\x00", literal=True))
        .then(pl.lit("a character of number zero"))
    )


def _rejected(rows: pl.DataFrame, faults: pl.Series) -> pl.DataFrame:
    """Rows without room as `schema.Reject`."""
    return rows.select(
        "file",
        "line",
        reason=pl.lit("does_not_fit"),
        field=pl.lit(None, pl.String),
        detail=faults,
        raw=pl.struct("name", "credit_code", "activity").struct.json_encode().str.head(2_000),
    ).cast(Reject.create_empty().schema)
