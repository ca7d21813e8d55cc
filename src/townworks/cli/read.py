"""`townworks read`: registry files → one table of clean, located, classified enterprises."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from townworks.cli.account import account
from townworks.cli.options import Files, Reading
from townworks.cli.progress import rows_read


def read(
    files: Files,
    *,
    out: Annotated[Path, Parameter(help="Table to write: .parquet, .csv, .xlsx or .jsonl.")],
    activities: Annotated[
        Path | None, Parameter(help="Table of who makes, trades or services what.")
    ] = None,
    reading: Reading | None = None,
) -> None:
    """Clean, locate and classify a business registry; account for every row.

    Example: townworks read registry.csv --out enterprises.parquet --rejects rejects.csv
    """
    from townworks.workflow import read_to

    options = (reading or Reading()).options()
    with rows_read("Reading") as progress:
        tally = read_to(files, out, options, activities, progress)
    print(account(tally))
    for path in filter(None, (out, activities)):
        print(f"wrote {path}")
