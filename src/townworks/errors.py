"""Errors as part of the interface: what is wrong, where, by how much, what to do next.

Every error of Townworks derives from `TownworksError` and from the nearest builtin, so that
callers may catch either. The command line prints the message and ends with `exit_code`:
1 when the input or the request is at fault, 2 when we are.
"""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path


class TownworksError(Exception):
    """Base of all errors that Townworks raises on purpose."""

    exit_code = 1


class InputNotFoundError(TownworksError, FileNotFoundError):
    """A named file or folder does not exist, or a folder holds nothing that can be read.

    >>> print(InputNotFoundError(Path("registry.csv"), "does not exist"))
    registry.csv does not exist. Name a CSV, TSV, Parquet, XLSX or JSON-lines file,
    or a folder of them.
    """

    def __init__(self, path: Path, problem: str) -> None:
        """Say which path, and what is the matter with it ("does not exist", "is empty" …)."""
        self.path = path
        super().__init__(
            f"{path} {problem}. Name a CSV, TSV, Parquet, XLSX or JSON-lines file,"
            " or a folder of them."
        )

    __str__ = Exception.__str__


class UnreadableInputError(TownworksError, ValueError):
    """A file is there, but its bytes are not what its name or content promises.

    >>> print(UnreadableInputError(Path("a.csv"), "is no UTF-8 (byte 17)", "Save it as UTF-8."))
    a.csv is no UTF-8 (byte 17). Save it as UTF-8.
    """

    def __init__(self, path: Path, problem: str, remedy: str) -> None:
        """Say which file, what is wrong with its bytes, and how to mend it."""
        self.path = path
        super().__init__(f"{path} {problem}. {remedy}")


class MissingColumnsError(TownworksError, KeyError):
    """A table lacks columns that the work needs; lists those it has, and the nearest names.

    >>> print(MissingColumnsError(Path("a.csv"), ["activity"], ["name", "activty"]))
    a.csv lacks a column for activity. It has: name, activty. Did you mean activity=activty?
    Name columns yourself with --columns name=…,activity=….
    """

    def __init__(
        self,
        path: Path,
        missing: Sequence[str],
        found: Sequence[str],
        *,
        near: Mapping[str, str] | None = None,
    ) -> None:
        """Name the file, the fields that no column fills, and the headers that were found.

        `near` gives for a field the header most like it ("" for none); without it, the headers
        are compared with the names of the fields.
        """
        self.path, self.missing, self.found = path, tuple(missing), tuple(found)
        if near is None:
            near = {m: g for m in missing for g in get_close_matches(m, found, n=1)}
        guesses = ", ".join(f"{field}={header}" for field, header in near.items() if header)
        hint = f" Did you mean {guesses}?" if guesses else ""
        super().__init__(
            f"{path} lacks a column for {', '.join(missing)}. It has: {', '.join(found) or 'none'}."
            f"{hint} Name columns yourself with --columns name=…,activity=…."
        )

    __str__ = Exception.__str__


class RequestError(TownworksError, ValueError):
    """An option or argument asks for what cannot be done.

    >>> print(RequestError("--top is 0", "Ask for at least 1."))
    --top is 0. Ask for at least 1.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        """Say what was asked for, and what would be possible."""
        super().__init__(f"{problem}. {remedy}")


class OutputError(TownworksError, OSError):
    """A result could not be written; nothing half-written is left behind.

    >>> print(OutputError(Path("out.csv"), "No space left on device"))
    out.csv could not be written: No space left on device. Nothing was left there;
    free some space or name another place with --out.
    """

    def __init__(self, path: Path, reason: str) -> None:
        """Name the file that was to be written and the system's reason."""
        self.path = path
        super().__init__(
            f"{path} could not be written: {reason}. Nothing was left there; "
            "free some space or name another place with --out."
        )

    __str__ = Exception.__str__


class TableError(TownworksError, ValueError):
    """A table breaks its declaration in `schema`; every fault is listed, not only the first.

    >>> print(TableError("enterprise", ["county_code: 3 nulls", "name: missing"]))
    Table 'enterprise' has 2 faults: county_code: 3 nulls; name: missing.
    """

    exit_code = 2

    def __init__(self, table: str, faults: Iterable[str]) -> None:
        """Name the table and say each fault in a few words."""
        self.table, self.faults = table, tuple(faults)
        noun = "fault" if len(self.faults) == 1 else "faults"
        super().__init__(
            f"Table '{table}' has {len(self.faults)} {noun}: {'; '.join(self.faults)}."
        )


