"""Charts of a bulletin as pictures: SVG for pages, PNG for documents. Nothing is fetched."""

import json
from typing import Any

import vl_convert

from townworks.report.charts import Spec

FONT = "Noto Sans CJK SC, Noto Sans SC, Microsoft YaHei, sans-serif"
WIDTH = 640
"""Pixels of a chart's plot in CSS; charts of the web take the page's width, pictures have one."""
SCALE = 2.0


def svg(spec: Spec) -> str:
    """Draw a chart as SVG."""
    return str(vl_convert.vegalite_to_svg(json.dumps(_fixed(spec))))


def png(spec: Spec) -> bytes:
    """Draw a chart as PNG, twice as fine as a screen."""
    found: bytes = vl_convert.vegalite_to_png(json.dumps(_fixed(spec)), scale=SCALE)
    return found


def _fixed(spec: Spec) -> dict[str, Any]:
    """Give a chart that takes its page's width, colour and font its own."""
    text = json.dumps(spec).replace('"currentColor"', '"#23292d"')
    found: dict[str, Any] = json.loads(text)
    found["width"] = WIDTH
    found["background"] = "white"
    found.setdefault("config", {})["font"] = FONT
    found["autosize"] = {"type": "fit-x", "contains": "padding"}
    return found
