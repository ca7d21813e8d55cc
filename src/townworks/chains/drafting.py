"""A draft of a chain from the registry itself, for a person to edit: what goes with a product.

Two signs: enterprises that say both (co-occurrence: how much more often than by chance), and places
that have both (proximity φ of Hidalgo, Klinger, Barabási & Hausmann 2007). Neither tells what flows
where: the draft guesses a stage's position from words and roles, and says so.
"""

import json

import numpy as np
import polars as pl

from townworks.measures.arrays import FloatArray
from townworks.measures.relatedness import proximity

MOST = 10
"""Stages proposed beside the focus."""
LEAST_TOGETHER = 3
"""Enterprises that must say both."""
_MACHINES = ("机", "机械", "设备", "机床")
_SERVICES = ("设计", "服务", "加工", "检测", "染色", "印花", "定型")


def companions(
    mentions: pl.DataFrame, places: pl.Series, names: tuple[str, ...], focus: str
) -> pl.DataFrame:
    """Return what goes with a product, the strongest first.

    mentions: `enterprise`, `speciality` (index into names), distinct. places: code of the place of
    each enterprise, null where not known. Returned: `speciality`, `together` (enterprises that say
    both), `lift` (times chance), `proximity` (places that have both, 0–1), `score` (their product,
    the lift as a logarithm). Raises `ValueError` where nobody says the focus.
    """
    wanted = names.index(focus)
    makers = mentions.filter(pl.col("speciality") == wanted)["enterprise"]
    n, listed = len(places), mentions.group_by("speciality").len("listed")
    said = mentions.filter(pl.col("enterprise").is_in(makers.implode()))
    both = said.group_by("speciality").len("together")
    near = _near(mentions, places, len(names))[wanted]
    known = pl.DataFrame({"name": names, "proximity": near}).with_row_index("speciality")
    return (
        both.join(listed, on="speciality")
        .filter((pl.col("speciality") != wanted) & (pl.col("together") >= LEAST_TOGETHER))
        .with_columns(
            lift=pl.col("together") * n / (pl.col("listed") * max(len(makers), 1)),
        )
        .join(known, on="speciality")
        .filter(pl.col("lift") > 1)
        .with_columns(score=pl.col("lift").log1p() * pl.col("proximity"))
        .sort("score", "name", descending=[True, False])
        .select("together", "lift", "proximity", "score", speciality="name")
    )


def _near(mentions: pl.DataFrame, places: pl.Series, n_names: int) -> FloatArray:
    """Return the proximity of specialities by the places that have more of them than by chance."""
    ids = places.cast(pl.Categorical).to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
    place = ids[mentions["enterprise"].to_numpy()]
    inside = place >= 0
    counts = np.zeros((int(ids.max(initial=-1)) + 1, n_names))
    np.add.at(counts, (place[inside], mentions["speciality"].to_numpy()[inside]), 1)
    size = np.bincount(ids[ids >= 0], minlength=len(counts))
    expected = np.outer(size, counts.sum(axis=0)) / max(size.sum(), 1)
    return proximity((counts > expected) & (counts > 1))


def draft_chain(found: pl.DataFrame, focus: str, most: int = MOST) -> str:
    """Return TOML of a draft: the focus, its companions, what each rests on; English is left open.

    It loads once every ``en`` is filled in; positions and weights are guesses to be edited.
    """
    lines = [
        "# A draft from co-occurrence and co-location; positions and weights are guesses. Edit it:",
        "# merge stages, move them, translate every title, give sources.",
        "",
        "[chain]",
        f'title = {{ en = "", zh = {_quoted(focus)} }}',
        'focus = "making"',
        "sources = []",
        *_stage("making", focus, "midstream", "the focus"),
    ]
    links = []
    for number, row in enumerate(found.head(most).iter_rows(named=True), start=1):
        stage_id, position = f"stage_{number}", _position(row["speciality"])
        rests = (
            f"said together by {row['together']} enterprises, {row['lift']:.1f} times chance;"
            f" proximity {row['proximity']:.2f}"
        )
        lines += _stage(stage_id, row["speciality"], position, rests)
        weight = max(0.05, round(row["proximity"], 2))
        links += ["", "[[link]]", f'from = "{stage_id}"', 'to = "making"', f"weight = {weight}"]
    return "\n".join([*lines, *links]) + "\n"


def _stage(stage_id: str, word: str, position: str, rests: str) -> list[str]:
    return [
        "",
        f"# {rests}",
        f"[stage.{stage_id}]",
        f'title = {{ en = "", zh = {_quoted(word)} }}',
        f'position = "{position}"',
        f"terms = [{_quoted(word)}]",
    ]


def _position(word: str) -> str:
    if word.endswith(_MACHINES):
        return "machinery"
    return "services" if word.endswith(_SERVICES) else "upstream"


def _quoted(text: str) -> str:
    """Return a TOML string: JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False)
