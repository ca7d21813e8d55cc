"""Terms that are one thing (钮扣/纽扣, 袜/袜子, 座垫/坐垫), found in how they are used.

Two spellings of a thing stand in the same company and hardly ever together: whoever lists 钮扣
does not list 纽扣 as well. Sisters (皮鞋, 布鞋) share their company but are listed side by side. So
two terms are merged if

1. they look alike: same length and all characters but one, or one more character at the end;
2. the terms listed beside them agree: cosine of their positive pointwise mutual information
   (Church & Hanks 1990; Bullinaria & Levy 2007) is at least `ALIKE`, or `ALIKE_SPELLING` if the two
   characters stand for each other elsewhere too: in `INTERCHANGED` of the phrases that have the
   rarer one, or more, the registry also has the phrase with the other (座垫/坐垫, 座椅/坐椅 …);
   two terms of one length need that in any case;
3. they are seldom listed together: in at most `TOGETHER` of the listings of the rarer one.

The more frequent term names the class.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

ALIKE, ALIKE_SPELLING, INTERCHANGED, TOGETHER = 0.4, 0.25, 0.3, 0.06
CONTEXTS = 8
"""Phrases that must have a character before its interchange with another is judged."""
SEEN_AT_LEAST = 12
"""Listings below which a term's company is too thin to compare."""


def merge_synonyms(
    listings: pl.DataFrame, terms: Sequence[str], phrases: Sequence[str]
) -> dict[str, str]:
    """Return the term that stands for each term that is merged; others are absent.

    listings: `enterprise` and `term` (String, one of `terms`), distinct: who lists the term by
    itself. phrases: all distinct phrases of the registry.
    """
    index = {term: position for position, term in enumerate(terms)}
    columns = listings["term"].replace_strict(index, return_dtype=pl.Int64).to_numpy()
    _, rows = np.unique(listings["enterprise"].to_numpy(), return_inverse=True)
    shape = (int(rows.max(initial=-1)) + 1, len(terms))
    incidence = sparse.csr_array((np.ones(rows.size), (rows, columns)), shape=shape)
    seen: NDArray[np.float64] = np.asarray(incidence.sum(axis=0)).ravel()
    pairs = np.array(
        [
            (index[a], index[b])
            for a, b in sorted(set(look_alikes(terms)))
            if min(seen[index[a]], seen[index[b]]) >= SEEN_AT_LEAST
        ],
        dtype=np.int64,
    ).reshape(-1, 2)
    if not pairs.size:
        return {}
    together = (incidence.T @ incidence).tocsr()
    left, right = pairs.T
    listed_together = np.asarray(together[left, right]).ravel()
    seldom = listed_together <= TOGETHER * np.minimum(seen[left], seen[right])
    agreement = _agreement(together, left, right)
    close = seldom & (agreement >= ALIKE_SPELLING)
    spelling = _Spelling.of(phrases)
    one_thing = np.zeros(len(pairs), dtype=bool)
    for k in np.flatnonzero(close):
        a, b = terms[left[k]], terms[right[k]]
        one_thing[k] = spelling.varies(a, b) if len(a) == len(b) else agreement[k] >= ALIKE
    return _classes(pairs[one_thing], terms, seen)


@dataclass(frozen=True, slots=True)
class _Spelling:
    """Where each character stands: all phrases, and the phrases that have it."""

    phrases: frozenset[str]
    having: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, phrases: Sequence[str]) -> Self:
        having = defaultdict(list)
        for phrase in phrases:
            for character in set(phrase):
                having[character].append(phrase)
        return cls(frozenset(phrases), having)

    def varies(self, a: str, b: str) -> bool:
        """Whether the one character in which two terms differ is a matter of spelling."""
        one, other = next((x, y) for x, y in zip(a, b, strict=True) if x != y)
        if len(self.having[one]) > len(self.having[other]):
            one, other = other, one
        rarer = self.having[one]
        also = sum(phrase.replace(one, other) in self.phrases for phrase in rarer)
        return len(rarer) >= CONTEXTS and also >= INTERCHANGED * len(rarer)


def look_alikes(terms: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of terms that differ in one character, or by one more character at the end.

    >>> sorted(look_alikes(["袜", "袜子", "钮扣", "纽扣"]))
    [('纽扣', '钮扣'), ('袜', '袜子')]
    """
    known, masked = set(terms), defaultdict(list)
    for term in sorted(known):
        if term[:-1] in known:
            yield term[:-1], term
        if len(term) > 1:
            for position in range(len(term)):
                masked[position, term[:position], term[position + 1 :]].append(term)
    for alike in masked.values():
        yield from ((a, b) for i, a in enumerate(alike) for b in alike[i + 1 :])


def _agreement(
    together: sparse.csr_array, left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Cosine of the positive PMI rows of pairs of terms, (n_pairs,)."""
    company = together.tocoo()
    off = (company.row != company.col) & (company.data >= 2)  # noqa: PLR2004 - seen twice
    row, col, n = company.row[off], company.col[off], company.data[off]
    totals = np.bincount(row, n, minlength=together.shape[0])
    pmi = np.log(n * totals.sum() / (totals[row] * totals[col]))
    ppmi = sparse.csr_array((np.maximum(pmi, 0.0), (row, col)), shape=together.shape)
    length = np.sqrt(np.asarray(ppmi.multiply(ppmi).sum(axis=1)).ravel())
    dots = np.asarray(ppmi[left].multiply(ppmi[right]).sum(axis=1)).ravel()
    norms = length[left] * length[right]
    agreement: NDArray[np.float64] = np.divide(
        dots, norms, out=np.zeros_like(dots), where=norms > 0
    )
    return agreement


def _classes(
    same: NDArray[np.int64], terms: Sequence[str], seen: NDArray[np.float64]
) -> dict[str, str]:
    """Connected pairs become classes; the most seen term (ties: the first) names each."""
    n = len(terms)
    links = sparse.csr_array((np.ones(len(same)), (same[:, 0], same[:, 1])), shape=(n, n))
    _, label = sparse.csgraph.connected_components(links, directed=False)
    members = defaultdict(list)
    for position in np.unique(same):
        members[label[position]].append(int(position))
    merged = {}
    for group in members.values():
        head = max(group, key=lambda position: (seen[position], -position))
        merged.update({terms[m]: terms[head] for m in group if m != head})
    return merged
