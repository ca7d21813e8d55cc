"""Assets and templates of self-contained pages: one way to read them, one environment."""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined


@cache
def asset(folder: str, name: str) -> str:
    """Return the text of a file that ships in a folder of `report`.

    >>> asset("templates", "chain.html.j2").startswith("<!doctype html>")
    True
    """
    return (files("townworks.report") / folder / name).read_text(encoding="utf-8")


def environment() -> Environment:
    """Return a new environment of our templates: it escapes, and an unknown name is an error."""
    return Environment(
        loader=FunctionLoader(lambda name: asset("templates", name)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
