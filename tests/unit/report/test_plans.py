"""The page of a plan: what it says of every candidate, in both languages, and that it is safe."""

import itertools
import re
from base64 import b64encode
from dataclasses import replace
from functools import cache
from hashlib import sha256

import polars as pl
import pytest
from tests.unit.report.plan_sample import HOSTILE, empty_facts, plan_facts
from tests.unit.report.test_discovery import Structure

from townworks.errors import RequestError
from townworks.report.plans import PlanFacts, anchor, plan_page
from townworks.report.plans.atlas import draw_map
from townworks.report.plans.headline import cards, lead, risk_cost, unknowns
from townworks.report.plans.phases import absent, amounts
from townworks.report.plans.rows import candidates
from townworks.report.plans.tables import is_bounded
from townworks.schema.messages import catalogue
from townworks.schema.plans import BASES, EVIDENCE, RESOURCES, UNITS

FACTS = plan_facts()
EMPTY = empty_facts()


@cache
def page() -> str:
    return plan_page(FACTS)


@cache
def empty_page() -> str:
    return plan_page(EMPTY)


@cache
def hostile_page() -> str:
    return plan_page(plan_facts(hostile=True))


def shown(html: str, language: str) -> str:
    """What a reader of a language reads."""
    other = "zh" if language == "en" else "en"
    return Structure(re.sub(rf"<span lang={other}>.*?</span>", "", html, flags=re.DOTALL)).text


