"""The way in: registry files of any kind as batches of filings and rejects."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from townworks.errors import RequestError, TownworksError, UnreadableInputError
from townworks.io.batches import FilingBatch, RawRows, settle
from townworks.io.delimited import read_delimited
from townworks.io.sources import Format, find_files, identify
from townworks.io.tables import read_json_lines, read_parquet, read_xlsx
from townworks.schema import Filing, Reject

_READERS = {
    Format.DELIMITED: read_delimited,
    Format.PARQUET: read_parquet,
    Format.XLSX: read_xlsx,
    Format.JSON_LINES: read_json_lines,
}


def read_filings(
    paths: Sequence[Path],
    columns: Mapping[str, str] | None = None,
    *,
    batch_rows: int = 200_000,
) -> Iterator[FilingBatch]:
    r"""Read registry files (CSV, TSV, Parquet, XLSX, JSON lines; folders of them) in batches.

    Every row read is a filing or a reject. At most `batch_rows` filings are in a batch, so files
    larger than memory work (workbooks excepted); a file without rows gives one empty batch.
    Columns are found by their headers, Chinese or English, unless `columns` names the header of a
    field. Paths are checked at once, each file when it comes up. Raises `InputNotFoundError`,
    `UnreadableInputError`, `MissingColumnsError`; `RequestError` for a field that does not exist.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.csv")
    ...     _ = path.write_text("企业名称,注册地址,经营范围\n甲厂,云和县,玩具\n乙厂,云和县\n")
    ...     batch = next(read_filings([path]))
    >>> batch.n_read, batch.filings["name"].to_list(), batch.rejects["detail"].to_list()
    (2, ['甲厂'], ['2 fields, 3 expected'])
    """
    if batch_rows < 1:
        problem = f"batch_rows is {batch_rows}"
        raise RequestError(problem, "Ask for at least 1.")
    return _read_all(find_files(paths), columns, batch_rows)


def _read_all(
    files: Sequence[Path], columns: Mapping[str, str] | None, batch_rows: int
) -> Iterator[FilingBatch]:
    for path in files:
        batch = None
        for file, rows in _read_rows(path, columns, batch_rows):
            yield (batch := settle(file, rows))
        if batch is None:
            yield FilingBatch(Filing.create_empty(), Reject.create_empty(), 0)


def _read_rows(
    path: Path, columns: Mapping[str, str] | None, batch_rows: int
) -> Iterator[tuple[str, RawRows]]:
    source = identify(path)
    try:
        yield from _READERS[source.format](source, columns, batch_rows)
    except (OSError, EOFError, zlib.error) as error:
        if isinstance(error, TownworksError):
            raise
        problem = f"cannot be read to its end: {error}"
        raise UnreadableInputError(path, problem, "Fetch or copy it again.") from error
