"""The register's verbs: `serve`, `migrate`, `load`, `verify`."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from townworks.register.chain_files import Verdict
    from townworks.register.services.plans import LoadedPlan

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


def load(  # noqa: PLR0913 (options of a command)
    programme: Annotated[
        str | None, Parameter(help="A programme that ships, or its folder.")
    ] = None,
    *,
    registry: Annotated[
        Path | None, Parameter(help="Parquet of `townworks read`, for looking codes up.")
    ] = None,
    office: Annotated[
        str | None, Parameter(help="Make the first account of the programme office.")
    ] = None,
    plan: Annotated[
        Path | None, Parameter(help="Table of `townworks plan`, to be put into force.")
    ] = None,
    title: Annotated[str, Parameter(help="Title of the plan [its years].")] = "",
    since: Annotated[date | None, Parameter(help="Day the plan holds from [today].")] = None,
    username: Annotated[
        str, Parameter(name="--as", help="Account in whose name; default: the only office.")
    ] = "",
    home: Home = HOME,
) -> None:
    """Load a programme's published record, or a plan; a second time adds only what is new.

    Example: townworks load zhejiang --home /tmp/register --office fang

    A plan comes with its amounts by year, `plan.years.csv` beside it: townworks load --plan
    plan.csv --as fang --since 2015-06-01
    """
    from townworks.workflow.planned import PlanOrder
    from townworks.workflow.serving import LoadOptions, load_register

    order = None if plan is None else PlanOrder(plan, title, since)
    result = load_register(home, LoadOptions(programme, registry, office, order, username))
    for loaded in filter(None, (result.programme, result.registry)):
        for table in {**loaded.new, **loaded.known, **loaded.left_out}:
            new, known = loaded.new.get(table, 0), loaded.known.get(table, 0)
            out = loaded.left_out.get(table, 0)
            print(
                f"{table}: read {new + known + out:,} = new {new:,} + there already {known:,}"
                f" + left out {out:,}"
            )
    if result.plan is not None:
        _tell_plan(result.plan)
    if result.password:
        print(f"\nSign in as {office} with {result.password} (to be changed at once)")


def _tell_plan(loaded: "LoadedPlan") -> None:
    from townworks.register.services.plans import counts_of

    plan, counts = loaded.plan, counts_of(loaded.plan)
    if not loaded.is_new:
        print(
            f"Nothing to do: {plan.file_name} is the plan in force since {plan.valid_from}"
            f" ({counts.chosen:,} towns)."
        )
        return
    print(
        f"plan: read {counts.candidates:,} = chosen {counts.chosen:,} + refused"
        f" {counts.candidates - counts.chosen:,}; towns start in {plan.first_year} to"
        f" {plan.last_year}, investment CNY {counts.investment_cny:,.2f}"
    )
    print(
        f"towns of this register: {counts.linked:,} of {counts.chosen:,} chosen; the others are"
        " recognised by id or name when they come, or named on the page /plan/"
    )
    print(f"in force since {plan.valid_from}, as plan {plan.pk}")
    if loaded.before is not None:
        print(f"plan {loaded.before.pk} ended on {loaded.before.valid_to}; it stays readable")


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
