"""The picture of a chain: nothing overlaps, every stage is there, both languages."""

from xml.etree import ElementTree as ET

import pytest

from townworks.report.chains import Node, draw_chain
from townworks.report.chains.picture import HEIGHT, WIDTH, place_stages
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
