"""Evidence: every refused kind as a file that is really made, real files from other programs."""

import bz2
import gzip
import hashlib
import io
import lzma
import os
import struct
import sys
import tarfile
import tracemalloc
import zipfile
import zlib
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote

import pytest
import vl_convert
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from townworks.errors import TownworksError
from townworks.register.evidence import (
    ENDINGS,
    LONGEST_NAME,
    Accepted,
    EvidenceError,
    Limits,
    check_upload,
    download_headers,
    open_stored,
    store,
)
from townworks.schema.messages import LANGUAGES, catalogue

CHART = {"data": {"values": [{"a": 1}]}, "mark": "point", "encoding": {"x": {"field": "a"}}}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
OVERRIDE = '<Override PartName="/word/document.xml" ContentType="{}"/>'
SMALL = Limits(size_bytes=100_000, unpacked_bytes=300_000, calm_bytes=50_000, entries=20)


def docx(parts: dict[str, bytes] | None = None, main: str = MAIN, packing: int = 8) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", packing) as archive:
        archive.writestr("[Content_Types].xml", f"<Types>{OVERRIDE.format(main)}</Types>")
        archive.writestr("word/document.xml", "<w:document/>")
        for name, content in (parts or {}).items():
            archive.writestr(name, content)
    return written.getvalue()


def workbook() -> bytes:
    """Make a workbook of Excel's kind with text, a picture and a chart, by XlsxWriter."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        sheet = book.add_worksheet("投资")
        sheet.write_column(0, 0, [1, 2, 3])
        sheet.insert_image("D1", "chart.png", {"image_data": io.BytesIO(PNG)})
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=投资!$A$1:$A$3"})
        sheet.insert_chart("D9", chart)
    return written.getvalue()


def png(width: int, height: int) -> bytes:
    return PNG[:16] + struct.pack(">II", width, height) + PNG[24:]


def jpeg(width: int, height: int) -> bytes:
    frame = b"\xff\xc2\x00\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\x00"
    return b"\xff\xd8\xff\xe1\x00\x06\xff\xc0ab\xff\xff" + frame[1:] + b"\xff\xd9"


PDF = vl_convert.vegalite_to_pdf(CHART)
PNG = vl_convert.vegalite_to_png(CHART)
JPEG = vl_convert.vegalite_to_jpeg(CHART)
XLSX = workbook()
CSV = "\ufeff年,季,万元\n2016,2,5000\n"
REAL = {
    "票据.pdf": PDF,
    "现场 1.PNG": PNG,
    "现场.2016.06.30.jpg": JPEG,
    "现场.jpeg": jpeg(10_000, 10_000),
    "投资.xlsx": XLSX,
    "report.docx": docx({"word/media/a.svg": b"<svg/>", "docProps/app.xml": b"<?xml?>"}),
    "utf8.csv": CSV.encode(),
    "gbk.csv": CSV[1:].encode("gbk"),
    "gb18030.txt": "㐀𠀀 5<6, <5%".encode("gb18030"),
}


def keys(name: str, data: bytes, size: int | None = None, limits: Limits = SMALL) -> list[str]:
    with pytest.raises(EvidenceError) as caught:
        check_upload(name, io.BytesIO(data), len(data) if size is None else size, limits)
    for language in LANGUAGES:
        assert len(caught.value.messages(language)) == len(caught.value.faults)
        assert all("{" not in text for text in caught.value.messages(language))
    return [key.removeprefix("evidence.") for key, _ in caught.value.faults]


def archived() -> tuple[bytes, bytes]:
    """Make a ZIP and a tar file."""
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a.txt", "hello")
    with tarfile.open(fileobj=tarred, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("a.txt"))
    return zipped.getvalue(), tarred.getvalue()


def locked(document: bytes) -> bytes:
    """Set the bit that says "encrypted" in every header of a ZIP."""
    data = bytearray(document)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 1)
    return bytes(data)


def lying(size: int) -> bytes:
    """Pack zeros into a part that declares 3 bytes, with the right checksum of those 3."""
    document = docx({"big": bytes(size)})
    for true, lie in ((size, 3), (zlib.crc32(bytes(size)), zlib.crc32(bytes(3)))):
        document = document.replace(struct.pack("<I", true), struct.pack("<I", lie))
    return document


def overlapping() -> bytes:
    """Let a part of a document lie within another, as in D. Fifield's bombs (2019)."""
    inner, written = os.urandom(5_000), io.BytesIO(docx())
    part = zipfile.ZipInfo("word/a2")
    part.CRC, part.file_size, part.compress_size = zlib.crc32(inner), len(inner), len(inner)
    with zipfile.ZipFile(written, "a") as archive:
        header = part.FileHeader()
        archive.writestr("word/a1", header + inner)
        part.header_offset = written.tell() - len(header + inner)
        archive.filelist.append(part)
    return written.getvalue()


