"""Where refused rows go: counted by reason, and into a CSV file if one is named."""

from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self

import polars as pl

from townworks.errors import RequestError
from townworks.io.drafts import Draft
from townworks.io.writers import encode_csv
from townworks.schema import Reject


class RejectSink:
    """Takes rejects as they come, batch by batch; the file appears when the block ends well.

    `counts` holds the number of rows per reason, with or without a file. Raises `RequestError` for
    a path that is no ``.csv``, `OutputError` when writing fails.

    >>> rejects = pl.DataFrame(
    ...     {"file": ["a.csv"], "line": [7], "reason": ["field_count"], "field": [None],
    ...      "detail": ["40 fields, 9 expected"], "raw": ["甲厂,…"]})
    >>> with RejectSink() as sink:
    ...     sink.add(rejects)
    >>> sink.counts, sink.total
    ({'field_count': 1}, 1)
    """

    def __init__(self, path: Path | None = None) -> None:
        """Open a draft of the file, if there is to be one."""
        if path is not None and path.suffix.lower() != ".csv" and not _is_device(path):
            problem = f"{path} is to hold rejects, but is no .csv"
            raise RequestError(problem, "Name a .csv file with --rejects.")
        self._counts: Counter[str] = Counter()
        self._draft = None if path is None else Draft(path)
        if self._draft is not None:
            with self._draft.guarded():
                self._draft.file.write(encode_csv(Reject.create_empty()))

    @property
    def counts(self) -> dict[str, int]:
        """Number of rejects by reason, the most frequent first, then by name."""
        return dict(sorted(self._counts.items(), key=lambda item: (-item[1], item[0])))

    @property
    def total(self) -> int:
        """Number of all rejects."""
        return self._counts.total()

    def add(self, rejects: pl.DataFrame) -> None:
        """Count rejects, and append them to the file."""
        if rejects.is_empty():
            return
        for reason, count in rejects["reason"].value_counts().iter_rows():
            self._counts[reason] += count
        if self._draft is not None:
            part = encode_csv(rejects.select(Reject.column_names()), first=False)
            with self._draft.guarded():
                self._draft.file.write(part)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Put the file in its place, or remove the draft if something went wrong."""
        if self._draft is None:
            return
        if kind is None:
            self._draft.publish()
        else:
            self._draft.discard()


def _is_device(path: Path) -> bool:
    return path.exists() and not path.is_file() and not path.is_dir()
