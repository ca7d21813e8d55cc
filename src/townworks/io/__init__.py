"""Files in and out."""

from townworks.io.batches import FilingBatch
from townworks.io.filings import read_filings
from townworks.io.rejects import RejectSink
from townworks.io.sources import find_files
from townworks.io.streams import TableSink
from townworks.io.writers import check_suffix, write_table, write_text

__all__ = [
    "FilingBatch",
    "RejectSink",
    "TableSink",
    "check_suffix",
    "find_files",
    "read_filings",
    "write_table",
    "write_text",
]
