"""Results of `chain` to a folder: tables, the page, and the record of the run."""

from collections.abc import Sequence
from pathlib import Path

from townworks.errors import OutputError
from townworks.io import find_files, write_table, write_text
from townworks.report.chains import ChainFacts, chain_page
from townworks.schema.messages import Language
from townworks.workflow.chains import SEED, ChainResult
from townworks.workflow.runs import run_of, write_run


def check_folder(out: Path | None) -> None:
    """Raise `OutputError` before long work, if the folder could not be written to."""
    if out is None:
        return
    if out.exists() and not out.is_dir():
        raise OutputError(out, "is a file; name a folder")
    if not out.resolve().parent.is_dir():
        raise OutputError(out, f"there is no folder {out.resolve().parent}")


def write_chain(
    found: ChainResult, files: Sequence[Path], out: Path, language: Language
) -> list[Path]:
    """Write every table as CSV, the page, and the record of the run; return the files written."""
    out.mkdir(exist_ok=True)
    written = []
    for name, table in found.tables().items():
        path = out / f"{name}.csv"
        write_table(table, path)
        written.append(path)
    page = out / "chain.html"
    write_text(chain_page(_facts(found), language), page)
    more = {
        "rows": {"read": found.tally.read, "kept": found.tally.kept},
        "rejected": dict(found.tally.reasons),
        "without_activity": found.silent,
        "as_of": found.as_of,
    }
    write_run(out / "chain", run_of(find_files(files), found.options, more, SEED))
    return [*written, page, out / "chain.run.json"]


def _facts(found: ChainResult) -> ChainFacts:
    return ChainFacts(
        chain=found.chain,
        place=found.place.name,
        place_code=found.place.code,
        county_code=found.place.county_code,
        within_km=found.options.within_km,
        read=found.tally.read,
        as_of=found.as_of,
        completeness=found.completeness,
        counties=found.counties,
        gaps=found.gaps,
        leads=found.leads,
        enterprises=found.enterprises,
        entrants=found.entrants,
        partners=found.partners,
    )
