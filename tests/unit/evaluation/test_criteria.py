import tomllib
from importlib.resources import files

import pytest

from townworks.errors import DefinitionsError
from townworks.evaluation import CriteriaError, parse_criteria
from townworks.evaluation.criteria import demo_criteria

TITLE = 'title = { en = "A", zh = "甲" }'
HEAD = f"""id = "test"
{TITLE}
source = "no-url: test"
years = [2022]
aggregation = "arithmetic"
missing = "renormalise"
"""
METRICS = f"""[metrics.tax]
{TITLE}
unit = "cny"
[metrics.land]
{TITLE}
unit = "mu"
"""
LEAF = f"""[indicators.yield]
{TITLE}
metric = "tax"
denominator = "land"
direction = 1
goalposts = [0, 10]
weight = 1
"""
GRADES = f"""[[grades]]
grade = "good"
{TITLE}
from = 60
[[grades]]
grade = "pass"
{TITLE}
"""
WHOLE = HEAD + METRICS + LEAF + GRADES
FOLDER = files("townworks.definitions") / "zhejiang" / "criteria"


def group(name: str, parent: str = "score", weight: str = "1") -> str:
    return f'[groups.{name}]\n{TITLE}\nparent = "{parent}"\nweight = {weight}\n'


def target(name: str, points: int, extra: str = "") -> str:
    told = f'[indicators.{name}]\n{TITLE}\nmetric = "tax"\ndirection = 1\n'
    return f"{told}benchmark = 5\npoints = {points}\n{extra}\n"


def classed(first: str, second: str) -> str:
    """Criteria with two classes and their bounds."""
    leaf = LEAF.replace("weight = 1", 'weight = 1\nclass = "one"')
    return (
        HEAD
        + 'class_metric = "tax"\n'
        + METRICS
        + f"[classes.one]\n{TITLE}\n{first}\n[classes.two]\n{TITLE}\n{second}\n"
        + leaf
        + leaf.replace("yield", "other").replace('"one"', '"two"')
    )


def test_what_the_faults_are_made_from_is_sound() -> None:
    found = parse_criteria(WHOLE, "a.toml")
    assert (found.id, found.years, found.aggregation) == ("test", (2022,), "arithmetic")
    leaf = found.indicators[0]
    assert (found.unit(leaf), leaf.kind, leaf.missing) == ("cny/mu", "figure", "renormalise")
    assert [grade.low for grade in found.grades] == [60.0, None]
    two = parse_criteria(classed("from = 5", "below = 5"), "a.toml")
    assert [two.class_of(value) for value in (4.99, 5.0, None)] == ["two", "one", None]


def test_a_bound_belongs_to_the_class_above_it() -> None:
    found = parse_criteria(classed("below = 5", "from = 5\nbelow = 7"), "a.toml")
    classes = [found.class_of(value) for value in (4.9, 5.0, 6.9, 7.0)]
    assert classes == ["one", "two", "two", None]


