"""The picture of a chain: nothing overlaps, every stage is there, both languages."""

import re
from textwrap import wrap
from xml.etree import ElementTree as ET

import pytest

from townworks.report.chains import Node, draw_chain
from townworks.report.chains.picture import GAP_X, HEIGHT, LINE, WIDTH, place_stages
from townworks.workflow.chains import open_chains

CHAINS = open_chains("zhejiang")


@pytest.mark.parametrize("chain_id", list(CHAINS))
def test_stages_do_not_overlap(chain_id: str) -> None:
    spots = list(place_stages(CHAINS[chain_id]).values())
    for n, (x, y) in enumerate(spots):
        for x2, y2 in spots[:n]:
            assert abs(x - x2) >= WIDTH or abs(y - y2) >= HEIGHT


def test_the_picture_is_xml_with_every_stage_in_both_languages() -> None:
    chain = CHAINS["hosiery"]
    nodes = {s: Node("thin", 3, 9, ["甲<乙>"]) for s in chain.stage_ids}
    nodes["yarn"] = Node("not_known", 0, None, [])
    root = ET.fromstring(str(draw_chain(chain, nodes)))  # noqa: S314  ours
    links = root.findall("a")
    assert [a.get("href") for a in links] == [f"#stage-{s}" for s in chain.stage_ids]
    text = "".join(root.itertext())
    assert "thin: 3 of 9" in text
    assert "薄弱：3/9" in text
    assert "甲<乙>" in text


@pytest.mark.parametrize("chain_id", list(CHAINS))
def test_titles_fit_their_boxes(chain_id: str) -> None:
    for stage in CHAINS[chain_id].stages:
        for language, room in LINE.items():
            assert len(wrap(stage.title[language], room)) <= 2


@pytest.mark.parametrize("chain_id", list(CHAINS))
def test_no_line_to_the_next_column_passes_behind_a_stage(chain_id: str) -> None:
    """The curve keeps between its ends and its turn, so it is enough to look at those."""
    chain = CHAINS[chain_id]
    nodes = {s: Node("thin", 3, 9, []) for s in chain.stage_ids}
    spots = place_stages(chain)
    root = ET.fromstring(str(draw_chain(chain, nodes)))  # noqa: S314  ours
    for link, path in zip(chain.links, root.findall("path"), strict=True):
        x1, y1, turn, _, _, _, x2, y2 = map(int, re.findall(r"-?\d+", path.get("d") or ""))
        if abs(spots[link.source][0] - spots[link.target][0]) > WIDTH + GAP_X:
            continue
        left, right = sorted((min(x1, x2, turn), max(x1, x2, turn)))
        for x, y in spots.values():
            beside = x + WIDTH <= left or right <= x
            assert beside or y + HEIGHT <= min(y1, y2) or max(y1, y2) <= y
