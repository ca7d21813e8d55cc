"""What a programme is: title, sectors, and the facts it rests on, each with who says so.

A profile is `programme.toml` in the programme's folder. One fact may be worded in several ways by
several sources; the wordings stand side by side, and none is preferred silently.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from townworks.errors import DefinitionsError
from townworks.schema.reading import Faults, Table, Words, read_toml

FILE = "programme.toml"


@dataclass(frozen=True)
class Wording:
    """How one source words a fact; usd: the sum in US dollars as stated then, where it is."""

    by: Words
    says: Words
    usd: Decimal | None
    source: str


@dataclass(frozen=True)
class Fact:
    """A number of the programme with unit and period; approximate: the source says "about"."""

    key: str
    title: Words
    value: Decimal
    unit: str
    first: date | None
    last: date | None
    approximate: bool
    source: str
    wordings: tuple[Wording, ...]


@dataclass(frozen=True)
class Scarce:
    """Something the programme hands out and has too little of."""

    title: Words
    source: str


@dataclass(frozen=True)
class Profile:
    """A programme as `programme.toml` declares it."""

    title: Words
    authority: Words
    first: date | None
    division: str
    currency: str
    lists: tuple[str, ...]
    sectors: Mapping[str, Words]
    facts: tuple[Fact, ...]
    scarce: tuple[Scarce, ...]


def read_profile(text: str) -> Profile:
    r"""Read `programme.toml`; raises `DefinitionsError` with every fault.

    >>> read_profile('[programme]\ntitle = { en = "Lakes" }')
    Traceback (most recent call last):
    townworks.errors.DefinitionsError: The definitions have 5 faults; nothing of them was used.
      programme.toml: programme.title.zh: translation is missing
      programme.toml: programme.authority.en: translation is missing
      programme.toml: programme.authority.zh: translation is missing
      programme.toml: programme.from: is missing; write the day it began: from = 2015-05-04
      programme.toml: sectors: is missing; write [sectors.fashion] with en and zh
    """
    faults = Faults()
    top = Table(read_toml(text, FILE, faults), FILE, "", faults)
    top.only("programme", "sectors", "fact", "scarce")
    head = top.table("programme")
    head.only("title", "authority", "from", "division", "currency", "lists")
    title, authority, first = head.words("title"), head.words("authority"), head.day("from")
    if first is None:
        head.fault("from", "is missing; write the day it began: from = 2015-05-04")
    sectors = {name: table.own_words() for name, table in top.tables("sectors")}
    if not sectors:
        top.fault("sectors", "is missing; write [sectors.fashion] with en and zh")
    profile = Profile(
        title=title,
        authority=authority,
        first=first,
        division=head.text("division", ""),
        currency=head.text("currency", "cny"),
        lists=head.texts("lists"),
        sectors=sectors,
        facts=tuple(_fact(row) for row in top.rows("fact")),
        scarce=tuple(Scarce(row.words("title"), row.text("source")) for row in top.rows("scarce")),
    )
    if faults.found:
        raise DefinitionsError(faults.found)
    return profile


def _fact(row: Table) -> Fact:
    named = ("key", "title", "value", "unit", "from", "to", "approximate", "source", "wording")
    row.only(*named)
    return Fact(
        key=row.text("key"),
        title=row.words("title"),
        value=_number(row, "value"),
        unit=row.text("unit"),
        first=row.day("from"),
        last=row.day("to"),
        approximate=row.flag("approximate"),
        source=row.text("source"),
        wordings=tuple(_wording(inner) for inner in row.rows("wording")),
    )


def _wording(row: Table) -> Wording:
    row.only("by", "says", "usd", "source")
    usd = _number(row, "usd") if "usd" in row.content else None
    return Wording(row.words("by"), row.words("says"), usd, row.text("source"))


def _number(row: Table, name: str) -> Decimal:
    found = row.content.get(name)
    if isinstance(found, bool) or not isinstance(found, int | Decimal):
        row.fault(name, f"is {found!r}; write a number")
        return Decimal(0)
    return Decimal(found)
