"""`townworks programme`: what a programme is, and whether its definitions are sound."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from townworks.errors import RequestError

programme = App(
    name="programme", help="Show a programme, or check one of yours.", help_format="plaintext"
)
Name = Annotated[str, Parameter(help="Name of a shipped programme, or a folder.")]
Speech = Annotated[Literal["en", "zh"], Parameter(help="Language of what is printed.")]


@programme.command
def show(name: Name = "zhejiang", *, language: Speech = "en") -> None:
    """Print what a programme is: aims, towns, rules, accounts of its published record.

    Example: townworks programme show zhejiang
    """
    from townworks.workflow import show_programme

    print(show_programme(name, language))


@programme.command
def inputs(name: Name = "zhejiang", *, language: Speech = "en") -> None:
    """List what rules may ask for: the columns that a file of subjects may have.

    Example: townworks programme inputs zhejiang
    """
    from townworks.workflow import show_inputs

    print(show_inputs(name, language))


@programme.command
def towns(name: Name = "zhejiang", *, language: Speech = "en") -> None:
    """List the towns of a programme.

    Example: townworks programme towns zhejiang --language zh
    """
    from townworks.workflow import show_towns

    print(show_towns(name, language))


@programme.command
def town(
    town: Annotated[str, Parameter(help="Id or name of the town.")],
    *,
    programme: Annotated[str, Parameter(help="Name of a programme, or a folder.")] = "zhejiang",
    language: Speech = "en",
) -> None:
    """Show what is published of one town: figures by scope, grades, namings, with what is missing.

    Example: townworks programme town "Cloud Town"
    """
    from townworks.workflow import show_town

    print(show_town(programme, town, language))


@programme.command
def history(
    name: Name = "zhejiang",
    *,
    town: Annotated[str | None, Parameter(help="Id or name of one town [all].")] = None,
    language: Speech = "en",
) -> None:
    """Replay what was published of towns: lists, grades, namings, and what no source explains.

    Example: townworks programme history --town 磐安江南药镇
    """
    from townworks.workflow import show_history

    print(show_history(name, town, language))


@programme.command
def copy(name: Name, folder: Annotated[Path, Parameter(help="Folder to make.")]) -> None:
    """Copy a programme into a folder of yours, to change its rules there and compare.

    Example: townworks programme copy zhejiang my-programme
    """
    from townworks.workflow import copy_to

    print(f"wrote {copy_to(name, folder)} files to {folder}")


@programme.command
def check(
    name: Name,
    *,
    cases: Annotated[Path | None, Parameter(help="Folder of cases that must hold.")] = None,
    language: Speech = "en",
) -> None:
    """Load a programme, run its cases, and say what they prove and what they do not.

    Example: townworks programme check zhejiang
    """
    from townworks.workflow import check_programme

    found = check_programme(name, cases)
    print(found.account(language))
    if found.failures:
        count = len(found.failures)
        problem = f"{count} case does not hold" if count == 1 else f"{count} cases do not hold"
        raise RequestError(problem, "Change the rule or the case; both are named above.")
