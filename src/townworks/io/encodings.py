"""Text files as UTF-8 blocks, whatever their encoding; judged on the whole file, not a head."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import polars as pl

from townworks.errors import UnreadableInputError
from townworks.io.sources import Source

BLOCK_BYTES = 8 << 20
_SAVE = "Save it as UTF-8 (in Excel: “CSV UTF-8”)."
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MOST_BAD_LINES = 0.1
_LEAST_COMMON = 0.7
_MOST_NULS = 0.01
_CONTINUATION, _LEAD = 0x80, 0xC0  # first byte values of UTF-8's inner and leading bytes


def _mark_as_nul(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\0", error.end


codecs.register_error("townworks.nul", _mark_as_nul)


@dataclass(frozen=True)
class Encoding:
    """How a file's bytes become text, and whether every one of them does."""

    codec: str
    clean: bool


@dataclass
class _Tally:
    """Lines outside ASCII, and how many of them are no UTF-8 and no GB18030."""

    foreign: int = 0
    not_utf8: int = 0
    not_gb18030: int = 0
    characters: int = 0
    common: int = 0

    def add(self, block: bytes) -> None:
        """Count the lines of a block that is not UTF-8 throughout."""
        for line in block.split(b"\n"):
            if line.isascii():
                continue
            self.foreign += 1
            self.not_utf8 += not _decodes(line, "utf-8")
            text = line.decode("gb18030", "replace")
            self.not_gb18030 += "\ufffd" in text
            wide = [character for character in text if character > "\x7f"]
            self.characters += len(wide)
            self.common += len("".join(wide).encode("gb2312", "ignore")) // 2


def detect(source: Source) -> Encoding:
    """Read a text file through and say how it is encoded: UTF-8, GB18030 or marked UTF-16.

    A file that is UTF-8 from end to end is UTF-8. Of others, every line outside ASCII is tried:
    the encoding in which fewer lines fail is taken (UTF-8 on a tie), and lines that still fail
    become rejects later. Raises `UnreadableInputError` where more than one such line in ten fails,
    where GB18030 text is mostly rare characters (Big5, Latin-1 or EUC-KR read as Chinese), and for
    binary files.
    """
    with source.open() as file:
        head = file.read(BLOCK_BYTES)
        for mark, codec in _MARKS:
            if head.startswith(mark) and codec == "utf-16":
                return Encoding(codec, clean=False)
        _refuse_binary(source, head)
        if _is_utf8(head, file):
            return Encoding("utf-8-sig", clean=True)
    return _compare(source)


def _refuse_binary(source: Source, head: bytes) -> None:
    nuls = head.count(0)
    if nuls <= _MOST_NULS * len(head):
        return
    even, odd = head[::2].count(0), head[1::2].count(0)
    lopsided = max(even, odd) > 10 * min(even, odd)
    codec = "utf-16-be" if even > odd else "utf-16-le"
    if lopsided and _decodes(head[: len(head) // 2 * 2 - 2], codec):
        problem = f"looks like {codec.upper()} without a byte-order mark"
        raise UnreadableInputError(source.path, problem, _SAVE)
    problem = f"is no table: {nuls:,} of its first {len(head):,} bytes are NUL"
    remedy = "Name a CSV, TSV, Parquet, XLSX or JSON-lines file."
    raise UnreadableInputError(source.path, problem, remedy)


def _is_utf8(head: bytes, file: IO[bytes]) -> bool:
    """Tell whether all bytes are UTF-8; Polars checks ten times as fast as a Python decoder."""
    block, rest = head, b""
    while block:
        block = rest + block
        end = _whole_characters(block)
        try:
            pl.Series([block[:end]], dtype=pl.Binary).cast(pl.String)
        except pl.exceptions.PolarsError:
            return False
        rest = block[end:]
        block = file.read(BLOCK_BYTES)
    return _decodes(rest, "utf-8")


def _whole_characters(block: bytes) -> int:
    """Find where the last character of a block begins, if the block may cut it; else its end."""
    for back in range(1, min(4, len(block)) + 1):
        if block[-back] >= _LEAD:
            return len(block) - back
        if block[-back] < _CONTINUATION:
            break
    return len(block)


def _decodes(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _compare(source: Source) -> Encoding:
    tally = _Tally()
    with source.open() as file:
        for block in _whole_lines(file):
            tally.add(block)
    if tally.not_utf8 <= tally.not_gb18030:
        codec, bad = "utf-8-sig", tally.not_utf8
    else:
        codec, bad = "gb18030", tally.not_gb18030
    rare = codec == "gb18030" and tally.common < _LEAST_COMMON * tally.characters
    if rare or bad > _MOST_BAD_LINES * tally.foreign:
        problem = (
            f"is neither UTF-8 nor GB18030: of {tally.foreign:,} lines outside ASCII,"
            f" {tally.not_utf8:,} are no UTF-8 and"
            f" {tally.not_gb18030:,} no GB18030"
        )
        problem += ", and the rest would be mostly rare characters" if rare else ""
        raise UnreadableInputError(source.path, problem, _SAVE)
    return Encoding(codec, clean=False)


def _whole_lines(file: IO[bytes]) -> Iterator[bytes]:
    carry = b""
    while block := file.read(BLOCK_BYTES):
        lines, newline, rest = (carry + block).rpartition(b"\n")
        yield lines + newline
        carry = rest
    yield carry


def utf8_blocks(source: Source, encoding: Encoding) -> Iterator[bytes]:
    r"""Read a text file as blocks of UTF-8 with ``\n`` between lines, without byte-order mark.

    A byte that is no text in the file's encoding becomes NUL, which rejects its row later. A file
    whose lines end in a lone ``\r`` (no ``\n`` in its first block) has them turned into ``\n``.
    """
    decoder = codecs.getincrementaldecoder(encoding.codec)("townworks.nul")
    old_mac = None
    with source.open() as file:
        first = True
        while block := file.read(BLOCK_BYTES):
            if encoding.clean:
                text = block.removeprefix(codecs.BOM_UTF8) if first else block
            else:
                text = decoder.decode(block).encode()
            first = False
            if old_mac is None and (b"\n" in text or b"\r" in text[:-1]):
                old_mac = b"\n" not in text
            yield text.replace(b"\r", b"\n") if old_mac else text
        if not encoding.clean:
            yield decoder.decode(b"", final=True).encode()
