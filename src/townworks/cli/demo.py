"""`townworks demo`: a real result without any file."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter


def demo(
    *,
    folder: Annotated[Path, Parameter(help="Folder for the pages.")] = Path(),
    language: Annotated[Literal["en", "zh"], Parameter(help="Language the pages open in.")] = "en",
) -> None:
    """Write what Zhejiang's counties and townships are specialised in, from figures that ship.

    Example: townworks demo --folder /tmp
    """
    from townworks.cli.account import outline
    from townworks.workflow import discover_figures, write_demo

    print(outline(discover_figures("county")))
    for path in write_demo(folder, language):
        print(f"wrote {path.resolve()}")
