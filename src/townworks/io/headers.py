"""Which column of a file is which field, by Chinese and English header names."""

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from pathlib import Path

from townworks.errors import MissingColumnsError, RequestError
from townworks.schema import FILING_FIELDS

NEEDED = (("name",), ("credit_code", "address"), ("activity", "industry_code"))
"""Groups of fields of which a file must bring at least one each."""

_LIKE = 0.6  # the cutoff of difflib
_SHOWN = 40
_IGNORED = str.maketrans("", "", " \t\r\n_-*:：\"'\ufeff\u200b\u3000")


@cache
def synonyms() -> dict[str, tuple[str, ...]]:
    """Read the header names of each field, folded, the likeliest first."""
    text = files("townworks.definitions").joinpath("registry/headers.toml").read_text("utf-8")
    table: dict[str, list[str]] = tomllib.loads(text)
    return {field: tuple(fold(name) for name in table[field]) for field in FILING_FIELDS}


def fold(header: str) -> str:
    """Fold a header for comparison: case, full-width forms, spaces, underscores, hyphens.

    >>> fold(" Credit_Code "), fold("注册资金（万元）"), fold("ＮＡＭＥ")
    ('creditcode', '注册资金(万元)', 'name')
    """
    return unicodedata.normalize("NFKC", header).casefold().translate(_IGNORED)


def count_known(headers: Sequence[str]) -> int:
    """Count the headers that name a field; used to tell a header from a data row.

    >>> count_known(["企业名称", "注册地址", "备注"])
    2
    """
    known = {name for names in synonyms().values() for name in names}
    return sum(fold(header) in known for header in headers)


def find_columns(
    path: Path, headers: Sequence[str], columns: Mapping[str, str] | None = None
) -> dict[str, int]:
    """Find the position of each field's column; `columns` (field → header) goes before synonyms.

    Where two columns match one field, the synonym listed first wins; where two columns have one
    header, the first column. Raises `MissingColumnsError` when a needed field has no column.

    >>> find_columns(Path("a.csv"), ["名称", "企业名称", "地址", "经营范围"])
    {'name': 1, 'activity': 3, 'address': 2}
    """
    chosen = _chosen(path, headers, columns or {})
    folded = [fold(header) for header in headers]
    for field, names in synonyms().items():
        if field in chosen:
            continue
        taken = set(chosen.values())
        places = [folded.index(name) for name in names if name in folded]
        free = [place for place in places if place not in taken]
        if free:
            chosen[field] = free[0]
    missing = [" or ".join(group) for group in NEEDED if not any(f in chosen for f in group)]
    if missing:
        raise MissingColumnsError(path, missing, _shown(headers), near=_nearest(missing, headers))
    return {field: chosen[field] for field in FILING_FIELDS if field in chosen}


def _chosen(path: Path, headers: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    unknown = [field for field in columns if field not in FILING_FIELDS]
    if unknown:
        problem = f"--columns names no field of a registry: {', '.join(unknown)}"
        raise RequestError(problem, f"The fields are: {', '.join(FILING_FIELDS)}.")
    folded = [fold(header) for header in headers]
    absent = [field for field, header in columns.items() if fold(header) not in folded]
    if absent:
        near = {
            field: _closest([fold(columns[field]), *synonyms()[field]], headers) for field in absent
        }
        names = [f"{field} (“{columns[field]}”)" for field in absent]
        raise MissingColumnsError(path, names, _shown(headers), near=near)
    return {field: folded.index(fold(header)) for field, header in columns.items()}


def _shown(headers: Sequence[str]) -> list[str]:
    """Shorten what may be no header at all but rubbish: 40 headers of 40 characters."""
    more = [f"… {len(headers) - _SHOWN} more"] if len(headers) > _SHOWN else []
    return [shorten(header) for header in headers[:_SHOWN]] + more


def shorten(text: str) -> str:
    """Cut a text to 40 characters.

    >>> len(shorten("x" * 99))
    40
    """
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _nearest(missing: Sequence[str], headers: Sequence[str]) -> dict[str, str]:
    return {
        field: _closest(synonyms()[field], headers)
        for group in missing
        for field in group.split(" or ")
    }


def _closest(names: Sequence[str], headers: Sequence[str]) -> str:
    """Find the header most like any of the names, or ''; two shared characters in three suffice."""
    scored = [
        (SequenceMatcher(None, name, fold(header)).ratio(), -place, header)
        for place, header in enumerate(headers)
        for name in names
    ]
    best = max(scored, default=(0.0, 0, ""))
    return best[2] if best[0] >= _LIKE else ""
