"""Options that several verbs share."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from townworks.errors import RequestError

if TYPE_CHECKING:
    from townworks.workflow import ReadOptions

Files = Annotated[
    list[Path],
    Parameter(help="CSV, TSV, Parquet, XLSX or JSON-lines files, or folders of them."),
]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the registry files are read."""

    columns: Annotated[
        str, Parameter(help="Which column is which: name=…,activity=…, where headers do not tell.")
    ] = ""
    vintage: Annotated[
        int | None, Parameter(help="Year whose divisions places are given in [newest].")
    ] = None
    rejects: Annotated[
        Path | None, Parameter(help="CSV for rejected rows: file, line, reason.")
    ] = None
    as_of: Annotated[date | None, Parameter(help="Dates after this day are wrong [today].")] = None

    def column_names(self) -> dict[str, str]:
        """Read --columns.

        >>> Reading(columns="name=企业,activity=范围").column_names()
        {'name': '企业', 'activity': '范围'}
        """
        pairs = [pair.partition("=") for pair in self.columns.split(",") if pair.strip()]
        for field, equals, header in pairs:
            if not (field.strip() and equals and header.strip()):
                raise RequestError(
                    f"--columns has '{field}{equals}{header}'",
                    "Write field=header, with commas between: --columns name=企业,activity=范围.",
                )
        return {field.strip(): header.strip() for field, _, header in pairs}

    def options(self) -> "ReadOptions":
        """Return these choices as the workflow takes them."""
        from townworks.workflow import ReadOptions

        return ReadOptions(self.column_names(), self.vintage, self.rejects, self.as_of)