@pytest.mark.parametrize("html", [page, empty_page, hostile_page])
def test_page_is_well_formed_and_every_link_and_label_has_its_target(html) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    found = Structure(html())
    assert found.open == []
    ids = [attrs["id"] for _, attrs in found.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for _, attrs in found.tags:
        for name in ("for", "aria-labelledby", "aria-describedby"):
            if name in attrs:
                assert attrs[name] in ids
        href = attrs.get("href")
        assert href is None or href[1:] in ids, href
    levels = [int(tag[1]) for tag, _ in found.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_tables_have_captions_and_scopes() -> None:
    html = page()
    assert html.count("<table") == html.count("<caption")
    assert all("scope=" in head for head in re.findall(r"<th\b[^>]*>", html))


def test_every_message_is_in_both_languages_with_the_same_values() -> None:
    for key, texts in catalogue().items():
        if key.startswith("plans."):
            assert set(texts) == {"en", "zh"}, key
            values = [set(re.findall(r"\{(\w+)", text)) for text in texts.values()]
            assert values[0] == values[1], key


def test_every_code_of_the_schema_has_words() -> None:
    known = catalogue()
    for prefix, codes in (("quantity", UNITS), ("quantity", RESOURCES), ("evidence", EVIDENCE)):
        assert [c for c in codes if f"plans.{prefix}.{c}" not in known and c != "growth"] == []


def test_page_speaks_both_languages_evenly() -> None:
    html = page()
    assert html.count("<span lang=en>") == html.count("<span lang=zh>") > 300
    assert html.count('class="en"') - html.count('<small class="en"') == html.count('class="zh"')
    assert not re.search(r"\{\w*\}", shown(html, "en").replace("{shown}", ""))


def test_page_opens_in_the_language_it_is_asked_for() -> None:
    chinese = plan_page(EMPTY, "zh")
    assert '<html lang="zh-Hans"' in chinese
    assert "<title>规划 · 浙江省特色小镇</title>" in chinese
    assert 'id="speak-zh" value="zh" checked' in chinese
    with pytest.raises(RequestError, match=r"no page in 'fr'\. Ask for en or zh\."):
        plan_page(EMPTY, "fr")


def test_headline_tells_towns_target_chance_gap_list_and_caution() -> None:
    text = shown(page(), "en")
    for part in (
        "20 of 60 candidates are chosen, to start from 2015 to 2017.",
        "above the target of",
        "41%",
        "no other plan under the same demands is worth more than 0.4% more",
        f"{FACTS.summary.list_shared} of 20",
        "The plain scored list is worth 6.0% less",
        "of expected worth (1.5%) is given up",
    ):
        assert part in text
    assert "60个候选中选出20个小镇，于2015至2017年启动。" in shown(page(), "zh")


def test_missed_target_and_missing_plan_are_said() -> None:
    row = (pl.col("quantity") == "investment") & pl.col("year").is_null()
    higher = pl.when(row).then(pl.col("planned") * 2).otherwise("least")
    missed = replace(FACTS, totals=FACTS.totals.with_columns(least=higher.cast(pl.Decimal(22, 2))))
    assert "short of the target of" in lead(missed)
    nobody = replace(FACTS, lines=FACTS.refused)
    assert "None of 40 candidates is chosen." in lead(nobody)
    assert "None of 40 candidates" in plan_page(nobody)


def test_price_of_caution_is_the_neutral_plans_worth_less_this_ones() -> None:
    worth = FACTS.summary.value_cny
    assert risk_cost(FACTS) == pytest.approx(0.015 * worth)
    untried = replace(FACTS, sensitivity=FACTS.sensitivity.clear())
    assert "the plan without it was not worked out" in cards(untried)[-1].about
    assert "takes no heed of bad scenarios" in cards(EMPTY)[-1].about


def test_what_is_not_known_is_counted() -> None:
    silent = FACTS.chosen.filter(evidence="silent").height
    said = " ".join(unknowns(FACTS))
    assert f"the registry does not decide: {silent}." in said
    assert "Whether a better plan exists is not proven" not in said
    assert "Whether a better plan exists is not proven" in " ".join(unknowns(EMPTY))


def test_every_candidate_has_a_row_with_choice_chance_evidence_and_reason() -> None:
    html, rows = page(), candidates(FACTS)
    assert len(rows) == FACTS.lines.height
    for c in rows:
        start = html.index(f'<tr id="{c.anchor}"')
        row = html[start : html.index("</tr>", start)]
        choice = str(c.row["start_year"]) if c.row["chosen"] else "<span lang=en>refused</span>"
        assert choice in row
        assert f"says {c.row['evidence']}" in row
        for text in (c.row["name"], c.row["reason_en"], c.row["reason_zh"], c.row["industry"]):
            assert text in row
        if c.row["needed_value_cny"] is not None:
            assert "To be chosen:" in row
        assert f'href="#{anchor(c.row["next_best"])}"' in row


def test_chosen_come_by_year_then_the_closest_of_the_refused() -> None:
    rows = [c.row for c in candidates(FACTS)]
    ins = [row for row in rows if row["chosen"]]
    assert rows[: len(ins)] == ins
    assert ins == sorted(ins, key=lambda row: (row["start_year"], -row["value_cny"]))
    chances = [row["inclusion"] for row in rows[len(ins) :]]
    assert chances == sorted(chances, reverse=True)


def test_anchors_are_distinct_and_hold_no_blank() -> None:
    ids = ["a b", "a:20b", "a-b", "a/b", "云栖", "a.b", "<a>"]
    found = [anchor(candidate) for candidate in ids]
    assert len(set(found)) == len(ids)
    assert not any(re.search(r"[\s<>\"&]", name) for name in found)


def test_years_are_set_against_their_limits() -> None:
    found = amounts(FACTS)
    assert [a.year for a in found["land"]] == [2015, 2016, 2017, 2018, 2019, None]
    assert found["towns"][-1].state == "full"
    assert found["land"][0].state == "within"
    assert found["land"][3].state == "free"
    private, public, both = (
        found[q][0].planned for q in ("private_investment", "public_investment", "investment")
    )
    assert both == pytest.approx(private + public)
    text = shown(page(), "en")
    assert "ceiling reached" in text
    assert "at least CNY" in text


def test_overrides_pairs_shadow_values_and_assumptions_are_told() -> None:
    text = shown(page(), "en")
    for part in (
        "Office of the programme",
        "The county has begun to build",
        "Land quota, 2016 −900 mu −CNY 62 m",
        "within the error: proves nothing",
        "no plan exists then",
        "risk aversion: 0.0",
        "forecasts: all come true",
        "supplier and buyer",
        "31% of what is chosen by claims alone is expected not to come true",
        "20150604",
        "candidates.csv 5ea1c0de",
        "value added × 0.6",
    ):
        assert part in text, part


def test_map_places_candidates_at_their_seats_and_says_so() -> None:
    drawn = draw_map(FACTS)
    assert drawn.svg is not None
    assert drawn.has_base
    assert drawn.at_seat + drawn.nowhere < FACTS.lines.height
    assert drawn.svg.count('class="mark in') <= 20
    assert drawn.svg.count('class="mark') == FACTS.lines.height - drawn.nowhere
    assert sum(n for _, _, n in drawn.sectors) == sum(n for _, _, n in drawn.years) == 20


def test_map_elsewhere_has_no_base_and_more_sectors_than_colours_share_one() -> None:
    far = FACTS.lines.with_columns(
        lon=pl.lit(104.0) + pl.int_range(pl.len()) / 100,
        lat=pl.lit(30.6),
        sector=pl.format("sector_{}", pl.int_range(pl.len()) % 11),
    )
    drawn = draw_map(replace(FACTS, lines=far))
    assert drawn.svg is not None
    assert not drawn.has_base
    assert [hue for hue, _, _ in drawn.sectors] == list(range(9))
    assert sum(n for _, _, n in drawn.sectors) == 20


def test_empty_parts_read_well() -> None:
    text = shown(empty_page(), "en")
    for part in (
        "No map: of no candidate is the position known, nor that of its county.",
        "Nobody was refused: every candidate is in the plan.",
        "No trade-off was worked out for this plan.",
        "No pair was given: every town counts for itself.",
        "Nobody has decided against the plan.",
        "No other assumption was tried.",
        "Displacement was not worked out.",
        "no target was set",
        "The request was not recorded in words.",
        "information economy",
    ):
        assert part in text, part
    assert "None" not in text


def test_hostile_names_stay_text() -> None:
    found = Structure(hostile_page())
    tags = [tag for tag, _ in found.tags]
    assert "img" not in tags
    assert tags.count("script") == 1
    assert not [a for _, a in found.tags if any(name.startswith("on") for name in a)]
    assert HOSTILE in found.text


def test_page_loads_nothing_from_elsewhere() -> None:
    html = page()
    for tag, attrs in Structure(html).tags:
        assert tag not in {"link", "iframe", "object", "embed", "base", "img", "use", "image"}
        assert not {"src", "srcset", "style", "xlink:href"} & set(attrs)
    assert not re.search(r"(https?:)?//[a-z0-9-]+\.[a-z]", html)
    assert "url(" not in html
    assert "@import" not in html


def test_policy_allows_exactly_this_style_and_this_script() -> None:
    html = page()
    policy = next(
        attrs["content"] or ""
        for _, attrs in Structure(html).tags
        if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for directive, tag in (("style-src", "style"), ("script-src", "script")):
        text = html[html.index(f"<{tag}>") + len(tag) + 2 : html.index(f"</{tag}>")]
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy


def test_order_of_rows_does_not_change_the_page() -> None:
    def shuffled(facts: PlanFacts) -> PlanFacts:
        parts = {
            name: getattr(facts, name).sample(fraction=1.0, shuffle=True, seed=4)
            for name in ("lines", "years", "totals", "pairs", "frontier")
        }
        return replace(facts, **parts)

    assert plan_page(shuffled(FACTS)) == page()


def test_nine_hundred_candidates_stay_below_three_megabytes() -> None:
    html = plan_page(plan_facts(900, 100))
    assert html.count("<tr id=") == 900
    assert len(html.encode()) < 3_000_000


def test_bound_is_drawn_only_where_it_bounds_what_is_drawn() -> None:
    neutral = replace(FACTS, summary=replace(FACTS.summary, risk_aversion=0.0))
    assert is_bounded(neutral)
    assert not is_bounded(FACTS)
    assert "no plan is worth more" in shown(plan_page(neutral), "en")
    assert "no plan is worth more" not in shown(page(), "en")
    assert "bad scenarios weighed in" in shown(page(), "en")


def test_a_trade_off_of_one_point_is_a_table_without_a_chart() -> None:
    single = FACTS.frontier.filter(pl.col("across") == "land").head(1)
    text = shown(plan_page(replace(FACTS, frontier=single)), "en")
    assert "Only one limit was tried; see the table." in text
    assert "Land quota Limit" in text


def test_quantities_neither_given_nor_asked_for_are_named_apart() -> None:
    years = FACTS.years.with_columns(land_mu=pl.lit(0).cast(pl.Decimal(20, 2)))
    totals = FACTS.totals.filter(pl.col("quantity") != "land")
    found = amounts(replace(FACTS, years=years, totals=totals))
    assert absent(found) == ["land"]
    text = shown(plan_page(replace(FACTS, years=years, totals=totals)), "en")
    assert "Neither given nor asked for: Land quota" in text


def test_notes_on_evidence_stand_with_the_reason() -> None:
    noted = FACTS.lines.with_columns(evidence_note=pl.lit("8 makers & more"))
    html = plan_page(replace(FACTS, lines=noted))
    assert html.count("8 makers &amp; more") == 2 * FACTS.lines.height


def test_every_code_of_the_tables_has_words() -> None:
    keys = set(catalogue())
    for code in BASES:
        assert {f"plans.basis.{code}", f"planning.basis.{code}"} <= keys, code
    for code in EVIDENCE:
        assert f"plans.evidence.{code}" in keys
