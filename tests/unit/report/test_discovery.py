import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import polars as pl
import pytest

from townworks.errors import RequestError, TableError
from townworks.report import DiscoveryFacts, discovery_page
from townworks.schema import Specialisation

VOID = {"meta", "input", "link", "br", "img", "hr", "wbr"}
HOSTILE = '</script><img src=x onerror="alert(1)">"&\u2028'


class Structure(HTMLParser):
    """Tags with attributes, ids, texts of elements, and tags left open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["script"], ["style"]):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def test_page_is_well_formed_and_every_reference_has_its_target(
    table: pl.DataFrame, facts: DiscoveryFacts
) -> None:
    page = Structure(discovery_page(table, facts))
    assert page.open == []
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    made_by_script = {"placename"}
    for _, attrs in page.tags:
        for name in ("for", "aria-labelledby", "aria-describedby"):
            if name in attrs:
                assert attrs[name] in {*ids, *made_by_script}
    assert [tag for tag, _ in page.tags].count("h1") == 1


def test_headline_counts_places_and_pairs(table: pl.DataFrame, facts: DiscoveryFacts) -> None:
    text = Structure(discovery_page(table, facts)).text
    assert "In 20 counties of a synthetic sample, 60 specialities stand out" in text
    assert "3,860 enterprises, from 4,000 records read." in text


def test_page_speaks_the_language_it_is_asked_for(
    table: pl.DataFrame, facts: DiscoveryFacts
) -> None:
    english, chinese = (discovery_page(table, facts, language=lang) for lang in ("en", "zh"))
    assert '<html lang="en">' in english
    assert '<html lang="zh-Hans">' in chinese
    assert "在合成样本的20个县（市、区）中，有60项专长突出" in Structure(chinese).text
    assert "Best" not in Structure(chinese).text


def test_page_holds_both_languages_whichever_it_starts_in(
    table: pl.DataFrame, facts: DiscoveryFacts
) -> None:
    page = discovery_page(table, facts, language="zh")
    assert "Evidence, not the last word" in page
    assert "是依据，不是定论" in page


def test_page_tells_gaps_hash_licence_and_what_is_not_known(
    table: pl.DataFrame, facts: DiscoveryFacts
) -> None:
    text = Structure(discovery_page(table, facts)).text
    for part in (
        "covers registrations of 2005–2006, 2008–2009.",
        "no registrations of 2007",
        "no trend may be read across a gap",
        "is not known to be specialised",
        "5ea1" * 16,
        "Made for tests",
        "2026-11-23",
        "none: nothing is left to chance",
        "GeoNames (geonames.org), CC BY 4.0",
    ):
        assert part in text


def test_data_cannot_leave_their_place(table: pl.DataFrame, facts: DiscoveryFacts) -> None:
    hostile = table.with_columns(
        speciality=pl.lit(HOSTILE) + pl.col("speciality"), place=pl.lit(HOSTILE)
    )
    named = replace(facts, source=HOSTILE, licence=HOSTILE)
    page = discovery_page(hostile, named)
    tags = Structure(page).tags
    assert "img" not in [tag for tag, _ in tags]
    assert [tag for tag, _ in tags].count("script") == 2
    assert not [attrs for _, attrs in tags if any(name.startswith("on") for name in attrs)]
    assert "\u2028" not in re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1]  # type: ignore[index]  # no match fails as well


def test_page_loads_nothing_from_elsewhere(table: pl.DataFrame, facts: DiscoveryFacts) -> None:
    page = discovery_page(table, facts)
    for tag, attrs in Structure(page).tags:
        assert tag not in {"link", "iframe", "object", "embed", "base", "img"}
        assert "src" not in attrs
        assert (attrs.get("href") or "#").startswith("#")
    own = page.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"(https?:)?//[a-z0-9-]+\.[a-z]", own)
    assert "url(" not in page
    assert "@import" not in page


def test_policy_allows_exactly_this_style_and_this_script(
    table: pl.DataFrame, facts: DiscoveryFacts
) -> None:
    page = discovery_page(table, facts)
    policy = next(
        attrs["content"] or ""
        for _, attrs in Structure(page).tags
        if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for directive, pattern in (
        ("style-src", r"<style>(.*?)</style>"),
        ("script-src", r"<script>(.*?)</script>"),
    ):
        found = re.search(pattern, page, re.DOTALL)
        assert found
        digest = b64encode(sha256(found[1].encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy


def test_empty_table_gives_a_page_that_says_not_known(facts: DiscoveryFacts) -> None:
    page = Structure(discovery_page(Specialisation.create_empty(), facts))
    assert "No speciality stands out in a synthetic sample: nothing is known" in page.text
    assert "What became of the records" in page.text
    assert "table" not in [attrs.get("id") for _, attrs in page.tags]


def test_page_of_townships_stays_small(facts: DiscoveryFacts) -> None:
    n = 1400 * 5
    place = pl.int_range(n, eager=True) // 5
    rows = pl.DataFrame(
        {
            "place_code": (330324000 + place).cast(pl.String),
            "place": pl.Series(["某某街道"] * n),
            "speciality": (pl.int_range(n, eager=True) % 700).cast(pl.String) + "号样例产品",
            "rank": (pl.int_range(n, eager=True) % 5 + 1).cast(pl.UInt32),
            "enterprises": pl.Series([12] * n, dtype=pl.UInt32),
            "expected": pl.int_range(n, eager=True) / 997,
            "lq": pl.int_range(n, eager=True) / 31 + 1.2345678,
            "lq_low": pl.int_range(n, eager=True) / 31 + 0.2345678,
            "lq_high": pl.int_range(n, eager=True) / 31 + 2.2345678,
            "probability": pl.int_range(n, eager=True) / n,
            "first_year": pl.Series([1999] * n, dtype=pl.Int32),
            "recent_share": pl.int_range(n, eager=True) / n,
        }
    )
    page = discovery_page(rows, replace(facts, level="township", places=()))
    assert len(page.encode()) < 1_000_000


def test_other_languages_are_refused(table: pl.DataFrame, facts: DiscoveryFacts) -> None:
    with pytest.raises(RequestError, match=r"no page in 'fr'\. Ask for en or zh\."):
        discovery_page(table, facts, language="fr")


def test_a_table_that_is_none_is_refused_with_all_its_faults(
    table: pl.DataFrame, facts: DiscoveryFacts
) -> None:
    with pytest.raises(TableError, match="rank: missing; lq: missing"):
        discovery_page(table.drop("rank", "lq"), facts)
    holes = table.with_columns(lq=pl.lit(None, pl.Float64))
    with pytest.raises(TableError, match="lq: 60 nulls"):
        discovery_page(holes, facts)


def test_row_order_does_not_change_the_page(table: pl.DataFrame, facts: DiscoveryFacts) -> None:
    shuffled = table.sample(fraction=1.0, shuffle=True, seed=4)
    assert discovery_page(shuffled, facts) == discovery_page(table, facts)
