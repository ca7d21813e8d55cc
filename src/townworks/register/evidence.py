"""Files that a record rests on: looked at before they are kept, kept by their content.

A file is taken by what it is, not by what it is called: content and ending must agree. What a
browser could run and what could hide something (archives, macros, encryption, bombs) is refused.

*Not* looked at: scripts inside a PDF, bytes behind the end of a picture, PDF or document, formulas
of a table, links of a document. So nothing kept here is ever shown by a browser, only saved:
`download_headers` goes with every answer.
"""

import hashlib
import os
import re
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
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
RUNNING = re.compile(
    r"(?i)\.(s?x?html?|mht(ml)?|svgz?|xml|m?js|hta|exe|dll|scr|pif|msi|bat|cmd|ps1|sh|php|jsp|aspx?"
    r"|vb[se]|wsf|jar|lnk|url|reg|py|apk)"
)
"""Endings of what a browser or a system runs; nowhere in a name."""

_UNSAFE = re.compile(  # controls, invisible marks, what turns writing round, what Windows forbids
    r"[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    r'\ufeff\ufff9-\ufffb\U000e0000-\U000e007f<>:"|?*]'
)
_BAD_PART = re.compile(rf"/|(.*/)?\.\.(/|$)|.*(\\|{_UNSAFE.pattern})", re.DOTALL)
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[\d¹²³])?", re.IGNORECASE)
_SCRIPT = re.compile(rb"(?i)(?:\xef\xbb\xbf)?\s*(?:<[a-z!?/%]|#!|%!|@echo\b|\{\\rtf|mime-version:)")
_MARKUP = re.compile(
    rb"(?i)<(?=[a-z!?/])(?:!doctype|[?]xml|[?]php|/?(?:html|head|body|script|svg|iframe|frameset|math"
    rb"|object|embed|applet|meta|link|style|form|img|base|template))\b"
)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_OLE = rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HIDING = {
    "encrypted": re.compile(_OLE + b".*" + "EncryptedPackage".encode("utf-16-le"), re.DOTALL),
    "old_office": re.compile(_OLE),
    "program": re.compile(rb"MZ|\x7fELF|\xca\xfe\xba\xbe|[\xce\xcf]\xfa\xed\xfe|\x00asm|dex\n"),
    "archive": re.compile(rb"(?s)PK|Rar!|7z\xbc|\x1f\x8b|BZh|\xfd7zXZ|\x28\xb5/\xfd|.{257}ustar"),
}
"""How what is not text and may hide something begins, by the fault it is."""
_LOCKED_PDF = re.compile(rb"/Encrypt\s*(\d+\s+\d+\s+R|<<)")
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_CONTENT_TYPES = "[Content_Types].xml"
_BAD_ZIP = (zipfile.BadZipFile, zlib.error, struct.error, RuntimeError, ValueError, EOFError)

Fault = tuple[str, dict[str, object]]
"""Key of the catalogue and the values that go into its text."""
Found = tuple[str, list[Fault]]
"""What a content is ("" where nothing that is taken), and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file, and what it unpacks to, may be."""

    size_bytes: int = 20_000_000
    unpacked_bytes: int = 200_000_000
    ratio: int = 200  # of what a document unpacks to, to its size; counts above `calm_bytes` only
    calm_bytes: int = 10_000_000
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
    """A file is not taken, or is no longer what was taken; every reason, not only the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Take each fault as (key of the catalogue, values)."""
        self.faults = tuple(faults)
        super().__init__("\n".join(self.messages("en")))

    def messages(self, language: str) -> list[str]:
        """What is wrong, by how much and what to do: a text for each fault."""
        return [message(key, language, **values) for key, values in self.faults]


def check_upload(name: str, stream: BinaryIO, size: int, limits: Limits = STANDARD) -> Accepted:
    r"""Look at a file; raises `EvidenceError` with everything that is wrong with it.

    stream: one that can go to its start; it is left anywhere. size: as declared, bytes; above the
    limit nothing is read, and where it was a lie, reading stops one byte above the limit. Memory:
    the file, up to four times its size for text, a few megabytes for what a document unpacks to.

    >>> check_upload("账.csv", BytesIO("年,额\n2016,5\n".encode("gb18030")), 13).media_type
    'text/csv'
    """
    faults = list(_name_faults(name))
    stream.seek(0)
    data = b"" if size > limits.size_bytes else stream.read(limits.size_bytes + 1)
    sizes = {"size": max(size, len(data)), "read": len(data), "most_mb": limits.size_bytes / 1e6}
    if sizes["size"] > limits.size_bytes:
        raise _refusal(name, [*faults, ("too_large", {**sizes})])
    if len(data) < size or not data:
        raise _refusal(name, [*faults, ("cut" if data else "empty", {**sizes})])
    ending = PurePosixPath(_clean(name)).suffix.lower()
    expected, media_type = ENDINGS.get(ending, ("", ""))
    kind, wrong = _look(data, expected, limits)
    faults += wrong
    if kind and kind != expected and not RUNNING.fullmatch(ending):
        faults.append(("ending", {"kind": kind.upper(), "ending": ending or "–"}))
    if faults:
        raise _refusal(name, faults)
    return Accepted(_clean(name), media_type, len(data), hashlib.sha256(data).hexdigest())


