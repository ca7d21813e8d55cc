"""The record beside each result: what it rests on, so that anybody can make it again."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import file_digest
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from townworks.io import write_table, write_text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Run = Mapping[str, object]


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()


def run_of(
    inputs: Iterable[Path],
    options: "DataclassInstance",
    more: Mapping[str, object],
    seed: int | None = None,
) -> Run:
    """Return version, day, inputs with their hashes, options, seed, and what else counts."""
    return {
        "townworks": version("townworks"),
        "made_on": datetime.now(tz=UTC).date(),
        "inputs": [{"file": str(path), "sha256": digest(path)} for path in inputs],
        "options": asdict(options),
        "seed": seed,
        **more,
    }


def write_run(path: Path, run: Run) -> None:
    """Write the record of a run beside a result, as `<name>.run.json`."""
    text = json.dumps(run, ensure_ascii=False, indent=2, default=str)
    write_text(text, path.with_name(path.name + ".run.json"))


def write_named(result: object, places: Mapping[str, Path | None], run: Run) -> list[Path]:
    """Write the tables of a result to the places named after them, each with its record."""
    written = []
    for name, path in places.items():
        if path is not None:
            write_table(getattr(result, name), path)
            write_run(path, run)
            written.append(path)
    return written
