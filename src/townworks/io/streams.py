"""A table that arrives batch by batch and is larger than memory."""

from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import polars as pl

from townworks.errors import OutputError
from townworks.io.drafts import Draft
from townworks.io.writers import check_suffix, encode_csv, write_table


class TableSink:
    """Takes batches of one table; the file appears when the block ends well.

    CSV is appended to; for Parquet, batches wait as files of a hidden folder beside the place and
    are joined at the end, so memory stays flat. Workbooks and JSON lines are held whole. Raises
    `RequestError` for an unknown suffix, `OutputError` when writing fails.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.parquet")
    ...     with TableSink(path) as sink:
    ...         sink.add(pl.DataFrame({"n": [1]}))
    ...         sink.add(pl.DataFrame({"n": [2]}))
    ...     pl.read_parquet(path)["n"].to_list()
    [1, 2]
    """

    def __init__(self, path: Path) -> None:
        """Prepare to write `path`; its folder must exist and be writable."""
        check_suffix(path)
        self.path = path
        self._streams = path.suffix.lower() == ".csv"
        self._draft = Draft(path) if self._streams else None
        self._held: list[pl.DataFrame] = []
        self._parts = self._folder() if path.suffix.lower() == ".parquet" else None
        self._n = 0

    def add(self, batch: pl.DataFrame) -> None:
        """Append a batch."""
        if self._draft is not None:
            with self._draft.guarded():
                self._draft.file.write(encode_csv(batch, first=self._n == 0))
        elif self._parts is not None:
            try:
                batch.write_parquet(Path(self._parts.name, f"{self._n:08}.parquet"))
            except OSError as error:
                raise OutputError(self.path, error.strerror or str(error)) from error
        else:
            self._held.append(batch)
        self._n += 1

    def _folder(self) -> TemporaryDirectory[str]:
        try:
            return TemporaryDirectory(prefix=".townworks-", dir=self.path.resolve().parent)
        except OSError as error:
            raise OutputError(self.path, error.strerror or str(error)) from error

    def _publish(self) -> None:
        if self._draft is not None:
            self._draft.publish()
        elif self._parts is not None:
            draft = Draft(self.path)
            with draft.guarded():
                if self._n:
                    pl.scan_parquet(Path(self._parts.name, "*.parquet")).sink_parquet(draft.file)
            draft.publish()
        elif self._held:
            write_table(pl.concat(self._held), self.path)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Put the file in its place, or leave nothing if something went wrong."""
        try:
            if kind is None:
                self._publish()
            elif self._draft is not None:
                self._draft.discard()
        finally:
            if self._parts is not None:
                self._parts.cleanup()