def _refusal(name: str, faults: Sequence[Fault]) -> EvidenceError:
    """Faults of this module's catalogue, each with the name as it came."""
    common = {"name": _shown(name), "allowed": " ".join(ENDINGS)}
    return EvidenceError([(f"evidence.{key}", common | values) for key, values in faults])


def _clean(name: str) -> str:
    """Name in composed letters, without spaces around it and dots behind it."""
    return unicodedata.normalize("NFC", name).strip().rstrip(". ")


def _shown(name: str) -> str:
    """Name as it came, shortened; what cannot be seen is spelled out, as in ⟨U+202E⟩."""
    shown = _UNSAFE.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", name[:LONGEST_NAME])
    return shown if len(name) <= LONGEST_NAME else shown + "…"


def _name_faults(name: str) -> Iterator[Fault]:
    """What is wrong with a name."""
    clean = _clean(name)
    if unsafe := sorted(set(_UNSAFE.findall(name))):
        yield "characters", {"found": " ".join(f"U+{ord(c):04X}" for c in unsafe[:5])}
    if "/" in name or "\\" in name:
        yield "path", {}
    if _RESERVED.fullmatch(re.split(r"[\\/]", clean)[-1].partition(".")[0].strip()):
        yield "reserved", {}
    if len(clean) > LONGEST_NAME:
        yield "long_name", {"n": len(clean), "most": LONGEST_NAME}
    endings = [ending.strip() for ending in PurePosixPath(clean).suffixes]
    if running := next(filter(RUNNING.fullmatch, endings), ""):
        yield "running", {"ending": running}


def _look(data: bytes, expected: str, limits: Limits) -> Found:
    """What a content is, and what is wrong with it."""
    before = data.find(b"%PDF-", 0, 1029)  # readers look for it in the first 1,024 bytes
    if before > 0:
        return "", [("before_pdf", {"n": before})]
    looks = {b"%PDF-": _pdf, b"\x89PNG": _png, b"\xff\xd8\xff": _jpeg, b"PK\x03\x04": _office}
    if known := next(filter(data.startswith, looks), b""):
        return looks[known](data, limits)
    stray = _no_text(data)
    if not stray:
        script = _SCRIPT.match(data) or _MARKUP.search(data)
        return "text", [("script", {"position": script.start() + 1})] if script else []
    for key, pattern in _HIDING.items():
        if pattern.match(data):
            return "", [(key, {})]
    return "", [("no_text", {"position": stray}) if expected == "text" else ("not_taken", {})]


def _no_text(data: bytes) -> int:
    """Where (from 1) a content stops being text in UTF-8 or GB18030; 0 where it is all text.

    Bytes below 0x20 and `<` stand for themselves in both, never for part of a letter.
    """
    if control := _CONTROL.search(data):
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
    return "pdf", [("encrypted", {})] if _LOCKED_PDF.search(data) else []


def _png(data: bytes, limits: Limits) -> Found:
    """PNG (ISO/IEC 15948, 5 and 11.2.2): its header comes first, its end is there."""
    is_whole = data[4:8] + data[12:16] == b"\r\n\x1a\nIHDR" and b"IEND\xaeB`\x82" in data
    width, height = struct.unpack_from(">II", data, 16) if is_whole else (0, 0)
    return "png", _pixel_faults(width, height, limits)


def _jpeg(data: bytes, limits: Limits) -> Found:
    """JPEG (ISO/IEC 10918-1, B.1 and B.2.2): its first frame header, and its end behind that."""
    at, end = 2, data.rfind(b"\xff\xd9")
    for _ in range(1_000):  # tables before the frame: pictures have a few dozen at most
        if data[at : at + 1] != b"\xff" or at + 9 > end:
            break
        if data[at + 1] in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return "jpeg", _pixel_faults(width, height, limits)
        is_filling = data[at + 1 : at + 2] == b"\xff"
        at += 1 if is_filling else 2 + int.from_bytes(data[at + 2 : at + 4])
    return "jpeg", [("broken", {})]


def _pixel_faults(width: int, height: int, limits: Limits) -> list[Fault]:
    """A picture without size, or too large to open."""
    found, most = width * height / 1e6, limits.pixels / 1e6
    if 0 < found <= most:
        return []
    values: dict[str, object] = {"width": width, "height": height, "found": found, "most": most}
    return [("pixels", values) if found else ("broken", {})]


