"""Files in and out."""

from townworks.io.batches import FilingBatch
from townworks.io.declared import read_table
from townworks.io.filings import read_filings
from townworks.io.programmes import (
    ProgrammeTables,
    copy_programme,
    find_programme,
    programme_digest,
    programme_files,
    read_programme,
)
from townworks.io.rejects import RejectSink
from townworks.io.sources import find_files
from townworks.io.streams import TableSink
from townworks.io.subjects import SubjectColumn, SubjectFile, read_subjects
from townworks.io.writers import check_suffix, write_table, write_text

__all__ = [
    "FilingBatch",
    "ProgrammeTables",
    "RejectSink",
    "SubjectColumn",
    "SubjectFile",
    "TableSink",
    "check_suffix",
    "copy_programme",
    "find_files",
    "find_programme",
    "programme_digest",
    "programme_files",
    "read_filings",
    "read_programme",
    "read_subjects",
    "read_table",
    "write_table",
    "write_text",
]
