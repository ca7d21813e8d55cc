"""Files that a record rests on: looked at before they are kept, kept by their content.

A file is taken by what it is, not by what it is called: content and ending must agree. What a
browser could run (HTML, SVG, XML, scripts) and what could hide something (archives, macros, other
files inside, encryption, bombs) is refused.

What is *not* looked at: scripts inside a PDF, bytes behind the end of a picture, PDF or document,
formulas of a table, links of a document to elsewhere. They are why `download_headers` must go with
every answer: nothing kept here is ever shown by the browser, it is only saved.
"""

import hashlib
import os
import re
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol
from urllib.parse import quote

from townworks.errors import TownworksError
from townworks.schema.messages import message

CHUNK = 1 << 20
LONGEST_NAME = 200
_OOXML = "application/vnd.openxmlformats-officedocument."
ENDINGS: Mapping[str, tuple[str, str]] = {
    ".pdf": ("pdf", "application/pdf"),
    ".png": ("png", "image/png"),
    ".jpg": ("jpeg", "image/jpeg"),
    ".jpeg": ("jpeg", "image/jpeg"),
    ".xlsx": ("xlsx", _OOXML + "spreadsheetml.sheet"),
    ".docx": ("docx", _OOXML + "wordprocessingml.document"),
    ".csv": ("text", "text/csv"),
    ".txt": ("text", "text/plain"),
}
"""Endings that are taken: the content they stand for, and its media type."""
RUNNING = frozenset(
    ".html .htm .xhtml .shtml .mht .mhtml .svg .svgz .xml .js .mjs .hta .exe .dll .scr .pif .msi"
    " .bat .cmd .ps1 .sh .php .jsp .asp .aspx .vbs .vbe .wsf .jar .lnk .url .reg .py .apk".split()
)
"""Endings of what a browser or a system runs; nowhere in a name."""

