"""Published effects of zones: read, with every fault at once."""

import pytest

from townworks.errors import DefinitionsError
from townworks.schema.plan_sources import read_effects

HEAD = """
[displacement]
settings = [0, 0.4, 1]
alpha = 4
beta = 6
tag = "judgement"
source = "ours"
[waves]
later_factor = 0.7
tag = "judgement"
source = "ours"
"""
EFFECT = """
[[effect]]
id = "jobs"
title = { en = "Jobs", zh = "就业" }
note = { en = "of a study", zh = "某研究" }
outcome = "jobs"
area = "zone"
mean = 0.2
sd = 0.1
horizon_years = 3
tag = "found"
sd_tag = "judgement"
preferred = true
source = "a study"
"""


def faults(text: str) -> list[tuple[str, str]]:
    with pytest.raises(DefinitionsError) as caught:
        read_effects(text)
    return [(key, problem) for _, key, problem in caught.value.faults]


def test_a_sound_file() -> None:
    book = read_effects(HEAD + EFFECT)
    assert book.displacement.settings == (0.0, 0.4, 1.0)
    assert book.later_factor == 0.7
    assert book.preferred("jobs") == book.named("jobs") == book.effects[0]
    assert book.preferred("tax_cny") is None
    assert book.named("other") is None


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ("sd = 0.1", "sd = -0.1", "effect[1].sd", "is -0.1; write a number from 0 to 3"),
        ("mean = 0.2", "mean = 20", "effect[1].mean", "is 20; write a number from -3 to 3"),
        ('outcome = "jobs"', 'outcome = "wages"', "effect[1].outcome", "is 'wages'"),
        ('tag = "found"', 'tag = "sure"', "effect[1].tag", "is 'sure'"),
        (
            "horizon_years = 3",
            "horizon_years = 99",
            "effect[1].horizon_years",
            "is 99; write whole",
        ),
        ("[0, 0.4, 1]", "[0, 1.4]", "displacement.settings", "shares from 0 to 1"),
        ("[0, 0.4, 1]", "0.4", "displacement.settings", "shares from 0 to 1"),
        ("[0, 0.4, 1]", "[true]", "displacement.settings", "shares from 0 to 1"),
        ("later_factor = 0.7", "later_factor = 7", "waves.later_factor", "from 0 to 1"),
        ('zh = "就业"', 'zh = ""', "effect[1].title.zh", "translation is missing"),
    ],
)
def test_a_fault_is_told_where_it_is(old: str, new: str, key: str, problem: str) -> None:
    found = faults((HEAD + EFFECT).replace(old, new))
    assert len(found) == 1
    assert found[0][0] == key
    assert problem in found[0][1]


def test_every_fault_at_once() -> None:
    twice = EFFECT + EFFECT.replace('id = "jobs"', 'id = "more"')
    text = HEAD.replace("alpha = 4", "alpha = 0") + twice + EFFECT
    assert faults(text) == [
        ("effect 'more'", "is preferred for jobs, as 'jobs' is; prefer one"),
        ("effect 'jobs'", "stands twice; give one another id"),
        ("displacement.alpha", "is 0; write a number from 0.01 to 1000"),
    ]


def test_no_effect_is_a_fault() -> None:
    assert ("effect", "is missing; write [[effect]] with id, outcome, mean, sd …") in faults(HEAD)
    assert "is no TOML" in faults("[waves")[0][1]
