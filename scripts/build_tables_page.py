"""Write docs/tables.md from the declarations in `schema`; run it when a table changes."""

from pathlib import Path

import dataframely as dy

from townworks import schema
from townworks.schema import register


def page() -> str:
    """The page: a section per table, a row per column."""
    lines = ["# Tables", "", "Written by `scripts/build_tables_page.py` from `schema/`.", ""]
    for name in (name for name in schema.__all__ if name != "FILING_FIELDS"):
        lines += section(name, getattr(schema, name))
    lines += ["# Tables of the register", "", *(register.__doc__ or "").splitlines()[:1], ""]
    for name, table in vars(register).items():
        if isinstance(table, type) and issubclass(table, dy.Schema) and name[0] != "_":
            lines += section(name, table)
    return "\n".join(lines)


def section(name: str, table: type[dy.Schema]) -> list[str]:
    """The section of a table."""
    lines = [f"## {name}", "", (table.__doc__ or "").strip().replace("\n    ", "\n"), ""]
    lines += ["| column | type | may be empty | meaning |", "|---|---|---|---|"]
    for column, kind in table.columns().items():
        empty = "yes" if kind.nullable else "no"
        lines.append(f"| `{column}` | {kind.dtype} | {empty} | {kind.description or ''} |")
    return [*lines, ""]


if __name__ == "__main__":
    (Path(__file__).parents[1] / "docs" / "tables.md").write_text(page(), encoding="utf-8")
