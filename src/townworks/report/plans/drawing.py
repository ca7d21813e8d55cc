"""Charts of a plan's page as SVG inside it: they take its ink; nothing in them runs or loads."""

import json
import re
from collections.abc import Mapping
from typing import Any

import vl_convert
from markupsafe import Markup, escape

from townworks.report.charts import Spec
from townworks.report.charts.theme import NARROW

FONT = "Noto Sans CJK SC, Noto Sans SC, Microsoft YaHei, sans-serif"
"""What the widths of texts are measured with; the page shows its own font."""
_DROPPED = (
    r'<path class="(?:background|foreground)"[^>]*/>',
    r"<defs>.*?</defs>",
    r' (?:style|font-family|id|xmlns(?::\w+)?|aria-[\w-]+|role|clip-path)="[^"]*"',
    r' (?:pointer-events|stroke-miterlimit|version)="[^"]*"',
    r' class="(?:mark-|role-)[^"]*"',
    r' opacity="1"',
)


def draw(
    spec: Spec, width: int, *, narrow: bool = False, titles: Mapping[str, str] | None = None
) -> Markup:
    """Draw a specification `width` px wide in all; hidden from screen readers (say it in words).

    narrow: as on a phone (see `theme.NARROW`), with the second of its heights. titles: what a mark
    with a link says to the pointer, by the id that it leads to.
    """
    found: dict[str, Any] = json.loads(json.dumps(spec))
    found["width"] = width
    found.setdefault("config", {})["font"] = FONT
    if narrow:
        found["params"] = [{"name": NARROW, "value": True}]
        found["height"] = found["usermeta"]["heights"][1]
    svg = _clean(str(vl_convert.vegalite_to_svg(json.dumps(found))))
    return Markup(_linked(svg, titles or {}))  # noqa: S704  escaped by Vega and below


def _clean(svg: str) -> str:
    """Drop what the page's policy forbids or its style decides; cut digits that no eye can see.

    >>> _clean('<svg width="9" xmlns:xlink="x"><path d="M1.23456,2" style="a"/></svg>')
    '<svg aria-hidden="true" focusable="false" width="9"><path d="M1.2,2"/></svg>'
    """
    for pattern in _DROPPED:
        svg = re.sub(pattern, "", svg, flags=re.DOTALL)
    svg = re.sub(r'(?<= )(?:d|transform|[xy][12]?|width|height)="[^"]*"', _cut, svg)
    return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


def _cut(found: re.Match[str]) -> str:
    return re.sub(r"(\d\.\d)\d+", r"\1", found[0])


def _linked(svg: str, titles: Mapping[str, str]) -> str:
    """Let links stay in the page, out of the way of the tabulator, and say where they lead."""

    def link(found: re.Match[str]) -> str:
        title = escape(titles.get(found[1], ""))
        return f'<a tabindex="-1" href="#{found[1]}"><title>{title}</title>'

    return re.sub(r'<a xlink:href="[^"#]*#([^"]*)">', link, svg)
