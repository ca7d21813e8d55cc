import csv
import io
import random
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townworks.errors import InputNotFoundError, UnreadableInputError
from townworks.io import FilingBatch, delimited, encodings, read_filings

Read = Callable[..., FilingBatch]
Write = Callable[..., Path]

HEADERS = ["企业名称", "注册地址", "经营范围"]
HEAD = ",".join(HEADERS) + "\n"
FIELDS = ["name", "address", "activity"]


def rows_of(batch: FilingBatch) -> list[tuple[str | None, ...]]:
    return batch.filings.select(FIELDS).rows()


def rejects_of(batch: FilingBatch) -> list[tuple[int, str, str]]:
    return batch.rejects.select("line", "reason", "detail").rows()


def test_cells_are_stripped_and_what_says_nothing_is_null(write: Write, read: Read) -> None:
    batch = read(write(HEAD + " 甲厂　,N/A,-\n乙厂,,n/a\n"))
    assert rows_of(batch) == [("甲厂", None, None), ("乙厂", None, None)]
    assert batch.filings["line"].to_list() == [2, 3]
    assert batch.filings["credit_code"].null_count() == 2


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "，", "|"])
def test_the_header_tells_the_delimiter(write: Write, read: Read, delimiter: str) -> None:
    text = "企业名称,注册地址,经营范围\n甲厂,云和县,玩具\n乙厂,云和县\n"
    batch = read(write(text.replace(",", delimiter)))
    assert rows_of(batch) == [("甲厂", "云和县", "玩具")]
    assert rejects_of(batch) == [(3, "field_count", "2 fields, 3 expected")]


def test_a_row_of_forty_fields_is_refused_with_its_line(write: Write, read: Read) -> None:
    text = HEAD + '甲厂,"云和县\n凤凰山",玩具\n' + ",".join("x" * 40) + "\n丙厂,云和县,木材\n"
    batch = read(write(text))
    assert rejects_of(batch) == [(4, "field_count", "40 fields, 3 expected")]
    assert batch.filings["line"].to_list() == [2, 5]
    assert rows_of(batch)[0] == ("甲厂", "云和县\n凤凰山", "玩具")


def test_blank_lines_are_no_rows_and_keep_the_count_of_lines(write: Write, read: Read) -> None:
    batch = read(write("\n \n" + HEAD + "\n甲厂,云和县,玩具\n\r\n  \t\n乙厂,云和县,木材"))
    assert batch.filings["line"].to_list() == [5, 8]
    assert batch.n_read == 2


def test_a_row_of_delimiters_only_is_refused_as_empty(write: Write, read: Read) -> None:
    assert rejects_of(read(write(HEAD + ",,\n"))) == [(2, "empty_row", "no cell says anything")]


def test_an_unclosed_quote_costs_its_own_line_only(write: Write, read: Read) -> None:
    text = HEAD + '甲厂,"云和县,玩具\n' + "".join(f"厂{i},云和县,木材\n" for i in range(900))
    text += '末厂,"景宁县",茶\n'
    batch = read(write(text))
    assert rejects_of(batch) == [(2, "unclosed_quote", "a quote opens and does not close")]
    assert batch.filings.height == 901
    assert batch.filings["line"].to_list() == list(range(3, 904))


def test_an_unclosed_quote_at_the_end_of_the_file(write: Write, read: Read) -> None:
    batch = read(write(HEAD + '甲厂,云和县,玩具\n乙厂,"云和县,木材'))
    assert rejects_of(batch) == [(3, "unclosed_quote", "a quote opens and does not close")]


def test_a_quote_that_closes_rows_later_does_not_swallow_them(write: Write, read: Read) -> None:
    text = HEAD + '甲厂,"云和县,玩具\n乙厂,云和县,木材\n丙厂,云和县,竹"\n丁厂,云和县,茶\n'
    batch = read(write(text))
    assert batch.filings["line"].to_list() == [3, 4, 5]
    assert [row[:2] for row in rejects_of(batch)] == [(2, "unclosed_quote")]


