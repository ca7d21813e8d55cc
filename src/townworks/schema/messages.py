"""Labels and messages in English and Simplified Chinese, kept as data in `definitions/i18n/`.

A file `report.toml` holds tables `[key]` with `en` and `zh`; its keys are `report.key`. Values go
in by name, in the syntax of `str.format`.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from townworks.errors import RequestError

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


def message(key: str, language: str, **values: object) -> str:
    """Text of a key in a language, with the values put in.

    Raises `RequestError` for a language that is not spoken here, `KeyError` for an unknown key or
    a missing value: those are ours to mend.

    >>> message("report.places.county", "en", n=1234)
    '1,234 counties'
    >>> message("report.places.county", "zh", n=1234)
    '1,234个县（市、区）'
    """
    if language not in LANGUAGES:
        problem = f"There are no messages in {language!r}"
        raise RequestError(problem, f"Ask for {' or '.join(LANGUAGES)}.")
    return catalogue()[key][language].format(**values)


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Every message: `file.key` → language → text, as it stands in the file.

    >>> catalogue()["report.search"]["en"]
    'Search'
    """
    found: dict[str, dict[str, str]] = {}
    folder = files("townworks.definitions") / "i18n"
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.name.endswith(".toml"):
            content = tomllib.loads(path.read_text(encoding="utf-8"))
            found |= _flat(content, path.name.removesuffix(".toml"))
    return found


def _flat(table: dict[str, object], prefix: str) -> dict[str, dict[str, str]]:
    """Nested tables to dotted keys; the texts of a table are a message, its tables hold more.

    >>> _flat({"a": {"en": "x", "zh": "y", "b": {"en": "u", "zh": "v"}}}, "p")
    {'p.a': {'en': 'x', 'zh': 'y'}, 'p.a.b': {'en': 'u', 'zh': 'v'}}
    """
    texts = {language: text for language, text in table.items() if isinstance(text, str)}
    found = {prefix: texts} if texts else {}
    for key, inner in table.items():
        if isinstance(inner, dict):
            found |= _flat(inner, f"{prefix}.{key}")
    return found
