"""The JavaScript that draws charts, out of a Python package: nothing is fetched, nothing copied."""

from functools import cache
from typing import Final

_SNIPPET: Final = "window.vegaEmbed = vegaEmbed;"


@cache
def charts_bundle() -> bytes:
    """Return Vega-Embed with Vega-Lite and Vega as one classic script, in UTF-8 (about 0.9 MB).

    It sets `window.vegaEmbed` and no other global. Vega's expression interpreter is inside: with
    the option `ast` it runs under a content security policy without 'unsafe-eval'. The versions are
    those of `vl_convert`. Made once per process, in about a second.
    """
    import vl_convert

    bundle = vl_convert.javascript_bundle(_SNIPPET)
    # Its names are one or two letters long; the page's other scripts must not meet them.
    return f"(() => {{\n{bundle}\n}})();\n".encode()
