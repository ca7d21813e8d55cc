"""Where records of delimited text begin and end, found with numpy on whole blocks of bytes."""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

MAX_RECORD_BYTES = 1_000_000
MAX_RECORD_NEWLINES = 100
_NEWLINE, _RETURN, _QUOTE = 0x0A, 0x0D, 0x22

Positions = NDArray[np.int64]


@dataclass(frozen=True)
class Layout:
    """The records of a block that end in it: start, end (newline excluded), fields, newlines.

    `safe` is how many of the first records are certain; the next one (if `suspect`) needs an exact
    look, since its quotes are not as RFC 4180 has them, or it spans lines and does not fit.
    """

    starts: Positions
    ends: Positions
    fields: Positions
    lines: Positions
    safe: int
    suspect: bool


def lay_out(block: bytes, start: int, delimiter: int, width: int) -> Layout:
    r"""Find the records of a block from a byte on where one starts; positions count from there.

    >>> layout = lay_out(b'a,"b\n",c\n1,2\n', 0, ord(","), 3)
    >>> layout.starts.tolist(), layout.fields.tolist(), layout.lines.tolist()
    ([0, 9], [3, 2], [0, 2])
    """
    data = np.frombuffer(block, np.uint8, offset=start)
    newlines = np.flatnonzero(data == _NEWLINE)
    delimiters = np.flatnonzero(data == delimiter)
    quotes = np.flatnonzero(data == _QUOTE) if block.find(b'"', start) >= 0 else newlines[:0]
    ends, broken = newlines, -1
    if quotes.size:
        ends = newlines[np.searchsorted(quotes, newlines) % 2 == 0]
        delimiters = delimiters[np.searchsorted(quotes, delimiters) % 2 == 0]
        broken = _first_broken(data, quotes, delimiter)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1] + 1]) if ends.size else ends
    before = np.searchsorted(delimiters, ends)
    fields = np.diff(before, prepend=0) + 1
    lines = np.searchsorted(newlines, starts) if quotes.size else np.arange(ends.size)
    safe = _count_safe(ends, starts, fields, newlines, width)
    if broken >= 0:
        safe = min(safe, int(np.searchsorted(ends, broken)))
    suspect = safe < ends.size or _tail_is_suspect(data, ends, newlines, broken)
    return Layout(starts, ends, fields, lines, safe, suspect)


def _first_broken(data: NDArray[np.uint8], quotes: Positions, delimiter: int) -> int:
    """Find the first quote that neither opens nor closes a cell nor is one of a pair, or -1."""
    opening, closing = quotes[::2], quotes[1::2]
    before = data[opening - 1]
    opens = (before == delimiter) | (before == _NEWLINE) | (before == _QUOTE) | (opening == 0)
    last = data.size - 1
    after = data[np.minimum(closing + 1, last)]
    ended = closing == last
    line_end = (after == _NEWLINE) | (
        (after == _RETURN) & (data[np.minimum(closing + 2, last)] == _NEWLINE)
    )
    closes = (after == delimiter) | (after == _QUOTE) | line_end | ended
    wrong = np.concatenate([opening[~opens], closing[~closes]])
    return int(wrong.min()) if wrong.size else -1


def _count_safe(
    ends: Positions, starts: Positions, fields: Positions, newlines: Positions, width: int
) -> int:
    """Count the records before the first that spans lines and is too large or does not fit."""
    if ends.size == newlines.size:
        return int(ends.size)
    spans = np.searchsorted(newlines, ends) - np.searchsorted(newlines, starts)
    large = (spans > MAX_RECORD_NEWLINES) | (ends - starts > MAX_RECORD_BYTES)
    doubtful = np.flatnonzero((spans > 0) & (large | (fields != width)))
    return int(doubtful[0]) if doubtful.size else int(ends.size)


def _tail_is_suspect(
    data: NDArray[np.uint8], ends: Positions, newlines: Positions, broken: int
) -> bool:
    """Tell whether what follows the last record is more than a record cut by the block's end."""
    start = int(ends[-1]) + 1 if ends.size else 0
    inside = newlines.size - int(np.searchsorted(newlines, start))
    long = data.size - start > MAX_RECORD_BYTES
    return inside > MAX_RECORD_NEWLINES or (inside > 0 and (long or broken >= start))