ELF = Path(sys.executable).resolve().read_bytes()[:50_000]
ZIP, TAR = archived()
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
MACROS = "application/vnd.ms-word.document.macroEnabled.main+xml"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
SCRIPTS = [
    *(HTML, b"\xef\xbb\xbf \r\n<svg onload='alert(1)'/>", b"<?xml version='1.0'?><a/>", b"<a:b/>"),
    *(b"1,2\n" * 9_000 + b"3,<ScRiPt >x</script>", "名,<img src=x>".encode("gb18030")),
    *(b"#!/bin/sh\nrm x", b"@echo off\r\ndel x", b"<?php phpinfo();", b"%!PS\nshowpage"),
    *(b"{\\rtf1 \\object}", b"MIME-Version: 1.0\r\nContent-Type: multipart/related"),
]
ARCHIVES = [
    *(ZIP, TAR, gzip.compress(b"hello"), bz2.compress(b"hello"), lzma.compress(b"hello")),
    *(b"Rar!\x1a\x07\x01\x00", b"7z\xbc\xaf\x27\x1c\x00", b"PK\x05\x06" + bytes(18)),
    docx(main=SLIDES),
]
INSIDE = {"harmless.bin": OLE, "embeddings/x": ZIP, "x.xml": ELF, "x.html": b"x", "x.emz": TAR}
OUTSIDE = ["../../etc/passwd", "/etc/passwd", "word/..", "C:/x", "word\\..\\x", "a\u202eb"]
BOMBS = [docx({"big": bytes(60_000_000)}), lying(60_000_000)]
REFUSED: list[tuple[str, str, bytes]] = [
    ("empty", "a.pdf", b""),
    *(("script", "a.txt", data) for data in SCRIPTS),
    *(("script", name, HTML) for name in ("a.csv", "a.pdf", "a.png", "a.docx", "a")),
    ("program", "a.txt", ELF),
    ("program", "a.pdf", b"MZ\x90\x00\x03" + bytes(100)),
    ("before_pdf", "a.pdf", HTML + PDF),
    ("before_pdf", "a.pdf", b"\n" + PDF),
    ("before_pdf", "a.png", PNG[:33] + b"%PDF-1.4" + PNG[33:]),
    ("broken", "a.pdf", PDF[:1_000]),
    ("encrypted", "a.pdf", PDF.replace(b"/Root", b"/Encrypt 9 0 R /Root")),
    *(("archive", name, data) for data in ARCHIVES for name in ("a.zip", "a.docx", "a.txt")),
    ("macro", "a.docm", docx(main=MACROS)),
    ("macro", "a.docx", docx({"word/vbaProject.bin": OLE})),
    *(("inside", "a.docx", docx({f"word/{name}": data})) for name, data in INSIDE.items()),
    ("old_office", "a.docx", OLE),
    ("encrypted", "a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le")),
    ("encrypted", "a.docx", locked(docx())),
    *(("part", "a.docx", docx({name: b"x"})) for name in OUTSIDE),
    ("broken", "a.docx", docx({"Word/Document.xml": b"x"})),
    ("broken", "a.docx", ZIP + docx()),
    ("broken", "a.docx", docx()[:-30]),
    ("broken", "a.docx", docx(packing=0).replace(b"w:document/", b"w:documenX/")),
    *(("broken", "a.docx", data) for data in (overlapping(), lying(20_000))),
    ("broken", "a.docx", docx(packing=zipfile.ZIP_BZIP2)),
    ("broken", "a.docx", docx(packing=zipfile.ZIP_LZMA)),
    *(("bomb", "a.docx", data) for data in BOMBS),
    ("bomb", "a.docx", docx({f"{n}": bytes(100_000) for n in range(9)})),
    ("entries", "a.docx", docx({f"{n}": b"" for n in range(19)})),
    ("pixels", "a.png", png(20_000, 5_001)),
    ("pixels", "a.png", png(2**31 - 1, 2**31 - 1)),
    ("pixels", "a.jpg", jpeg(65_535, 65_535)),
    *(("broken", "a.png", data) for data in (png(0, 5), PNG[:-12], PNG[:20])),
    *(("broken", "a.jpg", data) for data in (jpeg(5, 0), JPEG[:-2], jpeg(5, 5)[:22])),
    ("broken", "a.jpg", b"\xff\xd8\xff" + b"\xe0\x00\x02\xff" * 20_000 + b"\xff\xd9"),
    ("no_text", "a.csv", "年,季".encode("utf-16")),
    ("not_taken", "a.gif", b"GIF89a\x01\x00\x01\x00" + bytes(20)),
    ("ending", "a.xlsx", docx()),
    ("too_large", "a.txt", b"x" * 100_001),
]
NAMES = [
    *(("path", name) for name in ("../a.txt", "C\\a.txt", "/a.txt")),
    *(("characters", f"a{c}b.txt") for c in "\x00\n\x7f\x9b\u202e\u2066\u200b\ufeff\ud800:?"),
    ("long_name", "镇" * (LONGEST_NAME - 3) + ".txt"),
    *(("reserved", name) for name in ("CON.txt", "nul .txt", "com1.a.txt", "LPT¹.txt")),
    *(("running", name) for name in ("a.html.txt", "a.SVG .txt", "a.txt.html", "a.exe. ")),
    *(("ending", name) for name in ("a", "a.", "a.tar", "csv", "a. txt")),
]


