"""Headings of workbooks: which field of a form, or which figure, a text means."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache

from townworks.schema.forms import Field, Form, forms, metrics

NEAR = 0.85
"""Similarity from which a heading is taken for a known one (and said to be guessed)."""
_BRACKETS = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]")
_NUMBERING = re.compile(r"^(?:[一二三四五六七八九十]+、|[0-9]{1,2}[.、．](?![0-9])|其中[:：]?|#)+")
PERIOD = re.compile(
    r"(?:19|20)\d\d年?|第?[一二三四1-4]季度(?:末|止)?|q[1-4]|1[-—至到]\d{1,2}月|上半年|截至\d*月?"
)
_MARKS = re.compile(r"[\s:：,，、。.*＊#'\"“”‘’\-—_/·;；]+")
YEAR_TO_DATE = re.compile(
    r"累计|年初|自年|1[-—至到]\d{1,2}月|上半年|to.?date|cumulative|ytd", re.IGNORECASE
)


@dataclass(frozen=True)
class Heading:
    """What a heading means; guessed: it only resembles a known one."""

    key: str
    guessed: bool = False


def plain(text: str) -> str:
    """Reduce a heading to what names it: half-width, no brackets, no marks, lower case.

    >>> plain(" 本季完成投资（万元）"), plain("R&D  经费：")
    ('本季完成投资', 'r&d经费')
    """
    found = _BRACKETS.sub("", unicodedata.normalize("NFKC", text))
    return _MARKS.sub("", found).lower()


def unnumbered(text: str) -> str:
    """Take the numbering and "of which" off the front of a row's name.

    >>> unnumbered("一、固定资产投资额"), unnumbered("其中：税收")
    ('固定资产投资额', '税收')
    """
    return _NUMBERING.sub("", unicodedata.normalize("NFKC", text).strip())


def meaning(text: str, names: Mapping[str, str]) -> Heading | None:
    """Find what a heading means among plain names: itself, without its period, or nearly.

    >>> names = {"本季完成投资": "amount_cny", "项目名称": "project"}
    >>> meaning("2016年二季度 本季完成投资（亿元）", names)
    Heading(key='amount_cny', guessed=False)
    """
    found = plain(text)
    if not found:
        return None
    bare = PERIOD.sub("", found)
    for each in (found, plain(unnumbered(text)), bare):
        if each in names:
            return Heading(names[each])
    near = get_close_matches(bare or found, names, n=1, cutoff=NEAR)
    return Heading(names[near[0]], guessed=True) if near else None


@cache
def field_names(form: str) -> Mapping[str, str]:
    """Plain names of a form's fields; an earlier field keeps a name that two have."""
    return _by_name(forms()[form].fields.values())


@lru_cache(100_000)
def field_meaning(form: str, text: str) -> Heading | None:
    """Field of a form that a heading means; remembered, as towns repeat each other's headings."""
    return meaning(text, field_names(form))


@lru_cache(100_000)
def metric_meaning(text: str) -> Heading | None:
    """Figure that a text means."""
    return meaning(text, metric_names())


@cache
def known_names() -> frozenset[str]:
    """Plain names of all fields and figures: a row without any is no heading."""
    return frozenset(metric_names()).union(*(field_names(form) for form in forms()))


@cache
def metric_names() -> Mapping[str, str]:
    """Plain names of all figures that towns report."""
    found: dict[str, str] = {}
    for metric in metrics().values():
        for name in metric.names:
            found.setdefault(plain(name), metric.key)
    return found


def _by_name(fields: Iterable[Field]) -> dict[str, str]:
    found: dict[str, str] = {}
    for rank in range(max((len(f.names) for f in fields), default=0)):
        for field in fields:
            if rank < len(field.names):
                found.setdefault(plain(field.names[rank]), field.key)
    return found


def key_fields(form: Form) -> tuple[str, ...]:
    """Fields without which a heading row is not this form's; the town may be known otherwise."""
    known = ("town", "quarter")
    return tuple(f.key for f in form.fields.values() if f.required and f.key not in known)
