"""Registry files → clean, located enterprises, with every row accounted for."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from townworks.enterprises.clean import Cleaned, clean
from townworks.enterprises.duplicates import Seen
from townworks.enterprises.locate import locate
from townworks.io import FilingBatch, RejectSink, read_filings
from townworks.schema import Enterprise
from townworks.schema.gazetteer import load_gazetteer
from townworks.workflow.pipeline import in_order

BATCH = 100_000
"""Rows of a batch: enough for a vectorised pass, few enough for several at once."""
Progress = Callable[[int], None]
"""Called with the number of rows read so far."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How registry files are read.

    columns: field → header, where names alone do not tell. vintage: year whose divisions places
    are given in (None: the newest). rejects: where rejected rows go (None: only counted). as_of:
    dates after this day are wrong (None: today).
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    vintage: int | None = None
    rejects: Path | None = None
    as_of: date | None = None


@dataclass(slots=True)
class Tally:
    """What became of each row: read = kept + rejected; enterprises = kept - merged."""

    read: int = 0
    kept: int = 0
    merged: int = 0
    with_county: int = 0
    with_township: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    unreadable: Counter[str] = field(default_factory=Counter)

    @property
    def rejected(self) -> int:
        """Rows that were not kept."""
        return sum(self.reasons.values())

    @property
    def enterprises(self) -> int:
        """Distinct enterprises."""
        return self.kept - self.merged


def read_enterprises(
    paths: Sequence[Path],
    options: ReadOptions,
    tally: Tally,
    progress: Progress | None = None,
) -> Iterator[pl.DataFrame]:
    """Yield located enterprises batch by batch (table `schema.Enterprise`), each only once.

    Of rows with one credit code the first in reading order stays. `tally` is filled as the
    batches are drawn; rejected rows are written when the last one was.
    """
    gazetteer = load_gazetteer(options.vintage)
    as_of = options.as_of or datetime.now(tz=UTC).date()
    types = Enterprise.create_empty().schema

    def understand(batch: FilingBatch) -> Understood:
        cleaned = clean(batch.filings, as_of)
        located = locate(cleaned.enterprises, gazetteer).select(*types).cast(types)
        return Understood(batch, cleaned, located)

    seen = Seen()
    filings = read_filings(paths, options.columns or None, batch_rows=BATCH)
    with RejectSink(options.rejects) as sink:
        for understood in in_order(understand, filings):
            sink.add(understood.batch.rejects)
            sink.add(understood.cleaned.rejects)
            unique = seen.first(understood.located)
            _account(tally, understood, unique)
            tally.reasons = sink.counts
            yield unique
            if progress:
                progress(tally.read)


@dataclass(frozen=True, slots=True)
class Understood:
    """A batch on its way: as read, cleaned, and located."""

    batch: FilingBatch
    cleaned: Cleaned
    located: pl.DataFrame


def is_county(code: pl.Expr) -> pl.Expr:
    """Whether a division code names a county; a city's (330100) does not, nor does none.

    >>> codes = pl.DataFrame({"code": ["330106", "330100", None]})
    >>> codes.select(is_county(pl.col("code"))).to_series().to_list()
    [True, False, False]
    """
    return (~code.str.ends_with("00")).fill_null(value=False)


def _account(tally: Tally, understood: Understood, unique: pl.DataFrame) -> None:
    tally.unreadable.update(understood.cleaned.unreadable)
    tally.read += understood.batch.n_read
    tally.kept += understood.located.height
    tally.merged += understood.located.height - unique.height
    county = unique.select(is_county(pl.col("county_code"))).to_series()
    tally.with_county += int(county.sum())
    tally.with_township += unique["township_code"].count()