@pytest.mark.parametrize("name", REAL)
def test_real_files_are_taken_as_what_they_are(name: str) -> None:
    data = REAL[name]
    stream = io.BytesIO(data)
    stream.seek(5)
    accepted = check_upload(name, stream, len(data), Limits(ratio=0))
    media_type = ENDINGS[Path(name).suffix.lower()][1]
    digest = hashlib.sha256(data).hexdigest()
    assert accepted == Accepted(name, media_type, len(data), digest)


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("ending", [*ENDINGS, ".gif", ""])
def test_content_and_ending_agree(name: str, ending: str) -> None:
    kind = ENDINGS[Path(name).suffix.lower()][0]
    if kind != ENDINGS.get(ending, ("", ""))[0]:
        assert keys(f"a{ending}", REAL[name]) == ["ending"]


@pytest.mark.parametrize(("key", "name", "data"), REFUSED, ids=[key for key, *_ in REFUSED])
def test_each_kind_is_refused_for_its_reason(key: str, name: str, data: bytes) -> None:
    assert key in keys(name, data)


@pytest.mark.parametrize(("key", "name"), NAMES)
def test_names_are_refused_for_their_reason(key: str, name: str) -> None:
    assert keys(name, b"x") == [key]


def test_every_message_has_a_file_that_brings_it() -> None:
    brought = {key for key, _, _ in REFUSED} | {key for key, _ in NAMES}
    later = {"cut", "swapped", "changed", "gone"}
    told = {key.removeprefix("evidence.") for key in catalogue() if key.startswith("evidence.")}
    assert brought | later == told


def test_every_fault_is_told_at_once() -> None:
    assert keys("../a\u202e.html", HTML) == ["characters", "path", "running", "script"]
    assert EvidenceError.__bases__ == (TownworksError, ValueError)


def test_message_shows_the_name_as_it_came() -> None:
    with pytest.raises(EvidenceError, match=r"“bill⟨U\+202E⟩fdp\.txt”.*: U\+202E\."):
        check_upload("bill\u202efdp.txt", io.BytesIO(b"x"), 1)


def test_kept_name_is_composed_and_trimmed() -> None:
    assert check_upload(" Cafe\u0301.txt. ", io.BytesIO(b"x"), 1).name == "Café.txt"


def test_pictures_with_something_behind_them_are_only_ever_downloads() -> None:
    for name, data in (("a.png", PNG), ("a.jpg", JPEG), ("a.pdf", PDF)):
        accepted = check_upload(name, io.BytesIO(data + HTML), len(data + HTML))
        assert download_headers(accepted)["Content-Disposition"].startswith("attachment;")


