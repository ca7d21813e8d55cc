"""Chains are checked as a whole, and every fault is told at once."""

from pathlib import Path

import pytest

from townworks.chains import load_chains
from townworks.errors import DefinitionsError
from townworks.io import copy_programme, find_programme
from townworks.workflow import check_programme
from townworks.workflow.chains import open_chains
from townworks.workflow.programmes import open_programme


def faults_of(text: str) -> list[str]:
    with pytest.raises(DefinitionsError) as error:
        load_chains({"chains/lamps.toml": text})
    return [f"{key} {problem}" for _, key, problem in error.value.faults]


def test_a_chain_is_read(lamps_text: str) -> None:
    chain = load_chains({"chains/lamps.toml": lamps_text, "other.toml": "["})["lamps"]
    assert chain.stage_ids == ("glass", "making", "machines", "market")
    assert chain.links[0].weight == 0.5
    assert chain.stages[0].roles == ("make", "trade", "service")
    assert chain.excluded == ("车灯",)


def test_a_circle_is_named_unless_declared(lamps_text: str) -> None:
    circle = lamps_text + '\n[[link]]\nfrom = "market"\nto = "glass"\nweight = 0.1\n'
    assert faults_of(circle) == [
        "link go round in a circle: glass → making → market → glass; mark one with loop = true"
    ]
    assert load_chains({"chains/lamps.toml": circle + "loop = true\n"})["lamps"].links[-1].loop


def test_every_fault_is_told_at_once(lamps_text: str) -> None:
    text = (
        lamps_text.replace('{ en = "Glass", zh = "玻璃" }', '{ en = "Glass" }')
        .replace('terms = ["灯机"]', 'terms = ["灯机", "玻璃", "灯机"]')
        .replace('from = "machines"', 'from = "machine"')
        .replace("weight = 0.4", "weight = 1.4")
        .replace('focus = "making"', 'focus = "make"')
        .replace('roles = ["trade"]', 'roles = ["sell"]')
    )
    found = " | ".join(faults_of(text))
    for part in (
        "stage.glass.title.zh translation is missing",
        "stage.machines.terms has '灯机' 2 times",
        "link[2].from is 'machine'",
        "link[3].weight is 1.4",
        "chain.focus is 'make'",
        "stage.market.roles has 'sell'",
        "stage.machines '玻璃' stands in stage.glass too",
    ):
        assert part in found


def test_a_stage_nothing_leads_to_is_refused(lamps_text: str) -> None:
    lone = lamps_text + (
        '\n[stage.art]\ntitle = { en = "Art", zh = "艺" }\nposition = "services"\nknown = false\n'
    )
    assert faults_of(lone) == ["stage.art no link leads to it from the focus; add one"]


def test_a_stage_needs_something_to_know_it_by(lamps_text: str) -> None:
    blind = lamps_text.replace('terms = ["灯机"]', "")
    assert any("nothing to know it by" in fault for fault in faults_of(blind))


def test_a_word_in_two_stages_needs_roles_that_differ(lamps_text: str) -> None:
    same = lamps_text.replace('roles = ["trade"]', "")
    assert sum("stands in stage.making too" in fault for fault in faults_of(same)) == 2


def test_chains_that_ship_are_whole() -> None:
    chains = open_chains("zhejiang")
    assert len(chains) >= 10
    towns = set(open_programme("zhejiang").tables.towns["town_id"])
    for chain in chains.values():
        assert 5 <= len(chain.stages) <= 12
        assert chain.sources
        assert set(chain.towns) <= towns


def test_nothing_that_follows_from_another_fault_is_told(lamps_text: str) -> None:
    nowhere = lamps_text.replace('focus = "making"', 'focus = "make"')
    assert faults_of(nowhere) == ["chain.focus is 'make'; there is glass, machines, making, market"]
    (torn,) = faults_of(lamps_text + "x = [")
    assert torn.startswith("the file is no TOML: ")


def test_checking_a_programme_checks_its_chains(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    copy_programme(find_programme("zhejiang"), folder)
    path = folder / "chains" / "hosiery.toml"
    path.write_text(path.read_text().replace('zh = "袜业"', 'zh = ""'))
    with pytest.raises(DefinitionsError, match=r"chains/hosiery\.toml: chain\.title\.zh"):
        check_programme(folder)
