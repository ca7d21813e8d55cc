"""The way out: tables and pages into files, whole or not at all."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import IO

import polars as pl

from townworks.errors import RequestError
from townworks.io.drafts import Draft

_FORMULA = r"^\s*[=+\-@＝＋－＠\t\r]."
_NUMBER = r"^[+-]?\d+(\.\d+)?%?$"


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a table as CSV, Parquet, XLSX or JSON lines, by the suffix of the path.

    A file that stands there is replaced only when the new one is complete. CSV is UTF-8 with a
    byte-order mark, without which Excel in China reads GB18030; text cells that a spreadsheet would
    run as formulas get an apostrophe before them (see `disarm`), and in XLSX they are stored as
    text. Raises `RequestError` for another suffix and `OutputError` when writing fails.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "towns.csv")
    ...     write_table(pl.DataFrame({"town": ["袜艺小镇", "=1+1"], "change": [-1, 2]}), path)
    ...     print(path.read_text("utf-8-sig"))
    town,change
    袜艺小镇,-1
    '=1+1,2
    """
    check_suffix(path)
    draft = Draft(path)
    with draft.guarded():
        _WRITERS[path.suffix.lower()](frame, draft.file)
    draft.publish()


def check_suffix(path: Path, more: tuple[str, ...] = ()) -> None:
    """Raise `RequestError` unless a table, or one of `more`, can be written to such a path."""
    if path.suffix.lower() not in (*_WRITERS, *more):
        problem = f"{path} has a suffix that no table format goes by ('{path.suffix}')"
        raise RequestError(problem, f"Use one of {', '.join((*_WRITERS, *more))}.")


def write_text(text: str, path: Path) -> None:
    """Write a text (a page) as UTF-8, whole or not at all; raises `OutputError`."""
    draft = Draft(path)
    with draft.guarded():
        draft.file.write(text.encode())
    draft.publish()


def disarm(frame: pl.DataFrame) -> pl.DataFrame:
    """Put an apostrophe before text cells that begin like a formula (``= + - @``, full-width too).

    Plain numbers and a lone sign are left as they are, as are columns that are not text. Source:
    OWASP, CSV Injection.

    >>> disarm(pl.DataFrame({"a": ["=HYPERLINK(1)", "-5", "-", "＝1+1", "甲厂"]}))["a"].to_list()
    ["'=HYPERLINK(1)", '-5', '-', "'＝1+1", '甲厂']
    """
    text = pl.selectors.string()
    armed = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
    return frame.with_columns(pl.when(~armed).then(text).otherwise("'" + text))


def encode_csv(frame: pl.DataFrame, *, first: bool = True) -> bytes:
    """Encode a table as CSV for spreadsheets; only the `first` part has mark and headings."""
    text = disarm(frame).write_csv(include_header=first)
    return text.encode("utf-8-sig" if first else "utf-8")


def _write_csv(frame: pl.DataFrame, file: IO[bytes]) -> None:
    rows = 100_000
    file.write(encode_csv(frame.head(rows)))
    for start in range(rows, frame.height, rows):
        file.write(encode_csv(frame.slice(start, rows), first=False))


def _write_parquet(frame: pl.DataFrame, file: IO[bytes]) -> None:
    _through_memory(frame.write_parquet, file)


def _write_json_lines(frame: pl.DataFrame, file: IO[bytes]) -> None:
    _through_memory(frame.write_ndjson, file)


def _write_xlsx(frame: pl.DataFrame, file: IO[bytes]) -> None:
    rows = 1_048_575
    if frame.height > rows:
        problem = f"{frame.height:,} rows do not fit an Excel sheet, which holds {rows:,}"
        raise RequestError(problem, "Write .csv or .parquet instead.")
    _through_memory(frame.write_excel, file)


def _through_memory(write: Callable[[io.BytesIO], object], file: IO[bytes]) -> None:
    """Write by way of memory, so that only our own writing meets the disk."""
    buffer = io.BytesIO()
    write(buffer)
    file.write(buffer.getbuffer())


_WRITERS: dict[str, Callable[[pl.DataFrame, IO[bytes]], None]] = {
    ".csv": _write_csv,
    ".parquet": _write_parquet,
    ".xlsx": _write_xlsx,
    ".jsonl": _write_json_lines,
}
