"""Accounts of the lists, checks on the record and histories of towns, as text."""

from collections.abc import Mapping

import polars as pl

from townworks.schema.messages import message


def accounts_text(accounts: pl.DataFrame, language: str) -> list[str]:
    """List each list's account in each reading; a reading that changes nothing is left out."""
    lines = []
    for (on_list, reading), rows in accounts.group_by("on_list", "reading", maintain_order=True):
        if on_list != "creation" and reading == "stays":
            continue
        title = message(f"accounts.list.{on_list}", language)
        if on_list == "creation":
            title = f"{title}, {message(f'accounts.reading.{reading}', language)}"
        lines.append(f"  {title}")
        lines += [f"    {_line(row, language)}" for row in rows.iter_rows(named=True)]
    return lines


def _line(row: Mapping[str, object], language: str) -> str:
    parts = {
        name: _part(name, row[name], language) for name in ("demoted_in", "named_out", "eliminated")
    }
    residual = int(str(row["unexplained"]))
    key = "gained" if residual > 0 else "lost"
    parts["unexplained"] = _part(key, abs(residual), language)
    names = ("opens", "closes", "opening", "entries", "demoted_out", "closing")
    return message("accounts.line", language, **{n: row[n] for n in names}, **parts)


def _part(key: str, count: object, language: str) -> str:
    if not count:
        return ""
    words = message(f"accounts.{key}", language, n=count)
    return f" {words}" if language == "en" else words


def record_text(checks: pl.DataFrame, language: str) -> list[str]:
    """List the checks: agrees, differs, or only beside each other; table `RecordCheck`."""
    lines = []
    for row in checks.iter_rows(named=True):
        key = {True: "agrees", False: "differs", None: "beside"}[row["agrees"]]
        mark = message(f"accounts.{key}", language)
        lines.append(f"  [{mark}] {row[f'sentence_{language}']}  <{row['sources'].split(' ')[0]}>")
    return lines
