"""The register's verbs: `serve`, `migrate`, `load`, `verify`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from townworks.register.chain_files import Verdict

Home = Annotated[Path, Parameter(help="Folder that keeps the register.")]
HOME = Path(".townworks")


def migrate(*, home: Home = HOME) -> None:
    """Make the register's database, or bring it up to this version.

    SQLite in the home; PostgreSQL where TOWNWORKS_DATABASE_URL names one.

    Example: townworks migrate --home /tmp/register
    """
    from townworks.workflow.serving import migrate_register

    applied = migrate_register(home)
    for name in applied:
        print(f"applied {name}")
    print(f"{len(applied)} migrations applied; the register is up to date.")


def load(
    programme: Annotated[str, Parameter(help="A programme that ships, or its folder.")],
    *,
    registry: Annotated[
        Path | None, Parameter(help="Parquet of `townworks read`, for looking codes up.")
    ] = None,
    office: Annotated[
        str | None, Parameter(help="Make the first account of the programme office.")
    ] = None,
    home: Home = HOME,
) -> None:
    """Load a programme's published record; a second time adds only what is new.

    Example: townworks load zhejiang --home /tmp/register --office fang
    """
    from townworks.workflow.serving import LoadOptions, load_register

    result = load_register(home, LoadOptions(programme, registry, office))
    for loaded in filter(None, (result.programme, result.registry)):
        for table in {**loaded.new, **loaded.known, **loaded.left_out}:
            new, known = loaded.new.get(table, 0), loaded.known.get(table, 0)
            out = loaded.left_out.get(table, 0)
            print(
                f"{table}: read {new + known + out:,} = new {new:,} + there already {known:,}"
                f" + left out {out:,}"
            )
    if result.password:
        print(f"\nSign in as {office} with {result.password} (to be changed at once)")


def verify(
    *,
    home: Home = HOME,
    anchors: Annotated[
        Path | None, Parameter(help="File of heads kept elsewhere; a sound head is added.")
    ] = None,
    export: Annotated[
        Path | None, Parameter(help="Write every event to a file that can be verified anywhere.")
    ] = None,
    file: Annotated[
        Path | None, Parameter(help="Verify such a file instead, without any database.")
    ] = None,
) -> None:
    """Check the audit chain: every event, every record against it, the rule of two persons.

    Example: townworks verify --home /tmp/register --anchors /tmp/heads.txt
    """
    verdict = _of_file(file, anchors) if file else _of_database(home, anchors, export)
    print(f"{verdict.events:,} events, {verdict.records:,} records")
    print(f"head {verdict.head.seq} {verdict.head.hash}")
    for fault in verdict.faults:
        print(f"  {fault.kind} at event {fault.seq}: {fault.detail}")
    if verdict.faults:
        print(f"{len(verdict.faults)} faults: the record is not what was recorded.")
        sys.exit(1)
    print("The chain is whole" + ("." if file else ", and the tables are what it says."))


def _of_file(file: Path, anchors: Path | None) -> "Verdict":
    from townworks.errors import InputNotFoundError
    from townworks.register.chain_files import read_anchors, verify_export

    if anchors is not None and not anchors.is_file():
        raise InputNotFoundError(anchors, "does not exist")
    return verify_export(file, read_anchors(anchors) if anchors else ())


def _of_database(home: Path, anchors: Path | None, export: Path | None) -> "Verdict":
    from townworks.workflow.serving import verify_register

    verdict = verify_register(home, anchors)
    if export is not None:
        from townworks.register.verification import export_events

        export_events(export)
        print(f"wrote {export}")
    return verdict


def serve(
    *,
    home: Home = HOME,
    host: Annotated[str, Parameter(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, Parameter(help="Port to listen on.")] = 8000,
    workers: Annotated[int, Parameter(help="Processes.")] = 2,
) -> None:
    """Serve the register's web, static files included; put HTTPS in front (TOWNWORKS_HTTPS=1).

    Example: townworks serve --home /tmp/register --port 8000
    """
    from townworks.workflow.serving import ServeOptions, serve_register

    options = ServeOptions(host, port, workers)
    print(f"Serving {home} on http://{host}:{port}/  (Ctrl-C stops)", flush=True)
    serve_register(home, options)