class DefinitionsError(TownworksError, ValueError):
    """Definitions (rules, criteria, tables of a programme) are at fault; every fault is listed.

    >>> print(DefinitionsError([("policies/a.toml", "rules.rent.unit", "no unit 'm³'; use m2")]))
    The definitions have 1 fault; nothing of them was used.
      policies/a.toml: rules.rent.unit: no unit 'm³'; use m2
    """

    SHOWN = 20

    def __init__(self, faults: Iterable[tuple[str, str, str]]) -> None:
        """Take each fault as (file, key or line, what is wrong and what to do)."""
        self.faults = tuple(faults)
        count = len(self.faults)
        lines = [f"  {file}: {key}: {problem}" for file, key, problem in self.faults[: self.SHOWN]]
        if count > self.SHOWN:
            lines.append(f"  … and {count - self.SHOWN} more")
        noun = "fault" if count == 1 else "faults"
        head = f"The definitions have {count} {noun}; nothing of them was used."
        super().__init__("\n".join([head, *lines]))


class PlanFileError(TownworksError, ValueError):
    """Files that were to be a plan are none; every fault is listed.

    >>> print(PlanFileError([("plan.csv", "line 3, column start_year", "is 'soon'")]))
    This is no plan: 1 fault; nothing of it was loaded.
      plan.csv: line 3, column start_year: is 'soon'
    Load what `townworks plan --out plan.csv` wrote, both files of it.
    """

    SHOWN = 20

    def __init__(self, faults: Iterable[tuple[str, str, str]]) -> None:
        """Take each fault as (file, where, what is wrong)."""
        self.faults = tuple(faults)
        count = len(self.faults)
        lines = [f"  {file}: {where}: {problem}" for file, where, problem in self.faults]
        if count > self.SHOWN:
            lines[self.SHOWN :] = [f"  … and {count - self.SHOWN} more"]
        noun = "fault" if count == 1 else "faults"
        head = f"This is no plan: {count} {noun}; nothing of it was loaded."
        remedy = "Load what `townworks plan --out plan.csv` wrote, both files of it."
        super().__init__("\n".join([head, *lines, remedy]))


class EvaluationError(TownworksError, ArithmeticError):
    """A sound rule met values that it cannot be computed with (too large a product).

    >>> print(EvaluationError("policies/a.toml", "rules.rent.amount", "the result has 40 digits"))
    policies/a.toml: rules.rent.amount: the result has 40 digits. No verdict was written.
    """

    def __init__(self, file: str, key: str, problem: str) -> None:
        """Name the file and key of the rule, and what happened."""
        self.file, self.key = file, key
        super().__init__(f"{file}: {key}: {problem}. No verdict was written.")


class PlanRequestError(TownworksError, ValueError):
    """A request for a plan, its candidates or pairs are at fault; every fault is listed.

    >>> print(PlanRequestError(["towns is 0: ask for 1 or more"]))
    The request has 1 fault; no plan was made.
      towns is 0: ask for 1 or more
    """

    SHOWN = 40

    def __init__(self, faults: Iterable[str]) -> None:
        """Take each fault as what is wrong, where, and what to do."""
        self.faults = tuple(faults)
        count = len(self.faults)
        lines = [f"  {fault}" for fault in self.faults[: self.SHOWN]]
        if count > self.SHOWN:
            lines.append(f"  … and {count - self.SHOWN} more")
        noun = "fault" if count == 1 else "faults"
        super().__init__("\n".join([f"The request has {count} {noun}; no plan was made.", *lines]))


class NoPlanError(TownworksError, ValueError):
    """The demands of a request cannot be met together; says which, and by how much.

    texts: the sentences by language; the first is a head. The message is in one of them.

    >>> print(NoPlanError({"en": ["No plan.", "3 towns are to be chosen."], "zh": ["无方案。"]}))
    No plan.
      3 towns are to be chosen.
    """

    def __init__(self, texts: Mapping[str, Sequence[str]], language: str = "en") -> None:
        """Take the sentences in each language, and the one to speak."""
        self.texts = texts
        head, *rest = texts[language]
        super().__init__("\n".join([head, *(f"  {line}" for line in rest)]))
