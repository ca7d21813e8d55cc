"""`townworks read`: registry files → one table of clean, located enterprises."""

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
    reading: Reading | None = None,
) -> None:
    """Clean and locate a business registry; account for every row.

    Example: townworks read registry.csv --out enterprises.parquet --rejects rejects.csv
    """
    from townworks.workflow import read_to

    options = (reading or Reading()).options()
    with rows_read("Reading") as progress:
        tally = read_to(files, out, options, progress)
    print(account(tally))
    print(f"wrote {out}")
