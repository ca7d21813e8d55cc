import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from townworks.errors import UnreadableInputError
from townworks.io import FilingBatch
from townworks.io.encodings import Encoding, detect
from townworks.io.sources import identify

Read = Callable[..., FilingBatch]
Write = Callable[..., Path]

TEXT = "企业名称,注册地址,经营范围\n甲厂,云和县凤凰山街道,木制玩具制造\n"
ASCII = "name,address,activity\n" + "a,b,c\n" * 400_000


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_one_text_in_five_encodings(write: Write, read: Read, codec: str) -> None:
    batch = read(write(TEXT.encode(codec)))
    assert batch.filings.select("name", "address", "activity").rows() == [
        ("甲厂", "云和县凤凰山街道", "木制玩具制造")
    ]
    assert batch.n_read == 1


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_the_first_foreign_byte_may_come_late(write: Write, read: Read, codec: str) -> None:
    batch = read(write((ASCII + "甲厂,云和县,玩具\n").encode(codec)))
    assert batch.filings["name"].to_list()[-1] == "甲厂"
    assert batch.filings["line"].to_list()[-1] == 400_002


def test_a_spoilt_line_of_utf8_is_refused_and_the_rest_read(write: Write, read: Read) -> None:
    data = TEXT.encode() + "乙厂,景宁县,茶叶\n".encode() * 30
    spoilt = data + "丙".encode()[:2] + ",云和县,玩具\n".encode() + "丁厂,云和县,竹\n".encode()
    batch = read(write(spoilt))
    assert batch.rejects.select("line", "reason", "detail").rows() == [
        (33, "bad_bytes", "a byte that is no text after 0 characters")
    ]
    assert batch.filings.height == 32


def test_a_spoilt_line_of_gb18030_is_refused_and_the_rest_read(write: Write, read: Read) -> None:
    data = TEXT.encode("gb18030") + "乙厂,景宁县,茶叶\n".encode("gb18030") * 30
    batch = read(write(data + b"\xff\xff,x,y\n"))
    assert batch.rejects.select("line", "reason").rows() == [(33, "bad_bytes")]
    assert batch.filings.height == 31


def test_utf16_without_a_mark_is_named(write: Write) -> None:
    source = identify(write("name,address,activity\na,b,c\n".encode("utf-16-le")))
    with pytest.raises(UnreadableInputError) as caught:
        detect(source)
    assert str(caught.value) == (
        f"{source.path} looks like UTF-16-LE without a byte-order mark."
        " Save it as UTF-8 (in Excel: “CSV UTF-8”)."
    )


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("企業名稱,註冊地址,經營範圍\n臺灣機械廠,臺北縣,製造業務經營\n", "big5"),
        ("société, créée\n", "latin-1"),
    ],
)
def test_other_encodings_are_not_taken_for_chinese(write: Write, text: str, codec: str) -> None:
    with pytest.raises(UnreadableInputError, match="is neither UTF-8 nor GB18030"):
        detect(identify(write((text * 20).encode(codec))))


def test_binary_rubbish_is_no_table(write: Write, read: Read) -> None:
    rubbish = bytes(range(256)) * 40 + b"\0" * 400
    with pytest.raises(UnreadableInputError, match="is no table: 440 of its first 10,640 bytes"):
        read(write(rubbish))


def test_rubbish_without_nuls_is_neither_encoding(write: Write, read: Read) -> None:
    rubbish = bytes(range(254, 0, -1)) * 40
    with pytest.raises(UnreadableInputError, match="is neither UTF-8 nor GB18030"):
        read(write(rubbish))


def test_gzipped_text_is_read(write: Write, read: Read) -> None:
    batch = read(write(gzip.compress(TEXT.encode("gb18030")), "registry.csv.gz"))
    assert batch.filings["name"].to_list() == ["甲厂"]


def test_a_truncated_gzip_file_says_so(write: Write, read: Read) -> None:
    packed = gzip.compress((TEXT * 3000 + "".join(f"{i},b,c\n" for i in range(90_000))).encode())
    with pytest.raises(
        UnreadableInputError, match="cannot be read to its end: Compressed file ended"
    ):
        read(write(packed[:-2000], "registry.csv.gz"))


def test_clean_utf8_is_recognised_as_such(write: Write) -> None:
    assert detect(identify(write(TEXT))) == Encoding("utf-8-sig", clean=True)
