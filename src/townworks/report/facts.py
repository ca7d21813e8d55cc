"""What a discovery page tells about its own origin."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Level = Literal["county", "township"]


@dataclass(frozen=True, slots=True)
class DiscoveryCounts:
    """What became of the records; read = kept + rejected, all in rows or enterprises.

    merged: kept rows that repeat an enterprise. with_county, with_township: enterprises located
    there. counted: enterprises that the table rests on (None: all that are not merged).
    """

    read: int
    kept: int
    rejected: int
    merged: int
    with_county: int
    with_township: int
    counted: int | None = None

    @property
    def enterprises(self) -> int:
        """Enterprises that the table rests on.

        >>> DiscoveryCounts(10, 8, 2, 1, 7, 5).enterprises
        7
        """
        return self.kept - self.merged if self.counted is None else self.counted


@dataclass(frozen=True, slots=True)
class DiscoveryFacts:
    """What a discovery page rests on, in the words of its maker.

    source: the records in a few words, as they stand in a sentence ("the registry of Zhejiang").
    years: years of registration that the source covers; years missing between are gaps.
    since, until: bounds of registration asked for. input_hash: of the files read. seed: None if
    nothing was drawn at random. places: code and name of every place looked at, so that those
    without a speciality are shown as not known; empty: only those in the table are known.
    """

    source: str
    level: Level
    as_of: date
    years: tuple[int, ...]
    counts: DiscoveryCounts
    version: str
    input_hash: str
    licence: str
    seed: int | None = None
    since: date | None = None
    until: date | None = None
    places: tuple[tuple[str, str], ...] = ()
    source_zh: str | None = None

    def source_in(self, language: str) -> str:
        """Return the source's name in a language; the one there is, if there is but one."""
        return self.source_zh if language == "zh" and self.source_zh else self.source


def spans(years: tuple[int, ...]) -> str:
    """Years as spans; a single year stands alone.

    >>> spans((2005, 2006, 2008, 2009, 2010, 2012))
    '2005–2006, 2008–2010, 2012'
    >>> spans(())
    ''
    """
    found: list[list[int]] = []
    for year in sorted(set(years)):
        if found and year == found[-1][-1] + 1:
            found[-1].append(year)
        else:
            found.append([year])
    return ", ".join(f"{s[0]}–{s[-1]}" if len(s) > 1 else str(s[0]) for s in found)


def gaps(years: tuple[int, ...]) -> tuple[int, ...]:
    """Years missing between the first and the last.

    >>> gaps((2006, 2008, 2009, 2011))
    (2007, 2010)
    """
    if not years:
        return ()
    return tuple(sorted(set(range(min(years), max(years) + 1)) - set(years)))
