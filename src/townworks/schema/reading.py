"""Reading TOML tables with every fault kept: file, key, what is wrong and what to do."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

Fault = tuple[str, str, str]
Toml = Mapping[str, object]
Words = Mapping[str, str]
"""A text in each language: ``{"en": …, "zh": …}``."""
LANGUAGES = ("en", "zh")


@dataclass
class Faults:
    """Faults of all files, gathered while reading goes on."""

    found: list[Fault] = field(default_factory=list)

    def add(self, file: str, key: str, problem: str) -> None:
        """Keep one fault."""
        self.found.append((file, key, problem))


def read_toml(text: str, file: str, faults: Faults) -> Toml:
    """Read a file; one that is no TOML is a fault with its line, and empty."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        faults.add(file, "the file", f"is no TOML: {error}")
    except RecursionError:
        faults.add(file, "the file", "is nested too deeply")
    return {}


@dataclass(frozen=True)
class Table:
    """One table of a file, with its key; each getter keeps a fault and gives a stand-in."""

    content: Toml
    file: str
    key: str
    faults: Faults

    def fault(self, name: str, problem: str) -> None:
        """Keep a fault of one entry, or of the table itself (name "")."""
        self.faults.add(self.file, ".".join(filter(None, (self.key, name))), problem)

    def only(self, *allowed: str) -> None:
        """Refuse entries with other names; they are typing mistakes, never ignored."""
        for name in self.content:
            if name not in allowed:
                near = get_close_matches(name, allowed, n=1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(allowed)}"
                self.fault(name, f"is not known here; {hint}")

    def table(self, name: str) -> "Table":
        """Return the table of that name; empty where it is missing."""
        found = self.content.get(name, {})
        if not isinstance(found, dict):
            self.fault(name, "must be a table")
            found = {}
        return Table(found, self.file, ".".join(filter(None, (self.key, name))), self.faults)

    def tables(self, name: str) -> Iterator[tuple[str, "Table"]]:
        """Tables below a name: ``[rules.a]``, ``[rules.b]``."""
        inner = self.table(name)
        for each in inner.content:
            yield each, inner.table(each)

    def rows(self, name: str) -> list["Table"]:
        """Array of tables; a row is called ``name[1]``, from 1."""
        found = self.content.get(name, [])
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            self.fault(name, "must be a list of tables { … }")
            return []
        key = ".".join(filter(None, (self.key, name)))
        rows = enumerate(found, start=1)
        return [Table(row, self.file, f"{key}[{n}]", self.faults) for n, row in rows]

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text that is not empty; without a default it must be there."""
        found = self.content.get(name, default)
        if isinstance(found, str) and (found.strip() or default == ""):
            return found
        self.fault(name, "is missing" if found is None else "must be a text that is not empty")
        return default or ""

    def choice(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """Return one of the allowed words."""
        found = self.text(name, default)
        if found and found not in allowed:
            near = get_close_matches(found, allowed, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"use {', '.join(allowed)}"
            self.fault(name, f"is '{found}'; {hint}")
            return allowed[0]
        return found or allowed[0]

    def words(self, name: str) -> Words:
        """Return a text in each language; a missing translation is a fault."""
        return self.table(name).own_words()

    def own_words(self) -> Words:
        """Return the texts `en` and `zh` of this table."""
        for language in LANGUAGES:
            found = self.content.get(language)
            if not isinstance(found, str) or not found.strip():
                self.fault(language, "translation is missing")
        return {language: str(self.content.get(language, "")) for language in LANGUAGES}

    def day(self, name: str, default: date | None = None) -> date | None:
        """Return a date, or the default where it is missing."""
        found = self.content.get(name, default)
        if found is default or type(found) is date:
            return found if isinstance(found, date) else default
        self.fault(name, f"is {found!r}; write a date such as 2015-06-04, without quotes")
        return default

    def flag(self, name: str) -> bool:
        """Return true or false; false where it is missing."""
        found = self.content.get(name, False)
        if not isinstance(found, bool):
            self.fault(name, "must be true or false")
        return found is True

    def number(self, name: str) -> Decimal:
        """Return a number, exact; 0 where it is missing."""
        found = self.content.get(name)
        if isinstance(found, bool) or not isinstance(found, int | Decimal):
            self.fault(name, f"is {found!r}; write a number")
            return Decimal(0)
        return Decimal(found)

    def whole(self, name: str) -> int:
        """Return a whole number; 0 where it is missing."""
        found = self.number(name)
        if found != int(found):
            self.fault(name, f"is {found}; write a whole number")
        return int(found)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; empty where it is missing."""
        found = self.content.get(name, [])
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            self.fault(name, 'must be a list of texts: ["a", "b"]')
            return ()
        return tuple(found)
