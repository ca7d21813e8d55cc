"""A programme's folder as one object: profile, rule book, towns, published record."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import polars as pl

from townworks.errors import DefinitionsError, RequestError
from townworks.io import (
    ProgrammeTables,
    find_programme,
    programme_digest,
    programme_files,
    read_programme,
)
from townworks.rules import RuleBook, load_rules
from townworks.schema.plan_sources import EFFECTS, EffectBook, read_effects
from townworks.schema.profile import FILE, Profile, read_profile


@dataclass(frozen=True)
class Programme:
    """Everything a programme's folder says; effects: of zones, where it has `plan/effects.toml`."""

    name: str
    profile: Profile
    book: RuleBook
    tables: ProgrammeTables
    texts: dict[str, str]
    digest: str
    effects: EffectBook | None = None


def open_programme(name: str | Path) -> Programme:
    """Open a shipped programme by its name, or one of yours by its folder.

    Raises `RequestError` for an unknown name and `DefinitionsError` with every fault of profile,
    rules and effects.
    """
    folder = find_programme(name)
    texts = programme_files(folder)
    faults: list[tuple[str, str, str]] = []
    profile, book, effects = None, None, None
    try:
        profile = read_profile(texts.get(FILE, ""))
    except DefinitionsError as error:
        faults += error.faults
    try:
        book = load_rules(texts)
    except DefinitionsError as error:
        faults += error.faults
    try:
        effects = read_effects(texts[EFFECTS]) if EFFECTS in texts else None
    except DefinitionsError as error:
        faults += error.faults
    tables = read_programme(folder)
    if profile is None or book is None or faults:
        raise DefinitionsError(faults)
    return Programme(str(name), profile, book, tables, texts, programme_digest(folder), effects)


def find_town(programme: Programme, wanted: str) -> dict[str, object]:
    """Return the town of an id or a name in either language; raises `RequestError`."""
    towns = programme.tables.towns
    named = [pl.col(column).str.to_lowercase() == wanted.lower() for column in NAMES]
    found = towns.filter(pl.any_horizontal(named))
    if found.height:
        return found.row(0, named=True)
    known = [name for column in NAMES for name in towns[column]]
    near = get_close_matches(wanted, known, n=3, cutoff=0.5)
    hint = f"Did you mean {', '.join(near)}?" if near else "townworks programme towns lists them."
    raise RequestError(f"No town is called '{wanted}'", hint)


NAMES = ("town_id", "name_zh", "name_en")
