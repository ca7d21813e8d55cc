"""Blocks of a sheet: a heading row or two, the form it is of, and the rows under it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from townworks.returns.headings import (
    PERIOD,
    YEAR_TO_DATE,
    Heading,
    field_meaning,
    field_names,
    key_fields,
    known_names,
    metric_meaning,
    plain,
    unnumbered,
)
from townworks.schema.forms import Form, forms
from townworks.schema.grids import Cell, Grid

WIDE = "figure*"
"""A table of figures with a column each, and a row a town."""
LEAST_METRICS = 3
NEEDS = {
    "investment": ("amount_cny", "year_to_date_cny", "total_to_date_cny"),
    "figure": ("value", "year_to_date"),
    "project": ("starts_on",),
}
"""Of these a form needs one, or it is another one."""
Remembered = Mapping[tuple[str, str], str]
"""(form, plain heading) → field: what somebody said that a town's heading means."""


@dataclass(frozen=True)
class Column:
    """A column of a block: what it holds and its heading as written. year: it counts the year."""

    key: str
    heading: str
    guessed: bool = False
    year: bool = False


@dataclass(frozen=True)
class Block:
    """A table in a sheet. form: its form, or `WIDE`. top: first heading row; rows: first to end."""

    form: str
    top: int
    first: int
    end: int
    columns: Mapping[int, Column]
    unread: Mapping[int, str] = field(default_factory=dict)


def find_blocks(grid: Grid, remembered: Remembered) -> list[Block]:
    """Find every table of a sheet, the upper first; each ends where the next begins."""
    rows = _filled(grid)
    starts: list[Block] = []
    row = 0
    while row < len(rows):
        found = _heading(rows, row, remembered)
        if found is not None:
            starts.append(found)
            row = found.first
        else:
            row += 1
    ends = [block.top for block in starts[1:]] + [len(rows)] * bool(starts)
    return [
        Block(b.form, b.top, b.first, end, b.columns, b.unread)
        for b, end in zip(starts, ends, strict=True)
    ]


def _filled(grid: Grid) -> list[list[Cell]]:
    """Rows in which a merged block shows its value in each of its cells."""
    rows = [list(row) for row in grid.rows]
    for merge in grid.merges:
        if merge.top >= len(rows) or merge.left >= len(rows[merge.top]):
            continue
        value = rows[merge.top][merge.left]
        for r in range(merge.top, min(merge.bottom + 1, len(rows))):
            for c in range(merge.left, min(merge.right + 1, len(rows[r]))):
                rows[r][c] = value
    return rows


def _heading(rows: list[list[Cell]], row: int, remembered: Remembered) -> Block | None:
    """Read a row (alone, or with the next) as headings; None where it is of no form."""
    alone = [_text(cell) for cell in rows[row]]
    if not _is_likely(alone, remembered):
        return None
    found = _best(alone, [""] * len(alone), remembered)
    block = _block(found, row, 1, alone)
    if row + 1 < len(rows) and _is_words(rows[row + 1]):
        below = [_text(cell) for cell in rows[row + 1]]
        two = _best(alone, below, remembered)
        alone_below = None if _spans(alone, below) else _best(below, [""] * len(below), remembered)
        fewest = max(len(each[1]) if each else 0 for each in (found, alone_below))
        if two and len(two[1]) > fewest:
            texts = [b or a for a, b in zip(alone, below, strict=True)]
            return _block(two, row, 2, texts)
    return block


def _spans(above: list[str], below: list[str]) -> bool:
    """Whether a heading is merged over two rows: they belong together."""
    return any(text and text == other for text, other in zip(above, below, strict=True))


def _is_likely(texts: list[str], remembered: Remembered) -> bool:
    """Whether a row may be headings: two texts or more, of which one is known."""
    told = {heading for _, heading in remembered}
    given = [text for text in texts if text]
    names = {name for text in given for name in (plain(text), plain(unnumbered(text)))}
    bare = {PERIOD.sub("", name) for name in names}
    return len(given) > 1 and not (names | bare).isdisjoint(known_names() | told)


def _block(
    found: tuple[str, dict[int, Column]] | None, row: int, depth: int, texts: list[str]
) -> Block | None:
    if found is None:
        return None
    form, columns = found
    unread = {n: text for n, text in enumerate(texts) if text and n not in columns}
    return Block(form, row, row + depth, row + depth, columns, unread)


def _text(cell: Cell) -> str:
    return cell.strip() if isinstance(cell, str) else ""


def _is_words(row: list[Cell]) -> bool:
    """Whether a row holds words only (a second heading row)."""
    return all(cell is None or isinstance(cell, str) for cell in row) and any(row)


def _best(
    above: list[str], below: list[str], remembered: Remembered
) -> tuple[str, dict[int, Column]] | None:
    """Form of which most fields stand in a row; earlier forms win a tie."""
    found: list[tuple[str, dict[int, Column]]] = []
    for form in forms().values():
        columns = _columns(form, above, below, remembered)
        if _is_whole(form, {column.key for column in columns.values()}):
            found.append((form.id, columns))
    wide = _wide(above, below)
    if len({column.key for column in wide.values()} - {"town", "quarter"}) >= LEAST_METRICS:
        found.append((WIDE, wide))
    return max(found, key=lambda pair: len(pair[1]), default=None)


def _is_whole(form: Form, keys: set[str]) -> bool:
    needs = NEEDS.get(form.id, ())
    has_key = all(key in keys for key in key_fields(form))
    return has_key and len(keys) > 1 and (not needs or any(key in keys for key in needs))


def _columns(
    form: Form, above: list[str], below: list[str], remembered: Remembered
) -> dict[int, Column]:
    found: dict[int, Column] = {}
    taken: set[str] = set()
    for exact in (True, False):
        for n, (upper, lower) in enumerate(zip(above, below, strict=True)):
            if n in found:
                continue
            hit = _field(form.id, upper, lower, remembered)
            if hit and hit.key not in taken and (hit.guessed is not exact):
                found[n] = Column(hit.key, lower or upper, hit.guessed)
                taken.add(hit.key)
    return dict(sorted(found.items()))


def _field(form: str, upper: str, lower: str, remembered: Remembered) -> Heading | None:
    for text in _readings(upper, lower):
        told = remembered.get((form, plain(text)))
        if told:
            return Heading(told)
    hits = [hit for text in _readings(upper, lower) if (hit := field_meaning(form, text))]
    return next((hit for hit in hits if not hit.guessed), hits[0] if hits else None)


def _readings(upper: str, lower: str) -> Iterator[str]:
    """Ways to read a heading of two rows: both together first."""
    if upper and lower and upper != lower:
        yield lower + upper
        yield upper + lower
        yield lower
    elif upper or lower:
        yield lower or upper


def _wide(above: list[str], below: list[str]) -> dict[int, Column]:
    """Read columns that are figures, and the columns that say whose and of when."""
    found: dict[int, Column] = {}
    names = field_names("figure")
    for n, (upper, lower) in enumerate(zip(above, below, strict=True)):
        for text in _readings(upper, lower):
            other = names.get(plain(text))
            hit = metric_meaning(text)
            if other in ("town", "quarter"):
                found[n] = Column(other, text)
            elif hit and not hit.guessed:
                found[n] = Column(hit.key, text, year=bool(YEAR_TO_DATE.search(upper + lower)))
            if n in found:
                break
    return found
