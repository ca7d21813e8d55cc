"""What `townworks assess` prints: a town a paragraph, what is known and what is not."""

from collections.abc import Mapping

import polars as pl

from townworks.schema.messages import message

Labels = Mapping[str, Mapping[str, str]]
"""Words for each input, by language."""


def assessment_outline(
    assessments: pl.DataFrame, verdicts: pl.DataFrame, labels: Labels, language: str
) -> str:
    """List the towns with their conditions and the published grade.

    assessments: table `schema.Assessment`; verdicts: table `schema.Verdict` of conditions.
    """
    sums = {name: int(assessments[name].sum()) for name in ("conditions", "met", "not_met")}
    sums["undecided"] = int(assessments["undecided"].sum())
    year = assessments["year"].first()
    head = message("policies.assess.title", language, year=year, towns=assessments.height, **sums)
    lines = [head]
    for row in assessments.iter_rows(named=True):
        lines += _town(row, verdicts, labels, language)
    if assessments["grade"].null_count() == assessments.height:
        lines.append(message("policies.assess.no_grade", language))
    return "\n".join(lines)


def _town(
    row: Mapping[str, object], verdicts: pl.DataFrame, labels: Labels, language: str
) -> list[str]:
    published = row["published_grade"] or message("policies.assess.unpublished", language)
    if row["published_grade"]:
        published = message(f"policies.grade.{row['published_grade']}", language)
    if row["published_score"] is not None:
        published = f"{published} ({row['published_score']})"
    counts = {name: row[name] for name in ("met", "not_met", "undecided")}
    name = row[f"name_{language}"]
    lines = [message("policies.assess.town", language, name=name, published=published, **counts)]
    if row["score"] is not None:
        parts = {"score": f"{row['score']:.1f}", "grade": row["grade"], "standing": row["standing"]}
        lines.append("    " + message("policies.assess.grade", language, **parts))
    mine = pl.col("subject_id") == row["town_id"]
    failed = verdicts.filter(mine, pl.col("outcome") == "not_eligible")
    lines += [f"    {sentence}" for sentence in failed[f"sentence_{language}"]]
    if row["missing"]:
        names = str(row["missing"]).split(", ")
        missing = ", ".join(labels.get(n, {}).get(language, n) for n in names)
        lines.append("    " + message("policies.assess.missing", language, missing=missing))
    return lines
