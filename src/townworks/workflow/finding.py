"""What one enterprise would get, and where: the same rules, asked for a page instead of a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from townworks.rules import verdicts
from townworks.schema.verdicts import Verdict
from townworks.workflow.placing import entitlements
from townworks.workflow.programmes import Programme
from townworks.workflow.subjects import given, parts


@dataclass(frozen=True)
class Support:
    """Verdicts on one enterprise, the best combination, and what each town would give it.

    verdicts: table `schema.Verdict`, one row an instrument open to it, also where the answer is no
    or open. entitlements: table `schema.Entitlement`. towns: best first (only without a town).
    inputs: every value as the rules read it.
    """

    verdicts: pl.DataFrame
    entitlements: pl.DataFrame
    towns: pl.DataFrame
    inputs: Mapping[str, object]


def find_support(
    programme: Programme, values: Mapping[str, str], on: date, town: str | None = None
) -> Support:
    """Judge one enterprise by every instrument in force on a day, in a town or anywhere.

    values: texts by the names of inputs, read as a file's cells are. Raises `RequestError` for a
    name no rule asks for or a value that cannot be understood.
    """
    known = given(values, programme)
    cut = list(parts(known, programme, "enterprise", town))
    frames = [frame for part in cut for frame in verdicts(part.rules, part.subjects, on)]
    found = pl.concat([Verdict.create_empty(), *frames])
    eligible = found.filter(pl.col("outcome") == "eligible")
    best, towns = entitlements(programme, cut, eligible, on)
    row = known.frame.row(0, named=True)
    inputs = {n: v for n, v in row.items() if n in programme.book.inputs and v is not None}
    return Support(found, best, towns, inputs)
