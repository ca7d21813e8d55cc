"""Verbs of files that come in and go out: `import`, `template`, `export`, `bulletin`."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from townworks.cli.register import HOME, Home
from townworks.cli.registry import bring_registry_in

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
    registry: Annotated[
        Path | None, Parameter(help="A registry of enterprises instead; goes on where it stopped.")
    ] = None,
    home: Home = HOME,
) -> None:
    """Bring returns of towns into the register: read, checked, looked at, applied whole.

    Example: townworks import returns/ --quarter 2016Q2 --dry-run --findings findings.csv
    """
    from townworks.workflow import bringing_in

    if registry is not None:
        bring_registry_in(home, registry, username, rejects)
        return
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


def bulletin(
    *,
    period: Annotated[str, Parameter(help="Quarter, as in 2016Q2.")],
    out: Annotated[Path, Parameter(help="File to write: .html or .docx.")],
    language: Annotated[Literal["en", "zh"], Parameter(help="Language.")] = "en",
    as_of: Annotated[date | None, Parameter(help="Day that it stands for [today].")] = None,
    home: Home = HOME,
) -> None:
    """Write the bulletin of a quarter: totals, prefectures, sectors, late, queried, a page a town.

    Example: townworks bulletin --period 2016Q1 --out bulletin.docx --language zh
    """
    from townworks.workflow.bulletins import write_bulletin

    print(f"wrote {write_bulletin(home, period, out, language, as_of)}")


def template(
    names: Annotated[
        list[str] | None,
        Parameter(help="return [default], all, or forms: investment, figure, admission, …"),
    ] = None,
    /,
    *,
    out: Annotated[Path, Parameter(help="File to write: .xlsx, or .csv.")],
    language: Annotated[Literal["en", "zh"], Parameter(help="Language.")] = "zh",
    town: Annotated[
        str, Parameter(help="Town whose projects and enterprises it begins with.")
    ] = "",
    quarter: Annotated[str, Parameter(help="Quarter of the return, as in 2016Q2.")] = "",
    home: Home = HOME,
) -> None:
    """Write a form to fill in: headings with units, code lists, instructions, an example.

    Example: townworks template return --out return.xlsx --language zh
    """
    from townworks.workflow.giving_out import give_template, known_of

    known = known_of(home, town, quarter) if town else None
    for path in give_template(names or [], language, out, known):
        print(f"wrote {path}")


def export(
    out: Annotated[Path, Parameter(help="Folder to write; with --forms a file.")],
    /,
    *,
    kind: Annotated[
        Literal["csv", "xlsx", "parquet", "geojson"], Parameter(help="Kind of the tables.")
    ] = "csv",
    as_of: Annotated[date | None, Parameter(help="Day that they stand for [today].")] = None,
    as_forms: Annotated[
        bool, Parameter(name="--forms", help="Records as forms, for `townworks import`.")
    ] = False,
    language: Annotated[Literal["en", "zh"], Parameter(help="Language of the forms.")] = "zh",
    home: Home = HOME,
) -> None:
    """Write every table of the register, with a data package that says what each column is.

    Example: townworks export tables --kind parquet --as-of 2016-06-01
    """
    from townworks.workflow.giving_out import export_forms, export_register

    if as_forms:
        paths = list(export_forms(home, out, language))
    else:
        paths = export_register(home, out, kind, as_of)
    for path in paths:
        print(f"wrote {path}")


def settlement(
    *,
    land: Annotated[Path | None, Parameter(help="File for the land-quota ledger.")] = None,
    fiscal: Annotated[Path | None, Parameter(help="File for the fiscal return.")] = None,
    years: Annotated[Path | None, Parameter(help="File for the years that they rest on.")] = None,
    as_of: Annotated[date | None, Parameter(help="Day that it stands for [today].")] = None,
    home: Home = HOME,
) -> None:
    """Settle towns' years by clause: land quota in mu with claw-back, fiscal return over the base.

    Only verified figures count. Example: townworks settlement --land land.csv --fiscal fiscal.csv
    """
    from townworks.workflow.settlement import write_settlement

    places = {"ledger": land, "fiscal": fiscal, "years": years}
    for path in write_settlement(home, as_of, places):
        print(f"wrote {path}")
