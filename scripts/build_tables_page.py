"""Write docs/tables.md from the declarations in `schema`; run it when a table changes."""

from pathlib import Path

import dataframely as dy  # noqa: TC002  # a script: nothing is gained by deferring it

from townworks import schema


def page() -> str:
    """The page: a section per table, a row per column."""
    lines = ["# Tables", "", "Written by `scripts/build_tables_page.py` from `schema/`.", ""]
    for name in (name for name in schema.__all__ if name != "FILING_FIELDS"):
        table: type[dy.Schema] = getattr(schema, name)
        lines += [f"## {name}", "", (table.__doc__ or "").strip().replace("\n    ", "\n"), ""]
        lines += ["| column | type | may be empty | meaning |", "|---|---|---|---|"]
        for column, kind in table.columns().items():
            empty = "yes" if kind.nullable else "no"
            lines.append(f"| `{column}` | {kind.dtype} | {empty} | {kind.description or ''} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    (Path(__file__).parents[1] / "docs" / "tables.md").write_text(page(), encoding="utf-8")
