"""Tables to folders and back without loss, described by a data package (Frictionless, v1).

CSV and XLSX are for people and their spreadsheets, so no cell of them may run: in CSV a text that
a spreadsheet would take for a formula gets an apostrophe, which reading takes off again; in XLSX
it is stored as text. What a cell cannot say (its type; whether it is empty or null) stands in
`datapackage.json`, with the hash of every file.
"""

import hashlib
import json
import re
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from townworks.errors import OutputError, TownworksError
from townworks.io.exporting_columns import Column, ExportError
from townworks.io.exporting_formats import READERS, WRITERS
from townworks.io.writers import write_text

PACKAGE = "datapackage.json"
KINDS = tuple(WRITERS)
_NAME = re.compile(r"\w[\w-]{0,30}")
_MEDIA = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json",
}


@dataclass(frozen=True)
class About:
    """What an export is of: its name, title, and the day that it stands for (ISO)."""

    name: str
    title: str
    as_of: str


def export_tables(
    tables: Mapping[str, pl.DataFrame], folder: Path, kind: str, about: About
) -> list[Path]:
    """Write every table into a folder, whole or not at all; returns the files.

    kind: csv, xlsx (a workbook a table), parquet or geojson (a table without geometry has features
    without one). A column `geojson`, `geometry` or `wkt` holds geometry in WGS 84. A folder that
    holds an export is replaced, any other that is not empty refused.

    Raises `ExportError` for what the kind cannot hold (types, texts, rows), `OutputError` when
    writing fails. Nothing half-written is left.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     table = pl.DataFrame({"town": ["袜艺小镇", "=1+1", None]})
    ...     about = About("towns", "Towns", "2016-06-30")
    ...     out = Path(home, "out")
    ...     files = export_tables({"town": table}, out, "csv", about)
    ...     print([file.name for file in files], read_export(out)["town"].equals(table))
    ['town.csv', 'datapackage.json'] True
    """
    _check(tables, folder, kind)
    place = folder.resolve()
    draft = place.with_name(f".townworks-{secrets.token_hex(6)}.part")
    try:
        draft.mkdir()
        resources = [_write(draft, name, frame, kind) for name, frame in tables.items()]
        package = {"profile": "data-package", **asdict(about), "resources": resources}
        write_text(json.dumps(package, ensure_ascii=False, indent=1), draft / PACKAGE)
        _replace(draft, place)
    except OSError as error:
        if isinstance(error, TownworksError):
            raise
        raise OutputError(folder, error.strerror or str(error)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return [folder / resource["path"] for resource in resources] + [folder / PACKAGE]


def _check(tables: Mapping[str, pl.DataFrame], folder: Path, kind: str) -> None:
    if kind not in KINDS:
        raise ExportError(folder, "kind", kind=kind, kinds=", ".join(KINDS))
    taken: set[str] = set()
    for name in tables:
        if not _NAME.fullmatch(name) or name.lower() in taken:
            raise ExportError(folder, "table_name", name=name)
        taken.add(name.lower())
    if not folder.resolve().parent.is_dir():
        raise OutputError(folder, f"there is no folder {folder.resolve().parent}")
    if folder.exists() and not folder.is_dir():
        raise OutputError(folder, "is a file")
    if folder.is_dir():
        _check_place(folder)


def _check_place(folder: Path) -> None:
    """Refuse a folder that holds a file which is no part of an export: it would be lost."""
    found = {path.name for path in folder.iterdir()}
    if not found:
        return
    known = {PACKAGE}
    if PACKAGE in found:
        known |= {str(resource.get("path")) for resource in _resources(folder)}
    if found - known:
        raise ExportError(folder, "occupied", name=min(found - known))


def _replace(draft: Path, place: Path) -> None:
    """Put a finished folder in its place; what stood there goes only when it stands."""
    old = draft.with_name(draft.name + ".old")
    if place.exists():
        place.rename(old)
    try:
        draft.rename(place)
    except OSError:
        if old.exists():
            old.rename(place)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _write(folder: Path, name: str, frame: pl.DataFrame, kind: str) -> dict[str, Any]:
    content, columns = WRITERS[kind](name, frame)
    path = folder / f"{name}.{kind}"
    path.write_bytes(content)
    text = {"encoding": "utf-8"} if kind in ("csv", "geojson") else {}
    return {
        "name": name,
        "path": path.name,
        "format": kind,
        "mediatype": _MEDIA[kind],
        **text,
        "rows": frame.height,
        "bytes": len(content),
        "hash": _hash(content),
        "schema": {"fields": [column.told() for column in columns], "missingValues": [""]},
    }


def _hash(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def read_export(folder: Path) -> dict[str, pl.DataFrame]:
    """Read an export back: the same tables, with the same types and values.

    Raises `ExportError` for a folder that holds none, or a file that was changed since.
    """
    return {str(resource.get("name")): _read(folder, resource) for resource in _resources(folder)}


def _resources(folder: Path) -> Sequence[Mapping[str, Any]]:
    try:
        package = json.loads((folder / PACKAGE).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        package = None
    resources = package.get("resources") if isinstance(package, dict) else None
    if not isinstance(resources, list) or not all(isinstance(each, dict) for each in resources):
        raise ExportError(folder, "no_package")
    return resources


def _read(folder: Path, resource: Mapping[str, Any]) -> pl.DataFrame:
    name, kind = str(resource.get("path")), str(resource.get("format"))
    path = folder / name
    if Path(name).name != name or kind not in READERS:
        raise ExportError(folder / PACKAGE, "outside", path=name)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ExportError(path, "missing_file", why=error.strerror or str(error)) from error
    if _hash(content) != resource.get("hash"):
        raise ExportError(path, "changed")
    try:
        rows = int(resource["rows"])
        columns = [Column.of(told) for told in resource["schema"]["fields"]]
        return _sound(path, READERS[kind](path, columns, rows), rows)
    except (KeyError, TypeError, ValueError, AttributeError, pl.exceptions.PolarsError) as error:
        if isinstance(error, TownworksError):
            raise
        why = str(error).partition("\n")[0][:100]
        raise ExportError(path, "damaged", why=why) from error


def _sound(path: Path, frame: pl.DataFrame, rows: int) -> pl.DataFrame:
    if frame.width and frame.height != rows:
        raise ExportError(path, "damaged", why=f"{frame.height:,} ≠ {rows:,}")
    return frame
