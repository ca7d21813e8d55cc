"""The bulletin as a page that stands alone: nothing is fetched, nothing runs."""

import base64
import hashlib
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from townworks.report.bulletin.content import document
from townworks.report.bulletin.drawing import svg
from townworks.schema.bulletin import Bulletin

TEMPLATE = "bulletin.html.j2"


@cache
def _environment() -> Environment:
    loader = PackageLoader("townworks.report", "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined)


@cache
def _style() -> str:
    source = _environment().loader.get_source(_environment(), "bulletin.css.j2")  # type: ignore[union-attr]
    return source[0]


def style_of() -> str:
    """Hash of the page's style as a content security policy wants it: 'sha256-…'."""
    digest = hashlib.sha256(_style().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def bulletin_html(bulletin: Bulletin, language: str) -> str:
    """Write the bulletin as HTML, in "en" or "zh"."""
    content = document(bulletin, language)
    charts = {s.id: Markup(_drawn(svg(s.chart))) for s in content.sections if s.chart}  # noqa: S704
    words = {"language": "zh-Hans" if language == "zh" else "en", "style": Markup(_style())}  # noqa: S704
    return _environment().get_template(TEMPLATE).render(doc=content, charts=charts, **words)


def _drawn(picture: str) -> str:
    """Hide a picture from screen readers: the table beside it says the same."""
    return picture.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
