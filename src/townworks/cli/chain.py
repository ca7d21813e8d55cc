"""`townworks chain`: how complete a chain is at a place, what it lacks, who could fill it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from townworks.cli.account import account
from townworks.cli.options import Files, Reading
from townworks.cli.policies import ProgrammeName
from townworks.cli.progress import rows_read

if TYPE_CHECKING:
    from townworks.workflow.chains import ChainResult


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Asking:
    """Which chain, at which place."""

    chain: Annotated[str, Parameter(help="Id or title of the chain: hosiery, 袜业.")]
    place: Annotated[str, Parameter(help="Division code of a county (6 digits) or township (9).")]
    programme: ProgrammeName = "zhejiang"
    within: Annotated[float, Parameter(help="How far the third catchment reaches, in km.")] = 100.0
    leads: Annotated[int, Parameter(help="Leads for each gap, at most.")] = 50
    rounds: Annotated[int, Parameter(help="Random places of the same size to compare with.")] = 999
    out: Annotated[
        Path | None, Parameter(help="Folder for completeness.csv, gaps.csv, leads.csv, chain.html.")
    ] = None
    language: Annotated[
        Literal["en", "zh"], Parameter(help="Language that the HTML page opens in.")
    ] = "en"


def chain(files: Files, *, asking: Asking, reading: Reading | None = None) -> None:
    """Say how complete an industry chain is at a place, what it lacks and who could fill it.

    Example: townworks chain registry.csv --chain hosiery --place 330681 --out zhuji
    """
    from townworks.workflow.chain_results import check_folder, write_chain
    from townworks.workflow.chains import ChainOptions
    from townworks.workflow.chains import chain as run

    options = ChainOptions(
        programme=asking.programme,
        chain=asking.chain,
        place=asking.place,
        within_km=asking.within,
        leads=asking.leads,
        rounds=asking.rounds,
        read=(reading or Reading()).options(),
    )
    check_folder(asking.out)
    with rows_read("Reading") as progress:
        found = run(files, options, progress)
    print(account(found.tally))
    _say(found)
    if asking.out is not None:
        for path in write_chain(found, files, asking.out, asking.language):
            print(f"wrote {path}")


def _say(found: "ChainResult") -> None:
    """Print the answer in a few lines."""
    print(f"without activity text: {found.silent:,} enterprises; name or code may still tell")
    for stage in found.empty:
        print(f"stage {stage} matches nothing in this registry: not known")
    title, place = found.chain.title["en"], f"{found.place.name} ({found.place.code})"
    here = found.of_place("place")
    if here["completeness"] is None:
        why = f"{here['enterprises']:,} enterprises are too few"
        if here["stages_known"] == 0:
            why = "no stage beside the focus has ten enterprises in the registry"
        print(f"{title} at {place}: not known; {why}")
        return
    rank = f", rank {found.rank_of_excess()} of {found.ranked()} counties"
    print(
        f"{title} at {place}: {here['completeness']:.0%} complete"
        f" ({here['low']:.0%} to {here['high']:.0%});"
        f" random places of its size {here['expected']:.0%} (p = {here['p_value']:.3f});"
        f" excess {here['excess']:+.0%}{'' if found.place.is_township else rank}"
    )
    for row in found.gaps.iter_rows(named=True):
        needed = "?" if row["needed"] is None else row["needed"]
        state = row["state"].replace("_", " ")
        print(f"  {state:9} {row['place']:>5} of {needed!s:>5}  {row['stage_en']}")


def draft_chain(
    focus: str,
    files: Files,
    *,
    out: Annotated[Path | None, Parameter(help="TOML file to write [standard output].")] = None,
    reading: Reading | None = None,
) -> None:
    """Propose a chain around a product, from who says what together and where; to be edited.

    Example: townworks draft-chain 领带 registry.csv --out neckties.toml
    """
    from townworks.io import write_text
    from townworks.workflow.chain_drafts import propose_chain

    with rows_read("Reading") as progress:
        text, table = propose_chain(files, focus, (reading or Reading()).options(), progress)
    if out is None:
        print(text, end="")
        return
    write_text(text, out)
    print(f"wrote {out}: {min(table.height, 10)} of {table.height} products that go with {focus}")
