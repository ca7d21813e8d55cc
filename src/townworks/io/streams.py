"""A table that arrives batch by batch and is larger than memory."""

from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Thread
from types import TracebackType
from typing import Self

import polars as pl

from townworks.io.drafts import Draft
from townworks.io.writers import check_suffix, encode_csv, write_table


class TableSink:
    """Takes batches of one table; the file appears when the block ends well.

    CSV is appended to, Parquet written by a second thread as batches come, so memory stays flat
    and the next batch is computed meanwhile. Workbooks and JSON lines are held whole. Raises
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
        suffix = path.suffix.lower()
        self._draft = Draft(path) if suffix in {".csv", ".parquet"} else None
        self._parquet = _ParquetThread(self._draft) if self._draft and suffix != ".csv" else None
        self._held: list[pl.DataFrame] = []
        self._n = 0

    def add(self, batch: pl.DataFrame) -> None:
        """Append a batch."""
        if self._parquet is not None:
            self._parquet.add(batch)
        elif self._draft is not None:
            with self._draft.guarded():
                self._draft.file.write(encode_csv(batch, first=self._n == 0))
        else:
            self._held.append(batch)
        self._n += 1

    def _publish(self) -> None:
        if self._parquet is not None:
            self._parquet.finish()
        if self._draft is not None:
            self._draft.publish()
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
        if kind is None:
            self._publish()
            return
        if self._parquet is not None:
            self._parquet.stop()
        if self._draft is not None:
            self._draft.discard()


class _ParquetThread:
    """Writes the batches that are put in a short queue into one Parquet file, in order."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._batches: Queue[pl.DataFrame | None] = Queue(maxsize=2)
        self._thread: Thread | None = None
        self._failure: BaseException | None = None
        self._stopped = False

    def add(self, batch: pl.DataFrame) -> None:
        """Hand a batch over; a failure of the writing so far is raised here."""
        if self._thread is None:
            self._thread = Thread(target=self._write, args=(batch.schema,), daemon=True)
            self._thread.start()
        self._put(batch)

    def finish(self) -> None:
        """Wait until everything is written."""
        if self._thread is not None:
            self._put(None)
            self._thread.join()
        self._raise()

    def stop(self) -> None:
        """Give up: what was written is of no use."""
        self._stopped = True
        if self._thread is not None:
            self._thread.join()

    def _put(self, batch: pl.DataFrame | None) -> None:
        while self._thread is not None and self._thread.is_alive():
            try:
                self._batches.put(batch, timeout=0.1)
            except Full:
                continue
            break
        self._raise()

    def _raise(self) -> None:
        if self._failure is not None:
            with self._draft.guarded():
                raise self._failure

    def _write(self, schema: pl.Schema) -> None:
        from polars.io.plugins import register_io_source

        try:
            frame = register_io_source(lambda *_: self._taken(), schema=schema)
            frame.sink_parquet(self._draft.file)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self._failure = error

    def _taken(self) -> Iterator[pl.DataFrame]:
        while not self._stopped:
            try:
                batch = self._batches.get(timeout=0.1)
            except Empty:
                continue
            if batch is None:
                return
            yield batch
