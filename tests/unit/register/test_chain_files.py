"""Exports are verified anywhere: every line, without a database, and what is none is named."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from townworks.errors import InputNotFoundError, OutputError, UnreadableInputError
from townworks.register.chain import GENESIS, Anchor, Sealed, seal
from townworks.register.chain_files import (
    keep_anchor,
    read_anchors,
    read_line,
    verify_export,
    write_line,
)
from townworks.register.verification import export_events, verify_database

Lines = list[str]


def events(size: int) -> list[Sealed]:
    found: list[Sealed] = []
    for seq in range(1, size + 1):
        content = {"kind": "镇", "record_id": str(seq % 4), "after": f"\u2028{seq}", "reason": "“”"}
        found.append(seal(seq, content, found[-1].hash if found else GENESIS))
    return found


def export(path: Path, size: int = 10) -> Path:
    path.write_text("".join(map(write_line, events(size))), encoding="utf-8", newline="\n")
    return path


def tampered(path: Path, change: Callable[[Lines], object]) -> list[tuple[str, int]]:
    lines = path.read_bytes().decode().split("\n")[:-1]
    change(lines)
    path.write_bytes("".join(f"{line}\n" for line in lines).encode())
    return [(fault.kind, fault.seq) for fault in verify_export(path).faults]


def swap(lines: Lines) -> None:
    lines[3], lines[4] = lines[4], lines[3]


def rewrite(lines: Lines, at: int, **values: object) -> None:
    lines[at] = json.dumps({**json.loads(lines[at]), **values}, ensure_ascii=False)


def test_lines_come_back_as_they_were(tmp_path: Path) -> None:
    found = events(5)
    assert [read_line(write_line(event).encode()) for event in found] == found
    verdict = verify_export(export(tmp_path / "events.jsonl"))
    assert (verdict.events, verdict.records, verdict.faults) == (10, 4, ())
    assert verdict.head == Anchor(10, events(10)[-1].hash)


def test_a_deleted_record_is_none(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    first = seal(1, {"kind": "a", "record_id": "1", "after": "x"}, GENESIS)
    gone = seal(2, {"kind": "a", "record_id": "1", "after": ""}, first.hash)
    path.write_text(write_line(first) + write_line(gone))
    assert verify_export(path).records == 0


def test_tampering_with_lines_is_located(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    cases: list[tuple[Callable[[Lines], object], list[tuple[str, int]]]] = [
        (lambda lines: lines.pop(3), [("removed", 4)]),
        (lambda lines: lines.insert(5, lines[2]), [("inserted", 3)]),
        (lambda lines: lines.append(lines.pop(2)), [("reordered", 3)]),
        (swap, [("reordered", 5)]),
        (lambda lines: rewrite(lines, 6, hash="0" * 64), [("changed", 7)]),
        (lambda lines: rewrite(lines, 6, seq=99), [("changed", 7)]),
        (lambda lines: rewrite(lines, 6, seq=2), [("changed", 7)]),
        (lambda lines: lines.__setitem__(1, lines[1].replace("“", "”")), [("changed", 2)]),
        (lambda lines: lines.__delitem__(slice(5, None)), []),
    ]
    for change, expected in cases:
        assert tampered(export(path), change) == expected
    anchor = Anchor(10, events(10)[-1].hash)
    assert [(f.kind, f.seq) for f in verify_export(path, [anchor]).faults] == [("cut", 6)]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{", "Expecting property name"),
        (b"", "Expecting value"),
        (b"[1, 2]", "it needs content, hash, prev_hash, seq"),
        (b"\xff\xfe", "can't decode byte 0xff"),
        (b"[" * 100_000, "recursion"),
        (b'{"seq": 1, "seq": 2}', "a name stands twice"),
        (b'{"seq": 1, "content": {}, "prev_hash": "", "hash": ""}', "lacks kind"),
        (b'{"seq": 1, "content": [], "prev_hash": "", "hash": ""}', "lacks kind"),
    ],
)
def test_a_line_that_is_no_event_is_named(tmp_path: Path, line: bytes, why: str) -> None:
    path = export(tmp_path / "events.jsonl", 3)
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(UnreadableInputError, match="line 4 is no event") as caught:
        verify_export(path)
    assert why in str(caught.value)
    assert "townworks verify --export" in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [{"seq": True}, {"seq": "3"}, {"seq": 3.0}, {"seq": None}, {"hash": 5}, {"prev_hash": None}],
)
def test_values_of_the_wrong_type_are_named(tmp_path: Path, change: dict[str, object]) -> None:
    path = export(tmp_path / "events.jsonl")
    with pytest.raises(UnreadableInputError, match="line 3 is no event"):
        tampered(path, lambda lines: rewrite(lines, 2, **change))


def test_what_is_not_sealed_has_no_place_in_a_line(tmp_path: Path) -> None:
    path = export(tmp_path / "events.jsonl")
    with pytest.raises(UnreadableInputError, match="line 3 is no event"):
        tampered(path, lambda lines: rewrite(lines, 2, note="looks sealed"))
    content = json.loads(write_line(events(3)[2]))["content"]
    more = {**content, "more": "not sealed"}
    path = export(path)
    assert tampered(path, lambda lines: rewrite(lines, 2, content=more)) == [("changed", 3)]


def test_a_surrogate_is_a_change_not_a_crash(tmp_path: Path) -> None:
    path = export(tmp_path / "events.jsonl")
    strange = [("changed", 2)]
    assert tampered(path, lambda x: x.__setitem__(1, x[1].replace("“", "\\ud800"))) == strange


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError, match=r"none\.jsonl does not exist"):
        verify_export(tmp_path / "none.jsonl")


def test_anchors_are_kept_once_and_never_written_again(tmp_path: Path) -> None:
    path = tmp_path / "heads.txt"
    assert read_anchors(path) == []
    heads = [Anchor(3, "a" * 64), Anchor(5, "b" * 64), Anchor(5, "c" * 64)]
    for head in (Anchor(0, GENESIS), *heads, heads[0]):
        keep_anchor(path, head)
    assert read_anchors(path) == heads
    path.write_bytes(path.read_bytes().rstrip())  # a person's editor left the end off
    keep_anchor(path, Anchor(6, "d" * 64))
    assert read_anchors(path) == [*heads, Anchor(6, "d" * 64)]


@pytest.mark.parametrize("line", ["x", "1", "a " + "b" * 64, f"1 {'a' * 63}", "1 镇", "1 2 3"])
def test_a_line_that_is_no_anchor_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "heads.txt"
    path.write_text(f"1 {'a' * 64}\n\n{line}\n", encoding="utf-8")
    with pytest.raises(UnreadableInputError, match="line 3 is no number and hash"):
        read_anchors(path)
    with pytest.raises(UnreadableInputError, match="line 3"):
        keep_anchor(path, Anchor(9, "e" * 64))


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="could not be written"):
        keep_anchor(tmp_path / "nowhere" / "heads.txt", Anchor(1, "a" * 64))


@pytest.mark.django_db
def test_an_export_says_what_the_database_says(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    head = export_events(path)
    exported, held = verify_export(path), verify_database()
    assert exported.head == head == held.head
    assert (exported.events, exported.records) == (held.events, held.records)
    assert exported.faults == held.faults == ()
    with pytest.raises(OutputError):
        export_events(tmp_path)


def test_an_export_is_verified_without_django(tmp_path: Path) -> None:
    path = export(tmp_path / "events.jsonl")
    code = (
        "import sys; from pathlib import Path\n"
        "from townworks.register.chain_files import verify_export\n"
        f"print(verify_export(Path({str(path)!r})).events)\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'django'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == ["10", "[]", ""]
