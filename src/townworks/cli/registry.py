"""`townworks import --registry`: a registry of enterprises, for looking credit codes up."""

from pathlib import Path

from townworks.cli.progress import rows_read
from townworks.errors import RequestError


def bring_registry_in(home: Path, path: Path, username: str, rejects: Path | None) -> None:
    """Bring a registry in, or go on with it, and say what became of every row."""
    from townworks.workflow.bringing_in import who
    from townworks.workflow.registry import import_registry

    account, _ = who(home, username)
    try:
        with rows_read(f"bringing {path.name} in") as show:
            progress = None if show is None else lambda done, _: show(done)
            result = import_registry(path, account, progress, rejects)
    except KeyboardInterrupt:
        problem = "Stopped. What is in stays in"
        raise RequestError(problem, "The same command goes on from there.") from None
    found = result.record
    if result.nothing_to_do:
        print(f"Nothing to do: the register holds this content already, as {found.file_name}.")
        return
    if result.resumed_at:
        print(f"gone on with after {result.resumed_at:,} rows that were in already")
    print(
        f"registry: read {found.rows_total:,} = new {found.rows_new:,} + changed"
        f" {found.rows_changed:,} + as they were {found.rows_same:,} + merged"
        f" {found.rows_merged:,} + without a code {found.rows_without_code:,} + rejected"
        f" {found.rows_rejected:,}"
    )
    if found.rows_rejected:
        print(f"wrote {result.rejects}")
