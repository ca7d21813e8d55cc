"""How a registry's language words activities and names: vocabulary as data, loaded once.

The words live in `definitions/registry/activity_zh.toml`. They belong to the language of
registrars, not to places or industries; a registry in another language needs another file.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class ActivityLanguage:
    """Regular expressions (RE2 dialect, as Polars takes them) that read an activity text.

    Each is an alternation, longest word first: `make`, `trade`, `service` find verbs of a role,
    `verb` any of them, `around` verbs and the words between them, `beside` those of them that do
    not name a service, `_backwards` the same for a reversed text (an expression bound to the start
    of a text is many times faster than one bound to its end); `headings` and `boilerplate` what is
    no activity, `legal_form` and `branch` ends of a name, `after_one` the character that follows a
    one-character industry in a name.
    """

    make: str
    trade: str
    service: str
    verb: str
    around: str
    beside: str
    around_backwards: str
    beside_backwards: str
    headings: str
    boilerplate: str
    legal_form: str
    branch: str
    after_one: str


def alternation(words: Sequence[str]) -> str:
    """Regular expression that matches any of the words, the longest first.

    >>> alternation(["厂", "分厂"])
    '(?:分厂|厂)'
    """
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return "(?:" + "|".join(map(re.escape, ordered)) + ")"


@cache
def activity_language() -> ActivityLanguage:
    """Return the Chinese registrars' language.

    >>> re.match(activity_language().make, "制造阀门").group()
    '制造'
    """
    path = files("townworks.definitions") / "registry" / "activity_zh.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    roles, names = data["roles"], data["names"]
    verbs = [*roles["make"], *roles["trade"], *roles["service"]]
    filler = data["filler"]["words"]
    around = [*verbs, *filler]
    beside = [*roles["make"], *roles["trade"], *data["bare"]["words"], *filler]
    aside = r"(?:（[^）]*）|\([^)]*\))?"
    return ActivityLanguage(
        make=alternation(roles["make"]),
        trade=alternation(roles["trade"]),
        service=alternation(roles["service"]),
        verb=alternation(verbs),
        around=alternation(around),
        beside=alternation(beside),
        around_backwards=alternation([word[::-1] for word in around]),
        beside_backwards=alternation([word[::-1] for word in beside]),
        headings=alternation(data["headings"]["words"]),
        boilerplate=alternation(data["boilerplate"]["words"]),
        legal_form=aside + alternation(names["legal_forms"]) + "+" + aside + "$",
        branch=alternation(names["branches"]) + aside + "$",
        after_one=names["after_one"],
    )
