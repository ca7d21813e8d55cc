"""Parts of files that can be read by themselves: rows of a Parquet file, else a whole file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from townworks.io.batches import FilingBatch, RawRows, settle
from townworks.io.filings import read_filings
from townworks.io.sources import Format, identify
from townworks.io.tables import number, scan_columns


@dataclass(frozen=True, slots=True)
class Slice:
    """A file, or the data rows `rows` of a Parquet file (from 0)."""

    path: Path
    rows: range | None = None


def slices(path: Path, most_rows: int) -> list[Slice]:
    """Cut a Parquet file into slices of `most_rows`; any other file is one slice.

    A text file is not cut: where a record begins is known only from all that stands before it
    (quotes, encoding). A damaged file is one slice too, and tells so when it is read.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.parquet")
    ...     pl.DataFrame({"名称": ["甲", "乙", "丙"]}).write_parquet(path)
    ...     [part.rows for part in slices(path, 2)]
    [range(0, 2), range(2, 3)]
    """
    if identify(path).format is not Format.PARQUET:
        return [Slice(path)]
    try:
        n = pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()
    except (pl.exceptions.PolarsError, OSError):
        return [Slice(path)]
    return [Slice(path, range(i, min(i + most_rows, n))) for i in range(0, n, most_rows)]


def read_slice(
    part: Slice, columns: Mapping[str, str] | None, *, batch_rows: int
) -> Iterator[FilingBatch]:
    """Read a slice in batches; its rows are the filings and rejects that `read_filings` gives.

    Raises what `read_filings` does.
    """
    if part.rows is None:
        return read_filings([part.path], columns, batch_rows=batch_rows)
    return _read_rows(part.path, part.rows, columns, batch_rows)


def _read_rows(
    path: Path, rows: range, columns: Mapping[str, str] | None, batch_rows: int
) -> Iterator[FilingBatch]:
    table = scan_columns(path, columns)
    for start in range(rows.start, rows.stop, batch_rows):
        frame = table.slice(start, min(batch_rows, rows.stop - start)).collect()
        yield settle(str(path), RawRows(number(frame, start + 2)))