@dataclass(frozen=True)
class Record:
    """One record read exactly: its cells as bytes, where it ends, newlines in it, its fault."""

    cells: list[bytes]
    end: int
    newlines: int
    unclosed: bool = False


@dataclass(frozen=True)
class ExactReader:
    """Reads single records by the rules of RFC 4180, and mends or bounds what breaks them.

    A quote inside an unquoted cell is a character like any other. A cell in quotes may hold
    newlines if its closing quote is followed by a delimiter or line end within 100 lines and
    1,000,000 bytes; otherwise only its first line is looked at: with a second quote on it the
    quotes are taken as characters, without one the line is `unclosed`.
    """

    delimiter: bytes
    width: int

    def read(self, data: bytes, start: int) -> Record:
        """Read the record that starts at a byte of `data`."""
        line_end = data.find(b"\n", start)
        line_end = len(data) if line_end < 0 else line_end
        line = data[start:line_end].removesuffix(b"\r")
        if b'"' not in line:
            return Record(line.split(self.delimiter), line_end, 0)
        whole = self._read_quoted(data, start)
        if whole is not None and self._fits(data, start, whole):
            return whole
        alone = self._read_line(line)
        return Record(alone.cells, line_end, 0, alone.unclosed)

    def _fits(self, data: bytes, start: int, record: Record) -> bool:
        """Tell whether lines are one record, rather than rows behind a stray quote."""
        if not record.newlines:
            return True
        if record.newlines > MAX_RECORD_NEWLINES:
            return False
        if len(record.cells) == self.width:
            return True
        follow = data[start : record.end].split(b"\n")[1:]
        return all(len(self._read_line(line).cells) != self.width for line in follow)

    def _read_line(self, line: bytes) -> Record:
        cells, place, unclosed = [], 0, False
        while True:
            match = self._quoted.match(line, place)
            if match:
                cells.append(match[1].replace(b'""', b'"'))
                place = match.end()
            else:
                end = line.find(self.delimiter, place)
                end = len(line) if end < 0 else end
                if line.startswith(b'"', place) and line.find(b'"', place + 1) < 0:
                    unclosed = True
                cells.append(line[place:end])
                place = end
            if place >= len(line):
                return Record(cells, place, 0, unclosed)
            place += len(self.delimiter)
            if place == len(line):
                return Record([*cells, b""], place, 0, unclosed)

    def _read_quoted(self, data: bytes, start: int) -> Record | None:
        limit = min(len(data), start + MAX_RECORD_BYTES)
        cells, place = [], start
        while True:
            if data.startswith(b'"', place):
                match = self._quoted.match(data, place, limit)
                if match is None or match.end() == limit < len(data):
                    return None
                cells.append(match[1].replace(b'""', b'"'))
            else:
                match = self._plain.match(data, place)
                if match is None:  # pragma: no cover - the pattern matches the empty cell
                    return None
                cells.append(
                    match[0].removesuffix(b"\r") if self._at_end(data, match.end()) else match[0]
                )
            place = match.end()
            if data.startswith(b"\r\n", place):
                place += 1
            if self._at_end(data, place):
                return Record(cells, place, data.count(b"\n", start, place))
            place += len(self.delimiter)

    @staticmethod
    def _at_end(data: bytes, place: int) -> bool:
        return place >= len(data) or data.startswith(b"\n", place)

    @cached_property
    def _quoted(self) -> re.Pattern[bytes]:
        stop = re.escape(self.delimiter)
        return re.compile(rb'"([^"]*+(?:""[^"]*+)*+)"(?=' + stop + rb"|\r?\n|\r?\Z)")

    @cached_property
    def _plain(self) -> re.Pattern[bytes]:
        if len(self.delimiter) == 1:
            return re.compile(rb"[^\n" + re.escape(self.delimiter) + rb"]*+")
        return re.compile(rb"(?:(?!" + re.escape(self.delimiter) + rb")[^\n])*+")