FAULTS = [
    ("", "yaers = [1]", "yaers", "did you mean years?"),
    ('"A", zh = "甲"', '"A"', "title.zh", "translation is missing"),
    ("[2022]", '["2022"]', "years", "list the years"),
    ("[2022]", "[]", "years", "list the years"),
    ('"arithmetic"', '"geometrical"', "aggregation", "did you mean 'geometric'?"),
    ('"renormalise"', '"class_maen"', "missing", "did you mean 'class_mean'?"),
    ('"mu"', '"muu"', "metrics.land.unit", "did you mean 'mu'?"),
    ("weight = 1", "", "indicators.yield.weight", "is missing"),
    ("weight = 1", "weight = -2", "indicators.yield.weight", "is -2"),
    ("weight = 1", "weight = nan", "indicators.yield.weight", "write a finite number"),
    ("weight = 1", "weight = true", "indicators.yield.weight", "write a finite number"),
    ("weight = 1", "weight = 0", "score", "all weights below it are 0"),
    ("weight = 1", "weight = 1\nwieght = 1", "indicators.yield.wieght", "did you mean weight?"),
    ("direction = 1", "direction = 0", "indicators.yield.direction", "write 1"),
    ("direction = 1", "direction = 1.0", "indicators.yield.direction", "is 1.0; write 1"),
    ("direction = 1", "", "indicators.yield.direction", "is missing"),
    ("[0, 10]", "[10, 0]", "indicators.yield.goalposts", "10 is not below 0"),
    ("[0, 10]", "[10, 10]", "indicators.yield.goalposts", "10 is not below 10"),
    ("[0, 10]", "[0, 10, 2.5]", "indicators.yield.goalposts", "is [0, 10, 2.5]; write [low"),
    ("[0, 10]", '[0, "x"]', "indicators.yield.goalposts", "is [0, 'x']; write [low, high]"),
    ("weight = 1", f"weight = {10**400}", "indicators.yield.weight", "write a finite number"),
    ("goalposts = [0, 10]", "", "indicators.yield.goalposts", "or give a benchmark"),
    ("weight = 1", "weight = 1\ncap = 3", "indicators.yield.cap", "needs a benchmark"),
    ('metric = "tax"', 'metric = "taxe"', "indicators.yield.metric", "did you mean tax?"),
    ('"land"', '"lnad"', "indicators.yield.denominator", "did you mean land?"),
    ("weight = 1", 'weight = 1\nkind = "exprt"', "indicators.yield.kind", "mean 'expert'?"),
    ("weight = 1", 'weight = 1\nparent = "up"', "indicators.yield.parent", "no group 'up'"),
    ("weight = 1", 'weight = 1\nclass = "big"', "indicators.yield.class", "no class 'big'"),
    ("yield]", "score]", "indicators.score", "is no id"),
    ("yield]", "Yield]", "indicators.Yield", "is no id"),
    ("from = 60", "", "grades[1].from", "is missing"),
    ('"good"', '"goood"', "grades[1].grade", "did you mean 'good'?"),
    ('"pass"', '"excellent"', "grades[2].grade", "does not come after good"),
    ('"pass"', '"good"', "grades[2].grade", "does not come after good"),
]


@pytest.mark.parametrize(("old", "new", "key", "told"), FAULTS)
def test_each_fault_is_told_with_file_and_key(old: str, new: str, key: str, told: str) -> None:
    text = WHOLE.replace(old, new, 1) if old else f"{new}\n{WHOLE}"
    with pytest.raises(CriteriaError) as caught:
        parse_criteria(text, "a.toml")
    assert [(file, at) for file, at, _ in caught.value.faults] == [("a.toml", key)]
    assert told in caught.value.faults[0][2]
    assert str(caught.value).startswith(f"a.toml: {key}: ")
    assert isinstance(caught.value, DefinitionsError)


def faults_of(text: str) -> dict[str, str]:
    with pytest.raises(CriteriaError) as caught:
        parse_criteria(text, "a.toml")
    return {key: told for _, key, told in caught.value.faults}


def test_thresholds_fall() -> None:
    again = GRADES.replace('"pass"', '"pass"\nfrom = 60') + f'[[grades]]\ngrade="warning"\n{TITLE}'
    assert faults_of(HEAD + METRICS + LEAF + again) == {
        "grades[2].from": "60 is not below 60; thresholds fall"
    }
    last = GRADES.replace('"pass"', '"pass"\nfrom = 50')
    assert (
        "the last grade takes the rest" in faults_of(HEAD + METRICS + LEAF + last)["grades[2].from"]
    )


def test_groups_that_go_in_a_circle_or_hold_nothing() -> None:
    found = faults_of(WHOLE + group("a", "b") + group("b", "a") + group("c"))
    assert found == {
        "groups.a.parent": "goes in a circle: a < b < a",
        "groups.b.parent": "goes in a circle: b < a < b",
        "groups.c": "holds nothing; give it indicators or take it out",
    }


def test_a_group_needs_a_weight_and_its_own_name() -> None:
    found = faults_of(WHOLE + group("yield", weight='"x"') + group("b", "gone"))
    assert found["groups.yield.weight"] == "is 'x'; write a finite number"
    assert found["indicators.yield"] == "is the id of a group too; rename one"
    assert "no group 'gone'" in found["groups.b.parent"]


def test_one_id_twice_is_no_toml() -> None:
    assert "is no TOML" in faults_of(WHOLE + LEAF)["the file"]
    assert "is no TOML" in faults_of("id = ")["the file"]


@pytest.mark.parametrize(
    ("first", "second", "key"),
    [
        ("from = 5", "below = 6", "classes.one"),
        ("from = 5", "from = 7", "classes.two"),
        ("from = 9\nbelow = 3", "below = 1", "classes.one.from"),
    ],
)
def test_classes_that_overlap_or_are_empty(first: str, second: str, key: str) -> None:
    assert set(faults_of(classed(first, second))) == {key}


def test_a_class_needs_a_bound_an_indicator_and_a_metric() -> None:
    assert "has no bound" in faults_of(classed("", "below = 1"))["classes.one"]
    text = classed("from = 5", "below = 5")
    assert "go together" in faults_of(text.replace('class_metric = "tax"', ""))["class_metric"]
    bare = text.replace('class = "two"', 'class = "one"')
    assert faults_of(bare) == {"classes": "no indicator of class two; give it some or take it out"}


def test_points_are_points_of_a_hundred() -> None:
    assert set(faults_of(HEAD + METRICS + target("a", 30) + target("b", 60))) == {
        "indicators.a.points",
        "indicators.b.points",
    }
    halves = target("a", 30, 'parent = "g"') + target("b", 30, 'parent = "g"') + target("c", 40)
    parse_criteria(HEAD + METRICS + halves + group("g", weight="60"), "a.toml")
    told = faults_of(HEAD + METRICS + halves + group("g", weight="40"))["indicators.a.points"]
    assert told == "30 points would count 25 of 100; make all points sum to 100"


def test_a_benchmark_above_0_that_rewards_more() -> None:
    text = HEAD + METRICS + target("a", 100, "cap = 0").replace("benchmark = 5", "benchmark = 0")
    assert faults_of(text) == {
        "indicators.a.benchmark": "is 0; it must be above 0",
        "indicators.a.cap": "is 0; it must be above 0",
    }
    down = target("a", 100, "weight = 3").replace("direction = 1", "direction = -1")
    assert set(faults_of(HEAD + METRICS + down)) == {
        "indicators.a.weight",
        "indicators.a.direction",
    }


def test_all_faults_are_told_at_once() -> None:
    text = WHOLE.replace("weight = 1", "weight = -1").replace("[0, 10]", "[1, 0]")
    text = text.replace('"mu"', '"acre"').replace('"land"', '"lend"').replace("from = 60", "")
    assert set(faults_of(text)) == {
        "indicators.yield.weight",
        "indicators.yield.goalposts",
        "metrics.land.unit",
        "indicators.yield.denominator",
        "grades[1].from",
    }


def test_tables_of_another_shape_are_faults_too() -> None:
    text = HEAD.replace(TITLE, 'title = "A"') + 'grades = "x"\nmetrics = 3\nobjection_days = 0\n'
    found = faults_of(text)
    assert found["title"] == found["metrics"] == "must be a table"
    assert found["grades"] == "must be a list of tables { … }"
    assert found["objection_days"] == "is 0; write a whole number above 0"
    assert found["indicators"] == "there are none"
    assert faults_of(text.replace('"no-url: test"', '" "'))["source"].startswith("must be a text")


def test_groups_of_other_classes_are_left_out() -> None:
    text = classed("from = 5", "below = 5").replace('class = "one"', 'class = "one"\nparent = "g"')
    found = parse_criteria(text + group("g"), "a.toml")
    assert [[node.id for node in part] for part in found.members("one")] == [["yield"], ["g"]]
    assert [[node.id for node in part] for part in found.members("two")] == [["other"], []]


@pytest.mark.parametrize("path", sorted(p.name for p in FOLDER.iterdir()))
def test_shipped_criteria_are_sound(path: str) -> None:
    text = (FOLDER / path).read_text(encoding="utf-8")
    found = parse_criteria(text, path)
    assert path == found.id.replace("_", "-") + ".toml"
    assert found.source.startswith(("https://", "http://", "no-url: "))
    assert set(tomllib.loads(text)["metrics"]) == set(found.metrics)


def test_demo_is_sound() -> None:
    assert demo_criteria().class_of(3.0) is None
