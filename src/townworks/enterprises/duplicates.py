"""One enterprise, one row: the same credit code is the same enterprise.

The first row in reading order stays, the later ones are merged into it and counted. Whatever the
size of the batches, the result is the same.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from townworks.enterprises.credit_code import ALPHABET, LENGTH, MODULUS

HALF = LENGTH // 2
"""Nine characters out of 31 are a number below 2⁴⁵, so a code is a pair of integers."""
FIRST_SLOTS = 2**16
"""Slots to begin with; a power of two, doubled when three quarters are full."""
_FORM = f"^[{ALPHABET}]{{{LENGTH}}}$"
_EMPTY = np.uint64(2**64 - 1)
_BASE = np.uint64(MODULUS)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_VALUES = np.zeros(256, dtype=np.uint64)
_VALUES[np.frombuffer(ALPHABET.encode(), dtype=np.uint8)] = np.arange(MODULUS)

Pair = tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]
Mask = npt.NDArray[np.bool_]


class Seen:
    """The identities met so far, exactly; 21 to 43 bytes for a credit code, some 200 for a text.

    >>> seen = Seen()
    >>> rows = pl.DataFrame({"enterprise_id": ["a", "b", "a"], "name": ["first", "x", "later"]})
    >>> seen.first(rows)["name"].to_list(), seen.first(rows)["name"].to_list()
    (['first', 'x'], [])
    """

    def __init__(self) -> None:
        """Start with none."""
        self._codes = _CodeSet()
        self._texts: set[str] = set()

    def first(self, enterprises: pl.DataFrame) -> pl.DataFrame:
        """Return the rows whose `enterprise_id` was not met before, in the given order."""
        unique = enterprises.unique("enterprise_id", keep="first", maintain_order=True)
        identities = unique["enterprise_id"]
        coded = identities.str.contains(_FORM).to_numpy()
        texts = identities.filter(~coded).to_list()
        again = self._texts.intersection(texts)
        self._texts.update(texts)
        new = np.empty(len(coded), dtype=bool)
        new[coded] = self._codes.add(_pair(identities.filter(coded)))
        new[~coded] = [text not in again for text in texts]
        return unique.filter(new)


class _CodeSet:
    """A hash table of pairs with open addressing, filled a batch at a time."""

    def __init__(self) -> None:
        self._slots = _empty(FIRST_SLOTS)
        self._held = 0

    def add(self, pair: Pair) -> Mask:
        """Add distinct pairs, and say of each whether it is new."""
        self._make_room(self._held + len(pair[0]))
        new = self._place(pair)
        self._held += int(new.sum())
        return new

    def _make_room(self, pairs: int) -> None:
        """Leave a quarter of the slots empty; move a slice at a time, to copy little."""
        high, low = self._slots
        size = len(high)
        while 4 * pairs > 3 * size:
            size *= 2
        if size == len(high):
            return
        self._slots = _empty(size)
        for start in range(0, len(high), FIRST_SLOTS):
            part = slice(start, start + FIRST_SLOTS)
            held = high[part] != _EMPTY
            self._place((high[part][held], low[part][held]))

    def _place(self, pair: Pair) -> Mask:
        (highs, lows), (high, low) = self._slots, pair
        new = np.zeros(len(high), dtype=bool)
        waiting = np.arange(len(high))
        bits = len(highs).bit_length() - 1
        mixed = (high * _MIX ^ low) * _MIX
        slot = (mixed >> np.uint64(64 - bits)).astype(np.int64)
        while len(waiting):
            free = highs[slot] == _EMPTY
            place = slot[free]
            highs[place], lows[place] = high[free], low[free]  # of several, the last stays
            there = (highs[slot] == high) & (lows[slot] == low)
            new[waiting[free & there]] = True
            on = np.flatnonzero(~there)
            waiting, high, low = waiting[on], high[on], low[on]
            slot = (slot[on] + 1) & (len(highs) - 1)
        return new


def _empty(size: int) -> Pair:
    return np.full(size, _EMPTY), np.full(size, _EMPTY)


def _pair(codes: pl.Series) -> Pair:
    """Write each code as two numbers of base 31; no two codes share a pair."""
    text = codes.str.join("").item() or ""
    characters = np.frombuffer(text.encode(), dtype=np.uint8).reshape(-1, LENGTH)
    high, low = np.zeros((2, len(codes)), dtype=np.uint64)
    for place in range(HALF):
        high = high * _BASE + _VALUES[characters[:, place]]
        low = low * _BASE + _VALUES[characters[:, place + HALF]]
    return high, low