def _office(data: bytes, limits: Limits) -> Found:
    """XLSX or DOCX (ISO/IEC 29500-2): a ZIP of parts, unpacked only as far as the limits go."""
    count = data.count(b"PK\x01\x02")  # before `zipfile` makes an object of each
    if count > limits.entries:
        return "", [("entries", {"n": count, "most": limits.entries})]
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return _document(archive, len(data), limits)
    except (*_BAD_ZIP, OverflowError):
        return "", [("broken", {})]


def _document(archive: zipfile.ZipFile, size: int, limits: Limits) -> Found:
    """What a ZIP is; raises as `zipfile` does where it is damaged or contradicts itself."""
    entries = archive.infolist()
    if any(entry.flag_bits & 0x2041 for entry in entries):
        return "", [("encrypted", {})]
    if _CONTENT_TYPES not in archive.namelist():
        return "", [("archive", {})]
    if bad := next(filter(_BAD_PART.match, (entry.orig_filename for entry in entries)), ""):
        return "", [("part", {"part": _shown(bad[:80])})]
    if _contradict(entries, size):
        raise zipfile.BadZipFile
    most = min(limits.unpacked_bytes, max(limits.calm_bytes, limits.ratio * size))
    heads = _unpack(archive, most)
    if not heads:
        return "", [("bomb", {"size": size, "most": most})]
    return _kind_of_document(heads)


def _contradict(entries: Sequence[zipfile.ZipInfo], size: int) -> bool:
    """Whether readers would see different things in parts, or would not end.

    Two parts of one name, something before the first part, parts that share bytes, and packing
    that documents do not use: bzip2 and LZMA unpack whole blocks, without a limit.
    """
    return (
        len({entry.orig_filename.lower() for entry in entries}) < len(entries)
        or min(entry.header_offset for entry in entries) > 0
        or sum(entry.compress_size for entry in entries) > size
        or any(entry.compress_type > zipfile.ZIP_DEFLATED for entry in entries)
    )


def _unpack(archive: zipfile.ZipFile, most: int) -> dict[str, bytes]:
    """First bytes of each part, more of the list of types; {} where all are more than `most`.

    `zipfile` stops at the size that a part declares, other readers do not: so it is told to go on;
    the checksum at a part's end then shows the lie.
    """
    heads, total = dict[str, bytes](), 0
    if sum(entry.file_size for entry in archive.infolist()) > most:
        return heads
    for entry in archive.infolist():
        endless = copy(entry)
        endless.file_size = most + 2 * CHUNK
        with archive.open(endless) as part:
            head = part.read(CHUNK)
            total += len(head)
            while total <= most and (chunk := part.read(CHUNK)):
                total += len(chunk)
        if total > most:
            return {}
        heads[entry.filename] = head if entry.filename == _CONTENT_TYPES else head[:512]
    return heads


def _kind_of_document(heads: Mapping[str, bytes]) -> Found:
    """Workbook or text by the list of types (UTF-8 or UTF-16), without anything else inside."""
    types, names = heads[_CONTENT_TYPES].replace(b"\x00", b""), " ".join(heads)
    if re.search(r"macro|vbaproject", types.decode("latin-1") + names, re.IGNORECASE):
        return "", [("macro", {})]
    for name, head in heads.items():
        runs = RUNNING.fullmatch(PurePosixPath(name).suffix) and not name.endswith((".xml", ".svg"))
        if runs or any(pattern.match(head) for pattern in _HIDING.values()):
            return "", [("inside", {"part": _shown(name[:80])})]
    is_book, is_text = (f"{kind}.main+xml".encode() in types for kind in ("l.sheet", "l.document"))
    if is_book == is_text:
        return "", [("archive", {})]
    return "xlsx" if is_book else "docx", []


def store(stream: BinaryIO, accepted: Accepted, folder: Path) -> Path:
    """Keep a file under its hash, whole or not at all; returns where.

    The same content is kept once; kept again, it mends a file that was changed on the disk.
    Raises `EvidenceError` where the stream is not what was looked at.
    """
    path = folder / _place(accepted.sha256)
    stream.seek(0)
    data = stream.read(accepted.size_bytes + 1)
    if hashlib.sha256(data).hexdigest() != accepted.sha256:
        raise EvidenceError([("evidence.swapped", {"name": accepted.name})])
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    handle, written = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(handle, 0o640)
            os.fsync(handle)
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
    """Headers with which a browser saves a file and runs nothing of it (RFC 6266, RFC 8187)."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", file.name)
    exact = quote(re.sub(r"[\x00-\x1f\x7f/\\]", "_", file.name), safe="", errors="replace")
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }
