"""What `townworks assess` prints: a town a paragraph, what is known and what is not."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from townworks.schema.messages import message

Words = Mapping[str, Mapping[str, str]]
COMMAS = {"en": ", ", "zh": "、"}


def assessment_outline(
    assessments: pl.DataFrame, verdicts: pl.DataFrame, words: tuple[Words, Words], language: str
) -> str:
    """List the towns with what their figures show, and the published grade.

    assessments: table `schema.Assessment`; verdicts: table `schema.Verdict` of conditions; words:
    labels of the inputs and titles of the rules. What is known of no town is said once.
    """
    names = ("conditions", "met", "not_met", "undecided")
    sums = {name: int(assessments[name].sum()) for name in names}
    year, towns = assessments["year"].first(), assessments.height
    missing = {row["town_id"]: _missing(row) for row in assessments.iter_rows(named=True)}
    everywhere = set.intersection(*map(set, missing.values())) if missing else set()
    lines = [message("policies.assess.title", language, year=year, towns=towns, **sums)]
    for row in assessments.iter_rows(named=True):
        more = [name for name in missing[row["town_id"]] if name not in everywhere]
        lines += _town(row, verdicts, words[1], language)
        lines += _not_known("missing", more, words[0], language)
    lines += _not_known("missing_everywhere", sorted(everywhere), words[0], language)
    if assessments["grade"].null_count() == towns:
        lines.append(message("policies.assess.no_grade", language))
    return "\n".join(lines)


def _missing(row: Mapping[str, object]) -> list[str]:
    return [name for name in str(row["missing"]).split(", ") if name]


def _not_known(key: str, names: Sequence[str], labels: Words, language: str) -> Iterator[str]:
    if names:
        said = COMMAS[language].join(labels.get(n, {}).get(language, n) for n in names)
        indent = "    " if key == "missing" else ""
        yield indent + message(f"policies.assess.{key}", language, missing=said)


def _town(
    row: Mapping[str, object], verdicts: pl.DataFrame, titles: Words, language: str
) -> Iterator[str]:
    published = message("policies.assess.unpublished", language)
    if row["published_grade"]:
        published = message(f"policies.grade.{row['published_grade']}", language)
    if row["published_score"] is not None:
        published = f"{published} ({row['published_score']})"
    counts = {name: row[name] for name in ("met", "not_met", "undecided")}
    name = row[f"name_{language}"]
    yield message("policies.assess.town", language, name=name, published=published, **counts)
    if row["score"] is not None:
        parts = {"score": f"{row['score']:.1f}", "grade": row["grade"], "standing": row["standing"]}
        yield "    " + message("policies.assess.grade", language, **parts)
    mine = verdicts.filter(pl.col("subject_id") == row["town_id"])
    missing = set(_missing(row))
    for rule, needs, sentence in mine.select(
        "rule_id", "needs", f"sentence_{language}"
    ).iter_rows():
        if missing & set((needs or "").split(", ")):
            continue
        told = {"title": titles[rule][language], "sentence": sentence}
        yield "    " + message("policies.assess.verdict", language, **told)
