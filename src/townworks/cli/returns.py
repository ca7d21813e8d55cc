"""Verbs of files that come in and go out: `import`, `template`, `export`, `bulletin`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from townworks.cli.register import HOME, Home

if TYPE_CHECKING:
    from townworks.workflow.bringing_in import BroughtIn

SHOWN = 20
"""Findings that are printed; all of them are in the file of `--findings`."""


def bring_in(  # noqa: PLR0913 (options of a command)
    files: Annotated[list[Path] | None, Parameter(help="Workbooks, CSV files, or folders.")] = None,
    /,
    *,
    username: Annotated[
        str, Parameter(name="--as", help="Account in whose name; default: the only office.")
    ] = "",
    town: Annotated[str, Parameter(help="Town of the files, where they do not say it.")] = "",
    quarter: Annotated[str, Parameter(help="As in 2016Q2, where they do not say it.")] = "",
    accept: Annotated[bool, Parameter(help="Take every correction that is proposed.")] = False,
    ask: Annotated[bool, Parameter(help="Ask the towns about what stays doubtful.")] = False,
    dry_run: Annotated[bool, Parameter(help="Look only; nothing is written.")] = False,
    findings: Annotated[Path | None, Parameter(help="File for every finding.")] = None,
    rejects: Annotated[Path | None, Parameter(help="File for every value kept out.")] = None,
    undo: Annotated[int | None, Parameter(help="Take back the import of this number.")] = None,
    reason: Annotated[str, Parameter(help="Why it is taken back.")] = "",
    home: Home = HOME,
) -> None:
    """Bring returns of towns into the register: read, checked, looked at, applied whole.

    Example: townworks import returns/ --quarter 2016Q2 --dry-run --findings findings.csv
    """
    from townworks.workflow import bringing_in

    if undo is not None:
        case = bringing_in.undo(home, undo, username, reason)
        print(f"Import {case.pk} is undone; the register says what it said before.")
        return
    wish = bringing_in.Wish(
        _files(files or []), username, town, quarter, accept, dry_run, ask, findings, rejects
    )
    result = bringing_in.bring_in(home, wish)
    _tell(result, dry=dry_run)
    if result.looked.faults:
        sys.exit(1)


def _files(paths: list[Path]) -> list[Path]:
    """Files that were named, and those in folders that were named, by name."""
    from townworks.errors import InputNotFoundError

    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.is_file() and p.name[0] not in ".~")
            if not inside:
                raise InputNotFoundError(path, "holds no file")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise InputNotFoundError(path, "does not exist")
    if not found:
        raise InputNotFoundError(Path(), "is no file; name the workbooks")
    return found


def _tell(result: "BroughtIn", *, dry: bool) -> None:
    looked, counts = result.looked, result.looked.counts
    for fault in looked.faults:
        print(f"not read: {fault.file}: {fault.why['en']}", file=sys.stderr)
    print(
        f"{counts['files']} files read, {counts['unread_files']} not; {counts['cells']:,} cells;"
        f" {counts['error']} errors, {counts['warning']} warnings, {counts['note']} notes"
    )
    worst = looked.findings.filter(looked.findings["severity"] != "note")
    for row in worst.head(SHOWN).iter_rows(named=True):
        place = f"{row['file']}{'#' + row['sheet'] if row['sheet'] else ''}!{row['cell']}"
        print(f"  {row['severity']:7} {place}: {row['message_en']}")
    if worst.height > SHOWN:
        print(f"  … and {worst.height - SHOWN} more (--findings FILE writes all)")
    print(
        f"{counts['added']:,} added, {counts['changed']:,} changed, {counts['left']:,} as they"
        f" were; kept out: {counts['cells_kept_out']:,} cells and {counts['kept_out']:,} values"
    )
    if dry:
        print("Nothing was written (--dry-run).")
    elif result.number is None:
        print("Nothing was written: the register says all of it already, or it is kept out.")
    else:
        print(
            f"Import {result.number} is applied. Take it back with:"
            f" townworks import --undo {result.number} --reason …"
        )
        if result.asked:
            print(f"{result.asked} queries were sent to towns.")
