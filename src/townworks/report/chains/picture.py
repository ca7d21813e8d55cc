"""The picture of a chain: flow from left to right, what stands beside it below.

SVG, drawn here; it takes its colours from classes, so that a page's style decides. A stage is a
link to its place in the page; its enterprises are in its tooltip and its description, and its state
is said in words and by its outline, not by colour alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import count
from textwrap import wrap

from markupsafe import Markup

from townworks.schema.chains import Chain, Stage
from townworks.schema.messages import LANGUAGES, message

FLOW = ("upstream", "midstream", "downstream", "market")
WIDTH, HEIGHT = 196, 76
"""Of a stage, in px."""
SHOWN = 12
"""Enterprises named when a stage is hovered over."""
GAP_X, GAP_Y, EDGE = 56, 20, 8
LINE = {"en": 21, "zh": 13}
"""Characters that fit in a line of a stage."""


@dataclass(frozen=True, slots=True)
class Node:
    """What is said of a stage: its state, enterprises here and needed (None: not known), names."""

    state: str
    here: int
    needed: int | None
    names: Sequence[str]

    @property
    def share(self) -> float:
        """How much of what is needed is there, 0 to 1."""
        return 0.0 if not self.needed else min(1.0, self.here / self.needed)


def draw_chain(
    chain: Chain, nodes: Mapping[str, Node], languages: Sequence[str] = LANGUAGES
) -> Markup:
    """Return the SVG of a chain; nodes: by stage id; a stage links to ``#stage-<stage_id>``."""
    spots = place_stages(chain)
    width = max(x for x, _ in spots.values()) + WIDTH + EDGE
    height = max(y for _, y in spots.values()) + HEIGHT + EDGE
    lines = Markup("").join(
        _line(spots[link.source], spots[link.target], link.weight) for link in chain.links
    )
    boxes = Markup("").join(
        _box(spots[stage.stage_id], stage, nodes[stage.stage_id], languages)
        for stage in chain.stages
    )
    return Markup(
        '<svg class="chain" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="group" '
        'aria-label="{label}">{lines}{boxes}</svg>'
    ).format(
        w=width,
        h=height,
        label=" / ".join(chain.title[lang] for lang in languages),
        lines=lines,
        boxes=boxes,
    )


@cache
def picture_style() -> str:
    """CSS of the picture; the page gives its colours: --good, --warn, --ink, --raised and so on."""
    path = files("townworks.report") / "assets" / "chain-picture.css"
    return path.read_text(encoding="utf-8")


def place_stages(chain: Chain) -> dict[str, tuple[int, int]]:
    """Return the upper left corner of each stage, in px.

    A stage of the flow stands at least one column left of what it supplies; what stands beside the
    flow stands below what it serves.
    """
    columns = _columns(chain)
    positions = {stage.stage_id: stage.position for stage in chain.stages}
    flow = [s for s in chain.stage_ids if positions[s] in FLOW]
    cells: dict[str, tuple[int, int]] = {}
    for stage_id in flow:
        cells[stage_id] = _free(columns[stage_id], 0, cells)
    rows = 1 + max((row for _, row in cells.values()), default=0)
    for stage_id in chain.stage_ids:
        if positions[stage_id] not in FLOW:
            cells[stage_id] = _free_beside(_column_beside(chain, stage_id, columns), rows, cells)
    return {s: _corner(*cell, below=cell[1] >= rows) for s, cell in cells.items()}


