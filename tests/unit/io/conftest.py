"""Fixtures for reading and writing: synthetic rows only."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from townworks.io import FilingBatch, read_filings
from townworks.schema import Filing, Reject

type_of_read = Callable[..., FilingBatch]


def read_whole(*paths: Path, **options: object) -> FilingBatch:
    """Read files to the end, check each batch, and join the batches."""
    batches = list(read_filings(paths, **options))  # type: ignore[arg-type] # passed through
    for batch in batches:
        assert batch.n_read == batch.filings.height + batch.rejects.height
        Filing.validate(batch.filings)
        Reject.validate(batch.rejects)
    return FilingBatch(
        pl.concat([batch.filings for batch in batches] or [Filing.create_empty()]),
        pl.concat([batch.rejects for batch in batches] or [Reject.create_empty()]),
        sum(batch.n_read for batch in batches),
    )


@pytest.fixture
def read() -> type_of_read:
    """Read files to the end as one batch."""
    return read_whole


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write bytes or text (as UTF-8) to a file of the test's own folder."""

    def write_file(content: bytes | str, name: str = "registry.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file