def test_a_cell_of_more_than_a_hundred_lines_is_an_unclosed_quote(write: Write, read: Read) -> None:
    inside = read(write(HEAD + '甲厂,云和县,"' + "x\n" * 100 + '"\n'))
    assert (inside.filings.height, inside.rejects.height) == (1, 0)
    beyond = read(write(HEAD + '甲厂,云和县,"' + "x\n" * 101 + '"\n乙厂,云和县,茶\n'))
    assert rejects_of(beyond)[0][:2] == (2, "unclosed_quote")
    assert beyond.filings["line"].to_list() == [104]
    assert beyond.n_read == 103


def test_a_quote_within_a_cell_is_a_character(write: Write, read: Read) -> None:
    batch = read(write(HEAD + '甲厂,5" 管,"玩""具"\n乙厂,"县"城,茶\n'))
    assert rows_of(batch) == [("甲厂", '5" 管', '玩"具'), ("乙厂", '"县"城', "茶")]


def test_a_cell_of_ten_megabytes_is_refused_and_the_next_row_read(write: Write, read: Read) -> None:
    big = "x" * 10_000_000
    batch = read(write(f"{HEAD}甲厂,云和县,{big}\n乙厂,云和县,茶\n丙厂,云和县,'{big}'\n"))
    assert rejects_of(batch) == [
        (2, "cell_too_long", "10000000 bytes, at most 1000000"),
        (4, "cell_too_long", "10000002 bytes, at most 1000000"),
    ]
    assert batch.rejects["field"].to_list() == ["activity"] * 2
    assert batch.rejects["raw"].str.len_chars().max() == 2_000
    assert batch.filings["line"].to_list() == [3]


def test_a_line_without_end_is_an_error(write: Write, read: Read) -> None:
    path = write(HEAD + "x" * 5_000)
    with (
        patch.object(delimited, "MAX_LINE_BYTES", 1_000),
        pytest.raises(UnreadableInputError, match=r"has a line of more than 0 MB \(line 2\)"),
    ):
        read(path)


def test_nul_bytes_refuse_their_row(write: Write, read: Read) -> None:
    text = HEAD + "甲厂,云和县,玩具\n" * 300 + "乙\0厂,云和县,茶\n丙厂,云和县,竹\n"
    batch = read(write(text))
    assert rejects_of(batch) == [(302, "bad_bytes", "a byte that is no text after 1 characters")]
    assert batch.filings.height == 301


def test_line_ends_of_windows_and_of_the_old_mac(write: Write, read: Read) -> None:
    text = HEAD + '甲厂,"云和县",玩具\n乙厂,云和县,"茶"\n'
    for ends in ("\r\n", "\r"):
        batch = read(write(text.replace("\n", ends)))
        assert rows_of(batch) == [("甲厂", "云和县", "玩具"), ("乙厂", "云和县", "茶")]
        assert batch.filings["line"].to_list() == [2, 3]


def test_a_lone_return_within_a_line_is_a_character(write: Write, read: Read) -> None:
    batch = read(write(HEAD + "甲\r厂,云和县,玩具\n"))
    assert rows_of(batch) == [("甲\r厂", "云和县", "玩具")]


def test_files_without_rows(write: Write, read: Read) -> None:
    assert read(write(HEAD)).n_read == 0
    assert read(write(HEAD.rstrip())).n_read == 0
    with pytest.raises(InputNotFoundError, match="holds only blank lines"):
        read(write(" \n\n"))


def test_batches_hold_no_more_rows_than_asked_for(write: Write) -> None:
    path = write(HEAD + "甲厂,云和县,玩具\n" * 25)
    sizes = [batch.filings.height for batch in read_filings([path], batch_rows=10)]
    assert sizes == [10, 10, 5]


CELLS = st.text(st.sampled_from('甲乙厂 a1,"\n\r;；'), max_size=6)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=12)


def bare(cell: str) -> str | None:
    text = cell.strip()
    return text or None