_FORBIDDEN = '<>:"|?*'
_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[\d¹²³])", re.IGNORECASE)
_STARTS_RUNNING = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<[a-z!?/%]|#!|%!|@echo\b|\{\\rtf|mime-version:)", re.IGNORECASE
)
_MARKUP = re.compile(
    rb"<(?:!doctype|[?]xml|[?]php|/?(?:html|head|body|script|svg|iframe|frameset|object|embed|math"
    rb"|applet|meta|link|style|form|img|base|template))\b",
    re.IGNORECASE,
)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_ENCRYPTED_PDF = re.compile(
    rb"/" + b"".join(b"(?:%c|#%02x)" % (c, c) for c in b"Encrypt") + rb"\s*(?:\d+\s+\d+\s+R|<<)",
    re.IGNORECASE,
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ARCHIVES = (b"PK", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
_ARCHIVES += (b"\x28\xb5\x2f\xfd", b"MSCF", b"LZIP")
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe")
_PROGRAMS += (b"\x00asm", b"dex\n")
_CONTENT_TYPES = "[Content_Types].xml"
_MAIN_PARTS = {
    b"spreadsheetml.sheet.main+xml": "xlsx",
    b"wordprocessingml.document.main+xml": "docx",
}
_BAD_ZIP = (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError)
_BAD_ZIP += (ValueError, EOFError, ArithmeticError, LookupError)

Fault = tuple[str, dict[str, object]]
"""Key of the catalogue and the values that go into its text."""
Found = tuple[str, list[Fault]]
"""What a content is ("" where nothing that is taken), and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file, and what it unpacks to, may be."""

    size_bytes: int = 20_000_000
    unpacked_bytes: int = 200_000_000
    ratio: int = 200
    """Most that a document unpacks to, as a multiple of its size …"""
    calm_bytes: int = 10_000_000
    """… unless it unpacks to less than this anyway."""
    entries: int = 5_000
    pixels: int = 100_000_000


STANDARD = Limits()


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that may be kept: cleaned name (NFC), media type, size, SHA-256 in hexadecimal."""

    name: str
    media_type: str
    size_bytes: int
    sha256: str


class Named(Protocol):
    """Anything with the name of a file."""

    @property
    def name(self) -> str:
        """Return the name to save it under."""


class EvidenceError(TownworksError, ValueError):
    """A file is not taken, or is no longer what was taken; every reason, not only the first.

    >>> print(EvidenceError([("evidence.empty", {"name": "a.pdf"})]))
    “a.pdf” is empty: 0 bytes arrived. Choose the file again.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Take each fault as (key of the catalogue, values)."""
        self.faults = tuple(faults)
        super().__init__("\n".join(self.messages("en")))

    def messages(self, language: str) -> list[str]:
        """What is wrong, by how much and what to do: a text for each fault."""
        return [message(key, language, **values) for key, values in self.faults]


def check_upload(name: str, stream: BinaryIO, size: int, limits: Limits = STANDARD) -> Accepted:
    """Look at a file; raises `EvidenceError` with everything that is wrong with it.

    size: as declared, bytes; above the limit nothing is read. Where the size was a lie, reading
    stops one byte above the limit. The stream is read from its start and left anywhere. Memory:
    the file (at most the limit), as much again for its text, and a few megabytes; whatever a file
    unpacks to, its parts go through one megabyte at a time and stop at the limit.

    >>> check_upload("账.csv", BytesIO("年,额\\n2016,5\\n".encode("gb18030")), 13).media_type
    'text/csv'
    """
    faults = list(_name_faults(name))
    data = b"" if size > limits.size_bytes else _read(stream, limits.size_bytes + 1)
    at_least = max(size, len(data))
    if at_least > limits.size_bytes:
        most_mb = limits.size_bytes / 1e6
        raise _refusal(name, [*faults, ("too_large", {"size": at_least, "most_mb": most_mb})])
    if len(data) < size or not data:
        values: dict[str, object] = {"size": size, "read": len(data)}
        raise _refusal(name, [*faults, ("cut" if data else "empty", values)])
    ending = PurePosixPath(_clean(name)).suffix.lower()
    kind, wrong = _look(data, ending, limits)
    faults += wrong
    expected, media_type = ENDINGS.get(ending, ("", ""))
    if kind and kind != expected and ending not in RUNNING:
        faults.append(("ending", {"kind": kind.upper(), "ending": ending or "–"}))
    if faults:
        raise _refusal(name, faults)
    return Accepted(_clean(name), media_type, len(data), hashlib.sha256(data).hexdigest())


def _refusal(name: str, faults: Sequence[Fault]) -> EvidenceError:
    """Faults of this module's catalogue, each with the name as it came."""
    common = {"name": _shown(name), "allowed": " ".join(ENDINGS)}
    return EvidenceError([(f"evidence.{key}", common | values) for key, values in faults])


def _read(stream: BinaryIO, most: int) -> bytes:
    """The first bytes of a stream, from its start where it can go there."""
    if stream.seekable():
        stream.seek(0)
    chunks, left = [], most
    while left > 0 and (chunk := stream.read(min(CHUNK, left))):
        chunks.append(chunk)
        left -= len(chunk)
    return b"".join(chunks)


def _clean(name: str) -> str:
    """Name in composed letters, without spaces around it and dots behind it.

    >>> _clean(" Cafe\\u0301.pdf. ")
    'Café.pdf'
    """
    return unicodedata.normalize("NFC", name).strip().rstrip(". ")


def _is_unsafe(character: str) -> bool:
    """Whether a character is invisible, turns the writing round, or is none of Windows' names."""
    return unicodedata.category(character) in _INVISIBLE or character in _FORBIDDEN


def _shown(name: str) -> str:
    """Name as it came, with what cannot be seen spelled out, shortened.

    >>> _shown("bill\\u202efdp.exe")
    'bill⟨U+202E⟩fdp.exe'
    """
    shown = "".join(f"⟨U+{ord(c):04X}⟩" if _is_unsafe(c) else c for c in name[:LONGEST_NAME])
    return shown if len(name) <= LONGEST_NAME else shown + "…"


def _name_faults(name: str) -> Iterator[Fault]:
    """What is wrong with a name."""
    clean = _clean(name)
    unsafe = sorted({c for c in name if _is_unsafe(c)})
    if unsafe:
        yield "characters", {"found": " ".join(f"U+{ord(c):04X}" for c in unsafe[:5])}
    if "/" in name or "\\" in name:
        yield "path", {}
    if not clean or _RESERVED.fullmatch(clean.partition(".")[0].strip()):
        yield "reserved", {}
    if len(clean) > LONGEST_NAME:
        yield "long_name", {"n": len(clean), "most": LONGEST_NAME}
    endings = [ending.strip().lower() for ending in PurePosixPath(clean).suffixes]
    running = [ending for ending in endings if ending in RUNNING]
    if running:
        yield "running", {"ending": running[0]}


def _look(data: bytes, ending: str, limits: Limits) -> Found:
    """What a content is, and what is wrong with it."""
    if 0 < data.find(b"%PDF-", 0, 1029):  # readers look for it in the first 1,024 bytes
        return "", [("before_pdf", {"n": data.find(b"%PDF-")})]
    for signature, look in _LOOKS:
        if data.startswith(signature):
            return look(data, limits)
    if not (stray := _no_text(data)):
        running = _STARTS_RUNNING.match(data) or _MARKUP.search(data)
        if running:
            return "", [("markup", {"position": running.start() + 1})]
        return "text", []
    if data.startswith(_PROGRAMS):
        return "", [("program", {})]
    if data.startswith(_ARCHIVES) or data[257:262] == b"ustar":
        return "", [("archive", {})]
    if ENDINGS.get(ending, ("", ""))[0] == "text":
        return "", [("no_text", {"position": stray})]
    return "", [("not_taken", {})]


def _no_text(data: bytes) -> int:
    """Where (from 1) a content stops being text in UTF-8 or GB18030; 0 where it is all text.

    Bytes below 0x20 and `<` stand for themselves in both, never for part of a letter.

    >>> _no_text("镇".encode("gb18030")), _no_text(b"ab\\x00")
    (0, 3)
    """
    control = _CONTROL.search(data)
    if control:
        return control.start() + 1
    stray = 0
    for encoding in ("utf-8", "gb18030"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError as error:
            stray = max(stray, error.start + 1)
        else:
            return 0
    return stray


def _pdf(data: bytes, _: Limits) -> Found:
    """PDF (ISO 32000-1, 7.5): whole, and readable without a password."""
    if b"%%EOF" not in data:
        return "pdf", [("broken", {})]
    return "pdf", [("encrypted", {})] if _ENCRYPTED_PDF.search(data) else []


def _png(data: bytes, limits: Limits) -> Found:
    """PNG (ISO/IEC 15948, 5 and 11.2.2): its header comes first, its end is there."""
    if data[12:16] != b"IHDR" or b"IEND\xaeB`\x82" not in data:
        return "png", [("broken", {})]
    width, height = struct.unpack_from(">II", data, 16)
    return "png", _pixel_faults(width, height, limits)


def _jpeg(data: bytes, limits: Limits) -> Found:
    """JPEG (ISO/IEC 10918-1, B.1 and B.2.2): its first frame header, and its end behind that."""
    at, tables = 2, 1_000
    while tables and at + 9 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if marker in _FRAMES and data.rfind(b"\xff\xd9") > at:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return "jpeg", _pixel_faults(width, height, limits)
        at += 1 if marker == 0xFF else 2 + length  # noqa: PLR2004 (0xFF may be repeated)
        tables -= 1
    return "jpeg", [("broken", {})]


_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _pixel_faults(width: int, height: int, limits: Limits) -> list[Fault]:
    """A picture without size, or too large to open."""
    if not width or not height:
        return [("broken", {})]
    if width * height > limits.pixels:
        values = {"width": width, "height": height, "most": limits.pixels / 1e6}
        return [("pixels", {**values, "found": width * height / 1e6})]
    return []


def _ole(data: bytes, _: Limits) -> Found:
    """Office before 2007 (may hold macros), or a newer document under a password (MS-OFFCRYPTO)."""
    is_locked = "EncryptedPackage".encode("utf-16-le") in data
    return "", [("encrypted" if is_locked else "old_office", {})]


def _office(data: bytes, limits: Limits) -> Found:
    """XLSX or DOCX (ISO/IEC 29500-2): a ZIP of parts, unpacked only as far as the limits go."""
    count = data.count(b"PK\x01\x02")  # before `zipfile` makes an object of each
    if count > limits.entries:
        return "", [("entries", {"n": count, "most": limits.entries})]
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return _document(archive, len(data), limits)
    except _BAD_ZIP:
        return "", [("broken", {})]


def _document(archive: zipfile.ZipFile, size: int, limits: Limits) -> Found:
    """What a ZIP is; raises as `zipfile` does where it is damaged or contradicts itself."""
    entries = archive.infolist()
    if any(entry.flag_bits & 0x2041 for entry in entries):
        return "", [("encrypted", {})]
    if _CONTENT_TYPES not in archive.namelist():
        return "", [("archive", {})]
    if bad := [entry.orig_filename for entry in entries if _is_bad_part(entry.orig_filename)]:
        return "", [("part", {"part": _shown(bad[0][:80])})]
    _refuse_contradictions(entries, size)
    most = min(limits.unpacked_bytes, max(limits.calm_bytes, limits.ratio * size))
    heads = _unpack(archive, most)
    if not heads:
        return "", [("bomb", {"size": size, "most": most})]
    return _kind_of_document(heads)


def _is_bad_part(name: str) -> bool:
    """Whether a part's name leads out of the folder that the document is unpacked to."""
    out = name.startswith("/") or ".." in name.split("/")
    return out or "\\" in name or any(_is_unsafe(c) for c in name)


def _refuse_contradictions(entries: Sequence[zipfile.ZipInfo], size: int) -> None:
    """Raise where readers would see different things, or would not end.

    Two parts of one name, something before the first part, parts that share bytes, and packing
    that documents do not use: bzip2 and LZMA unpack whole blocks, without a limit.
    """
    names = {entry.orig_filename.lower() for entry in entries}
    methods = {entry.compress_type for entry in entries}
    if (
        len(names) < len(entries)
        or min(entry.header_offset for entry in entries) > 0
        or sum(entry.compress_size for entry in entries) > size
        or not methods <= {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
    ):
        raise zipfile.BadZipFile


def _unpack(archive: zipfile.ZipFile, most: int) -> dict[str, bytes]:
    """First bytes of each part, more of the list of types; {} where all unpack to more than `most`.

    `zipfile` stops at the size that a part declares, other readers do not: so it is told to go on,
    and what came is compared with what was declared.
    """
    heads, total = {}, 0
    for entry in archive.infolist():
        endless, before = copy(entry), total
        endless.file_size = most + 1
        with archive.open(endless) as part:
            head = part.read(CHUNK)
            total += len(head)
            while total <= most and (chunk := part.read(CHUNK)):
                total += len(chunk)
        if total > most:
            return {}
        if total - before != entry.file_size:
            raise zipfile.BadZipFile
        heads[entry.filename] = head if entry.filename == _CONTENT_TYPES else head[:8]
    return heads


def _kind_of_document(heads: Mapping[str, bytes]) -> Found:
    """Workbook or text by the list of types (UTF-8 or UTF-16), without anything else inside."""
    types = heads[_CONTENT_TYPES].replace(b"\x00", b"")
    names = " ".join(heads).lower()
    if re.search(rb"macro|vbaproject", types, re.IGNORECASE) or "vbaproject" in names:
        return "", [("macro", {})]
    for name, head in heads.items():
        inner = PurePosixPath(name).suffix.lower() in RUNNING - {".xml", ".svg"}
        if inner or head.startswith((_OLE, *_ARCHIVES, *_PROGRAMS)):
            return "", [("inside", {"part": _shown(name[:80])})]
    kinds = [kind for mark, kind in _MAIN_PARTS.items() if mark in types]
    return (kinds[0], []) if len(kinds) == 1 else ("", [("archive", {})])


_LOOKS: tuple[tuple[bytes, Callable[[bytes, Limits], Found]], ...] = (
    (b"%PDF-", _pdf),
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"\xff\xd8\xff", _jpeg),
    (b"PK\x03\x04", _office),
    (_OLE, _ole),
)


def store(stream: BinaryIO, accepted: Accepted, folder: Path) -> Path:
    """Keep a file under its hash, whole or not at all; returns where.

    The same content is kept once; kept again, it mends a file that was changed on the disk.
    Raises `EvidenceError` where the stream is not what was looked at.
    """
    path = folder / _place(accepted.sha256)
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    handle, written = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            data = _read(stream, accepted.size_bytes + 1)
            file.write(data)
            os.fchmod(file.fileno(), 0o640)
            file.flush()
            os.fsync(file.fileno())
        if hashlib.sha256(data).hexdigest() != accepted.sha256:
            raise EvidenceError([("evidence.swapped", {"name": accepted.name})])
        Path(written).replace(path)
    finally:
        Path(written).unlink(missing_ok=True)
    return path


def open_stored(folder: Path, sha256: str) -> bytes:
    """Read a kept file; raises `EvidenceError` where it is gone or no longer what was kept."""
    place = _place(sha256)
    try:
        content = (folder / place).read_bytes()
    except OSError:
        raise EvidenceError([("evidence.gone", {"place": place})]) from None
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise EvidenceError([("evidence.changed", {"place": place, "found": found})])
    return content


def _place(sha256: str) -> str:
    """Where a content lies within the folder."""
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise EvidenceError([("evidence.gone", {"place": _shown(sha256[:80])})])
    return f"{sha256[:2]}/{sha256}"


def download_headers(file: Named) -> dict[str, str]:
    """Headers with which a browser saves a file and runs nothing of it (RFC 6266, RFC 8187).

    >>> download_headers(Accepted("账 1.csv", "text/csv", 1, ""))["Content-Disposition"]
    "attachment; filename=\\"_ 1.csv\\"; filename*=UTF-8''%E8%B4%A6%201.csv"
    """
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", file.name)
    exact = quote(re.sub(r"[\x00-\x1f\x7f/\\]", "_", file.name), safe="", errors="replace")
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }
