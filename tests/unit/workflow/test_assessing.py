from pathlib import Path

import pytest

from townworks.errors import DefinitionsError, RequestError
from townworks.workflow import AssessOptions, assess, write_assessed

EXAMPLE = Path(__file__).parents[3] / "examples" / "programme"
VALUES = EXAMPLE / "measurements-2024.csv"


def test_only_figures_in_scope_count() -> None:
    found = assess(AssessOptions(EXAMPLE, 2024))
    rows = found.assessments.select("town_id", "met", "not_met", "undecided", "missing").rows()
    assert rows == [("eastshore-glass", 1, 0, 0, ""), ("northshore-cider", 0, 0, 1, "")]
    assert found.used["standing"].to_list() == ["used", "used"]
    assert found.assessments["published_grade"].to_list() == ["good", None]


def test_a_bound_that_leaves_both_answers_open_decides_nothing() -> None:
    verdicts = assess(AssessOptions(EXAMPLE, 2024)).verdicts
    row = verdicts.filter(verdicts["subject_id"] == "northshore-cider").row(0, named=True)
    assert (row["outcome"], row["needs"]) == ("undecided", "jobs")
    assert row["sentence_en"].startswith("Cannot be decided: the source gives a bound only")


def test_another_year_has_no_figures() -> None:
    found = assess(AssessOptions(EXAMPLE, 2025))
    assert found.assessments["undecided"].to_list() == [1, 1, 1]
    assert set(found.assessments["missing"]) == {"jobs"}


def test_scores_grades_and_intervals_by_criteria(tmp_path: Path) -> None:
    options = AssessOptions(EXAMPLE, 2024, criteria="yearly", measurements=VALUES, draws=200)
    found = assess(options)
    rows = found.assessments.select("grade", "standing").rows()
    assert rows == [("excellent", "decided"), ("pass", "decided")]
    # 3/4 of min-max(64/700 in [0, 0.1]) + 1/4 of min-max(8.5 in [0, 10])
    assert found.assessments["score"][0] == pytest.approx(75 * 64 / 70 + 25 * 0.85)
    leaves = found.contributions.filter(found.contributions["is_indicator"])
    sums = leaves.group_by("subject_id", maintain_order=True).agg(leaves["contribution"].name)
    assert sums.height == 2
    assert write_assessed(found, {"scores": tmp_path / "s.csv", "used": None}) == [
        tmp_path / "s.csv"
    ]
    assert found.scores.equals(assess(options).scores)
    assert (tmp_path / "s.csv.run.json").read_text().count('"seed": 2015') == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (AssessOptions(EXAMPLE, 2023), "No town of .* was on a list by the end of 2023. The first"),
        (AssessOptions(EXAMPLE, 2024, criteria="yearl"), "no criteria 'yearl'. There are yearly."),
        (AssessOptions(EXAMPLE, 2024, criteria="yearly"), "--criteria is given without"),
        (AssessOptions("zhejang", 2015), "Did you mean 'zhejiang'"),
    ],
)
def test_what_cannot_be_done_is_said(options: AssessOptions, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        assess(options)


def test_faults_of_a_file_of_figures_come_together(tmp_path: Path) -> None:
    text = (EXAMPLE / "figures.csv").read_text()
    path = tmp_path / "f.csv"
    path.write_text(text.replace(",64,", ",many,").replace("verified", "believed"))
    with pytest.raises(DefinitionsError) as caught:
        assess(AssessOptions(EXAMPLE, 2024, figures=path))
    keys = [key for _, key, _ in caught.value.faults]
    assert keys == ["line 2, column value", "line 2, column evidence"]
    path.write_text(text.replace("64", "4"))
    found = assess(AssessOptions(EXAMPLE, 2024, figures=path))
    assert found.assessments["failed"][0] == "village-jobs"
