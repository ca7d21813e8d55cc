"""Which files to read, and what each of them is: by its bytes first, by its name second."""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, cast

from townworks.errors import InputNotFoundError, RequestError, UnreadableInputError

DATA_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".parquet", ".pq", ".xlsx", ".jsonl", ".ndjson"})
_GZIP, _PARQUET, _ZIP, _OLE = b"\x1f\x8b", b"PAR1", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_HEAD = 65_536


class Format(StrEnum):
    """The kinds of table file that can be read."""

    DELIMITED = "delimited"
    PARQUET = "parquet"
    XLSX = "xlsx"
    JSON_LINES = "jsonl"


@dataclass(frozen=True)
class Source:
    """One file, what it is, and whether it is gzipped (text files only)."""

    path: Path
    format: Format
    gzipped: bool = False

    def open(self) -> IO[bytes]:
        """Open the bytes of a text file, unpacked."""
        if self.gzipped:
            return cast("IO[bytes]", gzip.open(self.path, "rb"))
        return self.path.open("rb")


def find_files(paths: Sequence[Path]) -> list[Path]:
    """List the data files that paths name: files as they are, folders searched to any depth.

    In a folder, files without a data suffix, hidden files and Excel's lock files (``~$…``) are
    passed over, and the rest come in the order of their paths. A file named twice is read once.
    Raises `InputNotFoundError` for a path that is not there or a folder without data.
    """
    if not paths:
        problem = "No input file was named"
        raise RequestError(problem, "Name at least one file or folder.")
    found: dict[Path, Path] = {}
    for path in paths:
        for file in _files(path):
            found.setdefault(file.resolve(), file)
    return list(found.values())


def _files(path: Path) -> list[Path]:
    try:
        if not path.exists():
            raise InputNotFoundError(path, "does not exist")
        if not path.is_dir():
            return [path]
        files = sorted(file for file in path.rglob("*") if _is_data(file, path))
    except PermissionError as error:
        raise _forbidden(path) from error
    if not files:
        raise InputNotFoundError(path, "holds no data file")
    return files


def _is_data(file: Path, folder: Path) -> bool:
    hidden = any(part.startswith((".", "~$")) for part in file.relative_to(folder).parts)
    suffixes = [suffix.lower() for suffix in file.suffixes]
    if suffixes[-1:] == [".gz"]:
        suffixes.pop()
    return not hidden and suffixes[-1:] != [] and suffixes[-1] in DATA_SUFFIXES and file.is_file()


def identify(path: Path) -> Source:
    """Say what a file is from its first bytes; a Parquet file called ``.csv`` is Parquet.

    Raises `InputNotFoundError` for an empty file and `UnreadableInputError` for one that is no
    table, is damaged at the start, or may not be read.
    """
    head = _head(path)
    gzipped = head.startswith(_GZIP)
    if gzipped:
        head = _unzipped_head(path)
    if not head:
        raise InputNotFoundError(path, "is empty")
    kind = _packed_kind(path, head)
    if kind is None:
        kind = Format.JSON_LINES if _looks_like_json(head) else Format.DELIMITED
    elif gzipped:
        raise UnreadableInputError(
            path, f"is a gzipped {kind} file", "Unpack it first: gunzip works on text only."
        )
    return Source(path, kind, gzipped)


def _head(path: Path) -> bytes:
    if not path.is_file():
        raise UnreadableInputError(path, "is no regular file", "Save the data to a file first.")
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except PermissionError as error:
        raise _forbidden(path) from error
    except OSError as error:
        remedy = "Copy it to another disk and try again."
        raise UnreadableInputError(path, f"cannot be read: {error.strerror}", remedy) from error


def _unzipped_head(path: Path) -> bytes:
    try:
        with gzip.open(path, "rb") as file:
            return file.read(_HEAD)
    except (OSError, EOFError) as error:
        remedy = "Fetch it again, or unpack it by hand."
        raise UnreadableInputError(path, f"is a damaged gzip file: {error}", remedy) from error


def _packed_kind(path: Path, head: bytes) -> Format | None:
    if head.startswith(_PARQUET):
        return Format.PARQUET
    if head.startswith(_ZIP):
        return Format.XLSX
    if head.startswith(_OLE):
        remedy = "Open it in a spreadsheet program and save it as .xlsx without a password."
        raise UnreadableInputError(path, "is an encrypted or pre-2007 Excel file", remedy)
    suffix = path.suffix.lower()
    for suffixes, kind in (({".parquet", ".pq"}, "Parquet"), ({".xlsx"}, "XLSX")):
        if suffix in suffixes:
            problem = f"is no {kind} file, though its name says so"
            remedy = "Fetch it again, or give it the suffix of what it is."
            raise UnreadableInputError(path, problem, remedy)
    return None


def _looks_like_json(head: bytes) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith(b"{")


def _forbidden(path: Path) -> UnreadableInputError:
    return UnreadableInputError(
        path, "may not be read (permission denied)", "Ask its owner for leave, or copy it."
    )