def write_rows(rows: list[tuple[str, ...]], quoting: int, ends: str) -> tuple[bytes, list[int]]:
    """Write rows with the csv module; tell the line where each begins."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=quoting, lineterminator=ends)  # type: ignore[arg-type]
    writer.writerow(HEADERS)
    lines = []
    for row in rows:
        lines.append(text.getvalue().count("\n") + 1)
        writer.writerow(row)
    return text.getvalue().encode(), lines


def read_bytes(data: bytes, block: int) -> FilingBatch:
    small_blocks = patch.object(encodings, "BLOCK_BYTES", block)
    small_header = patch.object(delimited, "HEADER_BYTES", 50)
    with TemporaryDirectory() as folder, small_blocks, small_header:
        path = Path(folder, "registry.csv")
        path.write_bytes(data)
        batches = list(read_filings([path]))
    return FilingBatch(
        pl.concat([b.filings for b in batches]),
        pl.concat([b.rejects for b in batches]),
        sum(b.n_read for b in batches),
    )


@settings(max_examples=300, deadline=None)
@given(
    ROWS,
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.sampled_from(["\n", "\r\n"]),
    st.integers(40, 200),
)
def test_what_csv_writes_is_read_back(
    rows: list[tuple[str, ...]], quoting: int, ends: str, block: int
) -> None:
    """Oracle: Python's csv module writes, with quotes, newlines and commas in the cells."""
    data, lines = write_rows(rows, quoting, ends)
    batch = read_bytes(data, block)
    cells = [tuple(bare(cell) for cell in row) for row in rows]
    full = [(line, row) for line, row in zip(lines, cells, strict=True) if any(row)]
    assert batch.filings["line"].to_list() == [line for line, _ in full]
    assert rows_of(batch) == [row for _, row in full]
    assert batch.n_read == len(rows)
    assert batch.rejects["reason"].unique().to_list() in ([], ["empty_row"])


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 60), st.integers(0, 2**32), st.integers(40, 400))
def test_each_spoilt_row_is_refused_at_its_line(n: int, seed: int, block: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - a test, no secret
    kinds = ["good", "good", "short", "long", "nul", "quote", "blank", "lines"]
    text, line, expected = HEAD, 2, dict[int, str]()
    kept = []
    for i in range(n):
        kind = rng.choice(kinds)
        row = {
            "good": f"厂{i},“云和县”,茶\n",
            "short": f"厂{i},茶\n",
            "long": f'厂{i},"a,b",茶,x,y\n',
            "nul": f"厂\0{i},云和县,茶\n",
            "quote": f'厂{i},"云和县,茶\n',
            "blank": "\n",
            "lines": f'厂{i},"云和县\n凤凰山""街道\n",茶\n',
        }[kind]
        text += row
        reasons = {"short": "field_count", "long": "field_count", "nul": "bad_bytes"}
        reasons["quote"] = "unclosed_quote"
        if kind in reasons:
            expected[line] = reasons[kind]
        elif kind != "blank":
            kept.append(line)
        line += row.count("\n")
    with patch.object(encodings, "_MOST_NULS", 1.0):
        batch = read_bytes(text.encode(), block)
    assert batch.filings["line"].to_list() == kept
    assert dict(batch.rejects.select("line", "reason").rows()) == expected
    assert batch.n_read == len(kept) + len(expected)


@settings(max_examples=300, deadline=None)
@given(
    ROWS, st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(b'",\n\r\x00\xe4a'))), st.data()
)
def test_whatever_is_spoilt_every_line_is_accounted_for(
    rows: list[tuple[str, ...]], spoils: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Random bytes anywhere: read = kept + refused, in order, each reject's text on its line."""
    content, _ = write_rows(rows, csv.QUOTE_MINIMAL, "\n")
    head = content.index(b"\n") + 1
    body = bytearray(content[head:])
    for place, byte in spoils:
        body.insert(place % (len(body) + 1), byte)
    text = content[:head] + b"\xe7\x94\xb2,b,c\n" * 30 + bytes(body)
    with patch.object(encodings, "_MOST_NULS", 1.0), patch.object(encodings, "_MOST_BAD_LINES", 1):
        batch = read_bytes(text, data.draw(st.integers(40, 300)))
    assert batch.n_read == batch.filings.height + batch.rejects.height
    lines = sorted(batch.filings["line"].to_list() + batch.rejects["line"].to_list())
    assert len(set(lines)) == len(lines)
    physical = text.decode("utf-8", "replace").replace("\0", "\ufffd").split("\n")
    for line, reason, raw in batch.rejects.select("line", "reason", "raw").iter_rows():
        if reason not in {"empty_row", "shifted_columns"}:
            first = raw.split("\n")[0].replace("\ufffd", "").strip()
            assert physical[line - 1].replace("\ufffd", "").strip().startswith(first)
    starts = [*lines, len(physical) + 1]
    assert all(physical[i].strip(" \t\r") == "" for i in range(1, starts[0] - 1))
