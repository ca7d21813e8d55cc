"""Exports of the chain and heads kept elsewhere: verified anywhere, without a database."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from townworks.errors import InputNotFoundError, OutputError, UnreadableInputError
from townworks.register.chain import GENESIS, Anchor, ChainFault, Sealed, faults

FIELDS = {"seq", "content", "prev_hash", "hash"}
"""What a line of an export holds: all of it is verified, so there is nothing else."""
HASH_DIGITS = 64
LINE = json.JSONEncoder(ensure_ascii=False, default=repr)


@dataclass(frozen=True)
class Verdict:
    """What was found: the number of events and records, the head, every fault."""

    events: int
    records: int
    head: Anchor
    faults: tuple[ChainFault, ...]


class Tally:
    """What passes by: how many events, the last one, and the last one of each record.

    last: by kind and record the number of its last event; a deleted record has none. Cost: some
    200 bytes a record.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.last: dict[str, dict[str, int]] = {}
        self.count = 0
        self.head = Anchor(0, GENESIS)

    def passing(self, events: Iterable[Sealed]) -> Iterator[Sealed]:
        """Take note of each event as it passes."""
        for event in events:
            records = self.last.setdefault(event.content["kind"], {})
            if event.content["after"]:
                records[event.content["record_id"]] = event.seq
            else:
                records.pop(event.content["record_id"], None)
            self.count += 1
            if event.seq > self.head.seq:
                self.head = Anchor(event.seq, event.hash)
            yield event

    @property
    def records(self) -> int:
        """How many records the events tell of."""
        return sum(len(records) for records in self.last.values())


def verify_export(path: Path, anchors: Iterable[Anchor] = ()) -> Verdict:
    """Verify an export, without any database; raises `UnreadableInputError` with the line.

    Cost: one pass over the file, which may be larger than memory.
    """
    if not path.is_file():
        raise InputNotFoundError(path, "does not exist")
    tally = Tally()
    found = tuple(faults(tally.passing(_exported(path)), anchors))
    return Verdict(tally.count, tally.records, tally.head, found)


def _exported(path: Path) -> Iterator[Sealed]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield read_line(line)
            except (ValueError, RecursionError) as error:
                problem = f"line {number} is no event ({error or 'too deep'})"
                remedy = "Export it anew: townworks verify --export FILE"
                raise UnreadableInputError(path, problem, remedy) from None


def write_line(event: Sealed) -> str:
    """Write an event as a line of an export, with its end.

    >>> write_line(Sealed(1, {"kind": "镇"}, "0", "f")).strip()
    '{"seq": 1, "content": {"kind": "镇"}, "prev_hash": "0", "hash": "f"}'
    """
    row = {
        "seq": event.seq,
        "content": event.content,
        "prev_hash": event.prev_hash,
        "hash": event.hash,
    }
    return LINE.encode(row) + "\n"


def read_line(line: bytes) -> Sealed:
    """Read a line of an export; raises `ValueError` for what is no event.

    A name that stands twice is refused: a person might read the other value.
    """
    row = json.loads(line.decode(), object_pairs_hook=_once)
    if not isinstance(row, dict) or row.keys() != FIELDS:
        raise ValueError(f"it needs {', '.join(sorted(FIELDS))}, and nothing else")
    content = row["content"]
    if not isinstance(content, dict) or not {"kind", "record_id", "after"} <= content.keys():
        raise ValueError("its content lacks kind, record_id or after")
    texts = (*content.values(), row["prev_hash"], row["hash"])
    if type(row["seq"]) is not int or not all(type(text) is str for text in texts):
        raise ValueError("seq is a whole number, all else is text")
    return Sealed(row["seq"], content, row["prev_hash"], row["hash"])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def read_anchors(path: Path) -> list[Anchor]:
    """Read heads that were kept: a line each, number and hash; empty where there is no file."""
    if not path.is_file():
        return []
    lines = enumerate(path.read_bytes().splitlines(), start=1)
    return [_anchor(path, number, line.split()) for number, line in lines if line.strip()]


def _anchor(path: Path, number: int, words: list[bytes]) -> Anchor:
    try:
        seq, head = (word.decode("ascii") for word in words)
        if len(head) == HASH_DIGITS:
            return Anchor(int(seq), head)
    except ValueError:
        pass
    problem = f"line {number} is no number and hash"
    raise UnreadableInputError(path, problem, "A line is: number, blank, 64 digits.")


def keep_anchor(path: Path, head: Anchor) -> None:
    """Add a head to the file of those that were kept; what stands there is never written again."""
    kept = read_anchors(path)
    if not head.seq or head in kept:
        return
    try:
        whole = not kept or path.read_bytes().endswith(b"\n")
        with path.open("a", encoding="ascii") as file:
            file.write(f"{'' if whole else chr(10)}{head.seq} {head.hash}\n")
    except OSError as error:
        raise OutputError(path, error.strerror or str(error)) from None
