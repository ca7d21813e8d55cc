"""Reading CSV, TSV and their like: fast where the text is clean, exact where it is not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from townworks.errors import InputNotFoundError, UnreadableInputError
from townworks.io.batches import RawRows, Refusal
from townworks.io.encodings import detect, utf8_blocks
from townworks.io.headers import count_known, find_columns
from townworks.io.records import MAX_RECORD_BYTES, ExactReader, Layout, Positions, Record, lay_out
from townworks.io.sources import Source

DELIMITERS = (b",", b"\t", b";", "，".encode(), b"|")
MAX_LINE_BYTES = 64 << 20
HEADER_BYTES = 1 << 20
_FIRST_SPAN, _LAST_SPAN = 64 << 10, 4 << 20
_RAW_BYTES = 8_000


@dataclass
class _Header:
    """What the first line of a file says: delimiter, headers, where the rows begin."""

    delimiter: bytes
    names: list[str]
    end: int
    lines: int


@dataclass
class _Shape:
    """How the rows of a file are read: delimiter, number of cells, position of each field."""

    delimiter: bytes
    width: int
    places: dict[str, int]
    exact: ExactReader = field(init=False)

    def __post_init__(self) -> None:
        self.exact = ExactReader(self.delimiter, self.width)


def read_delimited(
    source: Source, columns: Mapping[str, str] | None, batch_rows: int
) -> Iterator[tuple[str, RawRows]]:
    """Read delimited text in blocks: rows with the header's number of cells, the others refused.

    The first line that is not blank is the header; it also tells the delimiter (comma, tab,
    semicolon, full-width comma or bar: the one that yields most known headers). Blank lines are no
    rows. Refused are rows with another number of cells (``field_count``), whose quote does not end
    (``unclosed_quote``), or with bytes that are no text (``bad_bytes``).
    """
    waiting: list[RawRows] = []
    rows = 0
    for piece in _read_pieces(source, columns):
        waiting.append(piece)
        rows += piece.frame.height + len(piece.refusals)
        if rows >= batch_rows:
            yield from _batches(source, waiting, batch_rows)
            waiting, rows = [], 0
    if rows:
        yield from _batches(source, waiting, batch_rows)


def _batches(
    source: Source, pieces: list[RawRows], batch_rows: int
) -> Iterator[tuple[str, RawRows]]:
    frame = pl.concat([piece.frame for piece in pieces])
    refusals = [refusal for piece in pieces for refusal in piece.refusals]
    for start in range(0, max(frame.height, 1), batch_rows):
        part = frame.slice(start, batch_rows)
        yield str(source.path), RawRows(part, refusals if start == 0 else [])


def _read_pieces(source: Source, columns: Mapping[str, str] | None) -> Iterator[RawRows]:
    blocks = utf8_blocks(source, detect(source))
    first = b""
    while len(first) < HEADER_BYTES and (block := next(blocks, b"")):
        first += block
    header = _read_header(first)
    if header is None:
        raise InputNotFoundError(source.path, "holds only blank lines")
    places = find_columns(source.path, header.names, columns)
    shape = _Shape(header.delimiter, len(header.names), places)
    reader = _BlockReader(source, shape, header.lines + 1)
    yield from reader.read(first[header.end :], final=False)
    for block in blocks:
        yield from reader.read(block, final=False)
    yield from reader.read(b"", final=True)


def _read_header(data: bytes) -> _Header | None:
    start = lines = 0
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        if data[start:end].strip():
            return max((_split_header(data, start, lines, d) for d in DELIMITERS), key=_plausible)
        start, lines = end + 1, lines + 1
    return None


def _split_header(data: bytes, start: int, lines: int, delimiter: bytes) -> _Header:
    record = ExactReader(delimiter, 0).read(data, start)
    names = [cell.decode(errors="replace").strip() for cell in record.cells]
    return _Header(delimiter, names, record.end + 1, lines + 1 + record.newlines)


def _plausible(header: _Header) -> tuple[int, int, int]:
    """Rank delimiters: known headers first, then most headers, then the order of `DELIMITERS`."""
    return count_known(header.names), len(header.names), -DELIMITERS.index(header.delimiter)


@dataclass
class _BlockReader:
    """Reads rows from blocks that follow each other; what a block's end cuts waits for the next."""

    source: Source
    shape: _Shape
    line: int
    carry: bytes = b""
    span: int = _FIRST_SPAN

    def read(self, block: bytes, *, final: bool) -> Iterator[RawRows]:
        """Read the rows that end in this block; with `final`, all that is left."""
        data = self.carry + block
        if final and data and not data.endswith(b"\n"):
            data += b"\n"
        place, clean = 0, True
        while place < len(data):
            safe_end, suspect, piece = self._read_safe(data, place)
            if piece is not None:
                yield piece
            place = safe_end
            if not final and (not suspect or len(data) - place < 2 * MAX_RECORD_BYTES):
                break
            if place == len(data):
                break
            after, piece = self._read_exactly(data, place, final=final)
            yield piece
            clean = False
            if after == place:
                break
            place = after
        self.span = _FIRST_SPAN if clean else self.span
        self._keep(data[place:])

    def _keep(self, rest: bytes) -> None:
        self.carry = rest
        if len(rest) > MAX_LINE_BYTES:
            problem = f"has a line of more than {MAX_LINE_BYTES >> 20} MB (line {self.line:,})"
            remedy = "Check that it is a table with one row a line."
            raise UnreadableInputError(self.source.path, problem, remedy)

    def _read_safe(self, data: bytes, place: int) -> tuple[int, bool, RawRows | None]:
        """Read the records from `place` on that are certain; say where they end."""
        shape = self.shape
        if len(shape.delimiter) > 1:
            return place, True, None
        layout = lay_out(data, place, shape.delimiter[0], shape.width)
        safe = layout.safe
        if not safe:
            return place, layout.suspect, None
        end = int(layout.ends[safe - 1]) + 1
        part = data[place : place + end]
        piece = self._take(part, layout)
        self.line += part.count(b"\n")
        return place + end, layout.suspect, piece

    def _take(self, part: bytes, layout: Layout) -> RawRows:
        safe = layout.safe
        starts, ends = layout.starts[:safe], layout.ends[:safe]
        good = layout.fields[:safe] == self.shape.width
        if b"\0" in part:
            nul = np.flatnonzero(np.frombuffer(part, np.uint8) == 0)
            good[np.searchsorted(ends, nul)] = False
        lines = layout.lines[:safe] + self.line
        if good.all():
            return RawRows(self._parse(part, lines))
        refusals = [
            refusal
            for i in np.flatnonzero(~good)
            if (refusal := self._refuse_plain(part, starts[i], ends[i], int(lines[i])))
        ]
        kept = _cut(part, starts, ends, good)
        return RawRows(self._parse(kept, lines[good]), refusals)

    def _refuse_plain(self, part: bytes, start: int, end: int, line: int) -> Refusal | None:
        raw = part[start:end]
        if not raw.strip(b" \t\r\x0b\x0c"):
            return None
        return self._refuse(self.shape.exact.read(part, int(start)), raw, line)

    def _refuse(self, record: Record, raw: bytes, line: int) -> Refusal | None:
        """Say why a record cannot be a row, or nothing if it can."""
        text = raw[:_RAW_BYTES].decode(errors="ignore").removesuffix("\r").replace("\0", "\ufffd")
        if b"\0" in raw:
            column = raw[: raw.index(b"\0")].decode(errors="ignore")
            detail = f"a byte that is no text after {len(column):,} characters"
            return Refusal(line, "bad_bytes", detail, text)
        if record.unclosed:
            return Refusal(line, "unclosed_quote", "a quote opens and does not close", text)
        if len(record.cells) != self.shape.width:
            detail = f"{len(record.cells)} fields, {self.shape.width} expected"
            return Refusal(line, "field_count", detail, text)
        return None

    def _parse(self, part: bytes, lines: Positions) -> pl.DataFrame:
        """Parse records known to be right: with Polars, or exactly should it count otherwise."""
        if not lines.size:
            return self._frame([])
        shape = self.shape
        names = [f"column_{i}" for i in range(shape.width)]
        fields = [pl.col(names[i]).alias(name) for name, i in shape.places.items()]
        try:
            frame = pl.read_csv(
                part,
                has_header=False,
                schema=dict.fromkeys(names, pl.String),
                columns=sorted(set(shape.places.values())),
                separator=shape.delimiter.decode(),
                quote_char='"' if b'"' in part else None,
            )
        except pl.exceptions.PolarsError:
            frame = pl.DataFrame()
        if frame.height != lines.size:
            return self._parse_exactly(part, lines)
        return frame.select(pl.Series("line", lines, pl.UInt64), *fields)

    def _parse_exactly(self, part: bytes, lines: Positions) -> pl.DataFrame:
        place, rows = 0, []
        for line in lines.tolist():
            record = self.shape.exact.read(part, place)
            rows.append((line, [cell.decode() for cell in record.cells]))
            place = record.end + 1
        return self._frame(rows)

    def _read_exactly(self, data: bytes, place: int, *, final: bool) -> tuple[int, RawRows]:
        """Read records one by one for a span that doubles each time one is needed in a block."""
        stop = min(place + self.span, len(data))
        self.span = min(2 * self.span, _LAST_SPAN)
        rows: list[tuple[int, list[str]]] = []
        refusals: list[Refusal] = []
        while place < stop and (final or len(data) - place >= 2 * MAX_RECORD_BYTES):
            if data.find(b"\n", place) < 0:
                break
            record = self.shape.exact.read(data, place)
            if record.end >= len(data) and not final:
                break
            raw = data[place : record.end]
            if raw.strip(b" \t\r\x0b\x0c"):
                refusal = self._refuse(record, raw, self.line)
                if refusal:
                    refusals.append(refusal)
                else:
                    rows.append((self.line, [cell.decode() for cell in record.cells]))
            self.line += record.newlines + 1
            place = record.end + 1
        return place, RawRows(self._frame(rows), refusals)

    def _frame(self, rows: list[tuple[int, list[str]]]) -> pl.DataFrame:
        cells = {
            name: pl.Series([row[i] for _, row in rows], dtype=pl.String)
            for name, i in self.shape.places.items()
        }
        return pl.DataFrame({"line": pl.Series([n for n, _ in rows], dtype=pl.UInt64), **cells})


def _cut(part: bytes, starts: Positions, ends: Positions, good: NDArray[np.bool_]) -> bytes:
    """Join the records that are good, run by run."""
    edges = np.diff(good.astype(np.int8), prepend=0, append=0)
    firsts, lasts = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    runs = zip(starts[firsts].tolist(), ends[lasts].tolist(), strict=True)
    return b"".join(part[start : end + 1] for start, end in runs)
