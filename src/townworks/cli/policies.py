"""`townworks policies`: who qualifies for what, how much, and what it costs whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from townworks.errors import RequestError

if TYPE_CHECKING:
    from townworks.workflow import PolicyOptions, PolicyResult, Statements

ProgrammeName = Annotated[
    str, Parameter(help="Name of a shipped programme, or the folder of one of yours.")
]

RESULTS = ("entitlements", "towns", "costs", "changes", "payments")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Tables:
    """Where the results go."""

    out: Annotated[Path | None, Parameter(help="Every verdict: .csv, .parquet, .xlsx.")] = None
    entitlements: Annotated[
        Path | None, Parameter(help="Best legal combination of each subject.")
    ] = None
    towns: Annotated[Path | None, Parameter(help="What each town would give each subject.")] = None
    costs: Annotated[Path | None, Parameter(help="Cost to each payer, by year.")] = None
    changes: Annotated[Path | None, Parameter(help="Who wins and loses by --compare.")] = None
    payments: Annotated[Path | None, Parameter(help="What each budget pays of that.")] = None
    ledger: Annotated[
        Path | None, Parameter(help="Land-quota ledger of a file of town years (with year_ends).")
    ] = None
    fiscal: Annotated[
        Path | None, Parameter(help="Fiscal-return statement of a file of town years.")
    ] = None
    rejects: Annotated[Path | None, Parameter(help="CSV for rejected rows.")] = None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Asking:
    """What is asked."""

    programme: ProgrammeName = "zhejiang"
    town: Annotated[str | None, Parameter(help="Id or name of one town [all].")] = None
    on: Annotated[date | None, Parameter(help="Day that is asked about [today].")] = None
    subject: Annotated[
        Literal["enterprise", "town", "project", "person"], Parameter(help="Who is judged.")
    ] = "enterprise"
    given: Annotated[
        str, Parameter(help="One subject without a file: registered_on=2014-03-01,staff=12.")
    ] = ""
    years: Annotated[int, Parameter(help="Years that costs are worked out for.")] = 5
    compare: Annotated[
        Path | None, Parameter(help="Folder of another version of the programme.")
    ] = None
    language: Annotated[Literal["en", "zh"], Parameter(help="Language of what is printed.")] = "en"


def policies(
    file: Path | None = None, *, asking: Asking | None = None, tables: Tables | None = None
) -> None:
    """Say what enterprises (or towns) qualify for, how much, and why.

    Example: townworks policies --given "is_startup=yes,floor_area_m2=120" --on 2018-06-01
    """
    from townworks.report import entitlements_outline, towns_outline
    from townworks.workflow import PolicyOptions, check_tables, write_policies
    from townworks.workflow import policies as run

    asking, tables = asking or Asking(), tables or Tables()
    if asking.years < 0:
        raise RequestError(f"--years is {asking.years}", "Ask for 0 or more.")
    options = PolicyOptions(
        programme=asking.programme,
        on=asking.on or date.today(),  # noqa: DTZ011 - the day where the user sits
        town=asking.town,
        subject=asking.subject,
        years=asking.years,
        compare=asking.compare,
        rejects=tables.rejects,
    )
    places = {name: getattr(tables, name) for name in RESULTS}
    check_tables(tables.out, *places.values(), tables.rejects, inputs=[file])
    if tables.ledger or tables.fiscal:
        _state(file, options, tables, asking.language)
        return
    result = run(file if file is not None else _given(asking.given), options, tables.out)
    if file is not None:
        print(_account(result, asking.language))
    print(
        entitlements_outline(result.entitlements, result.verdicts, result.titles, asking.language)
    )
    for table in (
        towns_outline(result.towns, result.currency, asking.language),
        *_sums(result, asking.language),
    ):
        if table:
            print(table)
    _written([tables.out, *write_policies(result, places)], asking.language)


def _state(file: Path | None, options: "PolicyOptions", tables: Tables, language: str) -> None:
    """Write the statements of a file of town years."""
    from townworks.workflow import check_tables, statements, write_statements

    if file is None:
        raise RequestError("No file of years was named", "Give one with town_id and year_ends.")
    places = {"ledger": tables.ledger, "fiscal": tables.fiscal}
    check_tables(*places.values(), tables.rejects, inputs=[file])
    found = statements(file, options)
    print(_read(found, language))
    _written(write_statements(found, places), language)


def _given(text: str) -> dict[str, object]:
    """Read --given; raises `RequestError` where it is not name=value,….

    >>> _given("staff=12, is_startup=yes")
    {'staff': '12', 'is_startup': 'yes'}
    """
    if not text.strip():
        problem = "Nobody was named"
        raise RequestError(problem, "Name a file, or say --given name=value,….")
    pairs = [pair.partition("=") for pair in text.split(",") if pair.strip()]
    for name, equals, _ in pairs:
        if not (equals and name.strip()):
            raise RequestError(f"--given has '{name}'", "Write name=value, with commas between.")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _account(result: "PolicyResult", language: str) -> str:
    from townworks.schema.messages import message

    outcomes = result.outcomes
    counts = {name: outcomes[name] for name in ("eligible", "not_eligible", "undecided")}
    lines = [
        _read(result, language),
        message("policies.account.verdicts", language, total=outcomes.total(), **counts),
    ]
    if result.unused:
        names = ", ".join(result.unused)
        lines.append(message("policies.account.unused", language, names=names))
    return "\n".join(lines)


def _read(result: "PolicyResult | Statements", language: str) -> str:
    from townworks.schema.messages import message

    counts = {"read": result.read, "kept": result.kept, "rejected": result.rejected}
    return message("policies.account.read", language, **counts)


def _written(paths: Iterable[Path | None], language: str) -> None:
    from townworks.schema.messages import message

    for path in filter(None, paths):
        print(message("policies.account.wrote", language, path=path))


def _sums(result: "PolicyResult", language: str) -> tuple[str, str]:
    from townworks.report import changes_outline, costs_outline

    return costs_outline(result.costs, language), changes_outline(
        result.changes, result.currency, language
    )
