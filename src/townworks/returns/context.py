"""Whose a file is and of which quarter: found in its titles, its sheets' names and its own name."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from townworks.returns.blocks import Remembered
from townworks.returns.days import Period, read_quarter
from townworks.returns.headings import plain
from townworks.schema.grids import Grid

HEAD_ROWS = 8
"""Rows of a sheet in which its title and notes stand."""
SHORTEST = 4
_PHRASE = re.compile(r"[\u4e00-\u9fff·]{2,20}小镇")


@dataclass(frozen=True)
class Context:
    """What is known before a file is read.

    towns: names (any language) → town id. town_id, quarter: said by who brings the file in ("" :
    the file is to say). remembered: by town id, what headings of its workbooks mean.
    """

    towns: Mapping[str, str]
    town_id: str = ""
    quarter: str = ""
    remembered: Mapping[str, Remembered] = field(default_factory=dict)


def find_town(texts: Iterable[str], towns: Mapping[str, str]) -> str:
    """Id of the town that the first text with a town's name names; "" where none does.

    Names may be cut at the front ("玉皇山南基金小镇" for "上城玉皇山南基金小镇") where only
    one town is meant.

    >>> find_town(["填报单位：诸暨袜艺小镇"], {"诸暨袜艺小镇": "zhuji-socks"})
    'zhuji-socks'
    """
    by_plain = {plain(name): town for name, town in towns.items() if plain(name)}
    for text in texts:
        found = _whole(plain(text), by_plain) or _part(text, by_plain)
        if found:
            return found
    return ""


def _whole(text: str, names: Mapping[str, str]) -> str:
    hits = [name for name in names if len(name) >= SHORTEST and name in text]
    return names[max(hits, key=len)] if hits else names.get(text, "")


def _part(text: str, names: Mapping[str, str]) -> str:
    for phrase in _PHRASE.findall(text):
        for start in range(len(phrase) - SHORTEST + 1):
            hits = {town for name, town in names.items() if name.endswith(phrase[start:])}
            if len(hits) == 1:
                return hits.pop()
    return ""


def find_quarter(texts: Iterable[str]) -> Period | None:
    """Quarter that the first text with one names."""
    return next((found for text in texts if (found := read_quarter(text))), None)


def titles(grid: Grid, before: int = HEAD_ROWS) -> Iterator[str]:
    """Texts above a sheet's table, then the sheet's name."""
    for row in grid.rows[: min(before, HEAD_ROWS)]:
        for cell in row:
            if isinstance(cell, str):
                yield cell
    yield grid.sheet