def _free(column: int, row: int, cells: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    """Return the first free cell of a column from a row on."""
    taken = set(cells.values())
    while (column, row) in taken:
        row += 1
    return column, row


def _free_beside(column: int, first: int, cells: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    """Return the first free cell below the flow in a column or one of its neighbours."""
    taken, last = set(cells.values()), max(at for at, _ in cells.values())
    near = [at for at in (column, column - 1, column + 1) if 0 <= at <= last]
    return next((at, row) for row in count(first) for at in near if (at, row) not in taken)


def _column_beside(chain: Chain, stage_id: str, columns: Mapping[str, int]) -> int:
    """Return the column of what a stage beside the flow serves; else of what serves it."""
    served = [link.target for link in chain.links if link.source == stage_id]
    others = served or [link.source for link in chain.links if link.target == stage_id]
    return min(columns[other] for other in others)


def _corner(column: int, row: int, *, below: bool) -> tuple[int, int]:
    lower = GAP_Y if below else 0
    return EDGE + column * (WIDTH + GAP_X), EDGE + row * (HEIGHT + GAP_Y) + lower


def _columns(chain: Chain) -> dict[str, int]:
    """Return steps along the flow; what nothing feeds stands just before what it feeds."""
    flow = {stage.stage_id for stage in chain.stages if stage.position in FLOW}
    steps = dict.fromkeys(chain.stage_ids, 0)
    links = [k for k in chain.links if not k.loop and {k.source, k.target} <= flow]
    for _ in chain.stages:
        for link in links:
            steps[link.target] = max(steps[link.target], steps[link.source] + 1)
    fed = {link.target for link in links}
    for stage_id in flow - fed:
        ahead = [steps[link.target] for link in links if link.source == stage_id]
        steps[stage_id] = min(ahead, default=1) - 1
    return steps


def _line(start: tuple[int, int], end: tuple[int, int], weight: float) -> Markup:
    """Return a curve between two stages: between the sides that face each other.

    In one column, past what stands between them: round its left side.
    """
    (x1, y1), (x2, y2) = sorted([start, end])
    if x1 < x2:
        x1, y1, y2 = x1 + WIDTH, y1 + HEIGHT // 2, y2 + HEIGHT // 2
        turn = (x1 + x2) // 2
    elif y2 - y1 > HEIGHT + 2 * GAP_Y:
        y1, y2, turn = y1 + HEIGHT // 2, y2 + HEIGHT // 2, x1 - GAP_X // 2
    else:
        y1, x1, x2, turn = y1 + HEIGHT, x1 + WIDTH // 2, x2 + WIDTH // 2, x1 + WIDTH // 2
    path = f"M{x1} {y1}C{turn} {y1} {turn} {y2} {x2} {y2}"
    return Markup('<path class="link" d="{}" stroke-width="{:.1f}"/>').format(path, 1 + 5 * weight)


def _box(spot: tuple[int, int], stage: Stage, node: Node, languages: Sequence[str]) -> Markup:
    x, y = spot
    texts = Markup("").join(_texts(x, y, stage.title[lang], node, lang) for lang in languages)
    bar = Markup('<rect class="level" x="{}" y="{}" width="{:.1f}" height="5" rx="2"/>').format(
        x + 12, y + HEIGHT - 13, node.share * (WIDTH - 24)
    )
    return Markup(
        '<a href="#{target}" class="{state}"><title>{names}</title>'
        '<rect class="box" x="{x}" y="{y}" width="{w}" height="{h}" rx="8"/>'
        '<rect class="room" x="{bx}" y="{by}" width="{bw}" height="5" rx="2"/>{bar}{texts}</a>'
    ).format(
        target=f"stage-{stage.stage_id}",
        state=node.state,
        names=_named(node),
        x=x,
        y=y,
        w=WIDTH,
        h=HEIGHT,
        bx=x + 12,
        by=y + HEIGHT - 13,
        bw=WIDTH - 24,
        bar=bar,
        texts=texts,
    )


def _named(node: Node) -> str:
    """Return the first enterprises of a stage, with how many there are where that is more."""
    shown = "、".join(node.names[:SHOWN]) or "—"
    return f"{shown} … ({node.here})" if node.here > len(node.names[:SHOWN]) > 0 else shown


def _texts(x: int, y: int, title: str, node: Node, language: str) -> Markup:
    lines = wrap(title, LINE[language])[:2]
    said = Markup("").join(
        Markup('<tspan x="{}" y="{}">{}</tspan>').format(x + 12, y + 20 + 15 * n, line)
        for n, line in enumerate(lines)
    )
    state = message(f"chains.state.{node.state}", language)
    said_of = state
    if node.needed is not None:
        values = {"state": state, "here": node.here, "needed": node.needed}
        said_of = message("chains.count", language, **values)
    return Markup(
        '<text class="{lang}" lang="{lang}"><tspan class="name">{said}</tspan>'
        '<tspan class="count" x="{x}" y="{y}">{count}</tspan></text>'
    ).format(lang=language, said=said, x=x + 12, y=y + 56, count=said_of)
