"""What leaves the register as files: templates to fill in, tables, and its records as forms."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from townworks.errors import RequestError
from townworks.io.exports import About, export_tables
from townworks.io.templates import write_template
from townworks.register.starting import check_migrated, set_up
from townworks.schema.forms import forms
from townworks.workflow.register import register_tables

RETURN = ("investment", "figure", "admission")
"""Forms of a quarterly return."""
ALL = "all"


def wanted_forms(names: Sequence[str]) -> tuple[str, ...]:
    """Forms by their names; "return" stands for those of a quarterly return, "all" for all.

    >>> wanted_forms(["return"])
    ('investment', 'figure', 'admission')
    """
    found: list[str] = []
    for name in names or ("return",):
        found += {"return": RETURN, ALL: tuple(forms())}.get(name, (name,))
    return tuple(dict.fromkeys(found))


def give_template(
    names: Sequence[str], language: str, out: Path, known: Mapping[str, pl.DataFrame] | None = None
) -> tuple[Path, ...]:
    """Write a template; known: what it begins with."""
    chosen = wanted_forms(names)
    filled = {name: table for name, table in (known or {}).items() if name in chosen}
    return write_template(chosen, language, out, filled or None)


def template_bytes(
    names: Sequence[str], language: str, known: Mapping[str, pl.DataFrame] | None = None
) -> bytes:
    """Return a template as .xlsx, for a download."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "template.xlsx")
        give_template(names, language, path, known)
        return path.read_bytes()


def known_of(home: Path, town: str, quarter: str) -> dict[str, pl.DataFrame]:
    """What a register knows of a town already, for its next return."""
    set_up(home)
    check_migrated()
    return known_of_town(town, quarter)


def known_of_town(town: str, quarter: str) -> dict[str, pl.DataFrame]:
    """Return the same where Django is set up."""
    from townworks.register.arrivals import outgoing
    from townworks.register.models import Town

    if not Town.objects.filter(pk=town).exists():
        raise RequestError(f"There is no town {town!r}", "townworks programme towns lists them.")
    tables = outgoing.known_of(town)
    return {name: _of_quarter(table, quarter) for name, table in tables.items()}


def _of_quarter(table: pl.DataFrame, quarter: str) -> pl.DataFrame:
    if "quarter" not in table.columns or not quarter:
        return table
    return table.with_columns(pl.lit(quarter).alias("quarter"))


def export_register(home: Path, folder: Path, kind: str, as_of: date | None) -> list[Path]:
    """Write every table of the register as of a day into a folder; returns the files."""
    set_up(home)
    check_migrated()
    from townworks.register.clock import today

    return export_tables_of(folder, kind, as_of or today())


def export_tables_of(folder: Path, kind: str, day: date) -> list[Path]:
    """Return the same where Django is set up."""
    from townworks.register.models import Programme

    programme = Programme.objects.get()
    about = About(programme.name, programme.title_en, day.isoformat())
    return export_tables(register_tables(day), folder, kind, about)


def export_forms(home: Path, out: Path, language: str) -> tuple[Path, ...]:
    """Write the register's records as forms, which `townworks import` reads again."""
    set_up(home)
    check_migrated()
    from townworks.register.arrivals.outgoing import form_tables

    return write_template(tuple(forms()), language, out, form_tables())


def form_bytes(language: str) -> bytes:
    """Return the same as .xlsx, for a download (Django must be set up)."""
    from townworks.register.arrivals.outgoing import form_tables

    return template_bytes((ALL,), language, form_tables())