class Counting(io.FileIO):
    """A file that counts what is read of it."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data


@pytest.mark.parametrize(("declared", "most"), [(2 << 30, 0), (5, 20_000_001)])
def test_two_gigabytes_are_not_read(tmp_path: Path, declared: int, most: int) -> None:
    with (tmp_path / "sparse").open("wb") as sparse:
        sparse.truncate(2 << 30)
    with Counting(tmp_path / "sparse") as file:
        with pytest.raises(EvidenceError, match="at most 20 MB"):
            check_upload("a.csv", file, declared)
        assert file.count == most


def test_cut_transmission_is_told() -> None:
    assert keys("a.txt", b"x", size=2) == ["cut"]


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_take_little_memory(bomb: bytes) -> None:
    tracemalloc.start()
    try:
        assert keys("a.docx", bomb, limits=Limits()) == ["bomb"]
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def all_but(data: bytes) -> st.SearchStrategy[bytes]:
    """Strategy of a file with bytes changed, cut off, or put in."""
    span = st.tuples(st.integers(0, len(data)), st.integers(0, 40), st.binary(max_size=20))
    return span.map(lambda cut: data[: cut[0]] + cut[2] + data[cut[0] + cut[1] :])


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.text(max_size=12).flatmap(lambda stem: st.sampled_from([stem + e for e in ENDINGS])),
    st.one_of(
        st.binary(max_size=600), *map(all_but, [PDF, PNG, JPEG, XLSX, docx(), lying(20_000)])
    ),
    st.sampled_from([b"", b"PK\x03\x04", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-", OLE[:8]]),
    st.integers(-5, 2_000),
)
@example("a.docx", docx()[:-22], b"", 5)
def test_nothing_but_evidence_errors(name: str, body: bytes, start: bytes, size: int) -> None:
    content = start + body
    with suppress(EvidenceError):
        accepted = check_upload(name, io.BytesIO(content), size, SMALL)
        assert accepted.size_bytes == len(content) > 0
        assert accepted.sha256 == hashlib.sha256(content).hexdigest()


def kept(data: bytes, folder: Path) -> tuple[Accepted, Path]:
    stream = io.BytesIO(data)
    accepted = check_upload("a.txt", stream, len(data))
    return accepted, store(stream, accepted, folder)


def test_same_content_is_kept_once_whole_and_readable_by_the_group(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "folder"
    accepted, path = kept(b"x", folder)
    assert kept(b"x", folder)[1] == path == folder / accepted.sha256[:2] / accepted.sha256
    assert [file for file in folder.rglob("*") if file.is_file()] == [path]
    assert path.stat().st_mode & 0o777 == 0o640
    assert open_stored(folder, accepted.sha256) == b"x"


@pytest.mark.parametrize("other", [b"y", b"xx", b""])
def test_other_content_than_was_looked_at_is_not_kept(tmp_path: Path, other: bytes) -> None:
    accepted, path = kept(b"x", tmp_path)
    path.unlink()
    with pytest.raises(EvidenceError, match="changed while it was being kept"):
        store(io.BytesIO(other), accepted, tmp_path)
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


def test_broken_writing_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        kept(b"x", tmp_path)
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


def test_change_on_the_disk_is_found_located_and_mended(tmp_path: Path) -> None:
    accepted, path = kept(b"x", tmp_path)
    path.write_bytes(b"y")
    place = f"{accepted.sha256[:2]}/{accepted.sha256}"
    with pytest.raises(EvidenceError, match=f"{place} is not what was kept: it was changed on"):
        open_stored(tmp_path, accepted.sha256)
    kept(b"x", tmp_path)
    assert open_stored(tmp_path, accepted.sha256) == b"x"
    path.unlink()
    with pytest.raises(EvidenceError, match=f"no file to be read at {place}"):
        open_stored(tmp_path, accepted.sha256)


@pytest.mark.parametrize("sha256", ["", "../../etc/passwd", "A" * 64, "a" * 64 + "\n", "a/" * 32])
def test_only_hashes_are_opened(tmp_path: Path, sha256: str) -> None:
    with pytest.raises(EvidenceError, match="no file to be read"):
        open_stored(tmp_path, sha256)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
@example('a"\r\nSet-Cookie: x=1;.pdf')
@example("镇/../%41\\.pdf")
def test_headers_carry_any_name_and_nothing_else(name: str) -> None:
    headers = download_headers(Accepted(name, "text/plain", 1, ""))
    value = headers["Content-Disposition"]
    assert value.isascii()
    assert value.isprintable()
    read = EmailMessage()
    read["Content-Disposition"] = value
    assert read.get_content_disposition() == "attachment"
    safe = "".join("_" if c in "/\\\x7f" or c < " " else c for c in name)
    assert unquote(value.partition("''")[2]) == safe
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
