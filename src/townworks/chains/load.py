"""TOML of a programme → its chains, checked as a whole; every fault is told at once."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from townworks.errors import DefinitionsError
from townworks.schema.chains import (
    BASES,
    POSITIONS,
    ROLES,
    Chain,
    Link,
    Role,
    Stage,
)
from townworks.schema.reading import Faults, Table, read_toml

FOLDER = "chains/"
_STAGE = ("title", "position", "roles", "terms", "names", "codes", "known", "note", "sources")
_LINK = ("from", "to", "weight", "basis", "note", "loop")


def load_chains(texts: Mapping[str, str]) -> dict[str, Chain]:
    """Return the chains of a programme by id, the name of their file.

    texts: TOML by path in the programme's folder; files outside ``chains/`` are passed over.
    Refused, all faults at once, with a `DefinitionsError`: unknown entries, missing translations, a
    focus or link that names no stage, a stage no link leads to, a cycle that no link is declared to
    close (``loop = true``), a term in two stages whose roles do not tell them apart, a stage
    without anything to know it by.
    """
    faults = Faults()
    chains = {}
    for path, text in texts.items():
        if path.startswith(FOLDER):
            content = read_toml(text, path, faults)
            if any(fault[0] == path for fault in faults.found):
                continue
            file = _File(Table(content, path, "", faults))
            chain_id = path.removeprefix(FOLDER).removesuffix(".toml")
            chains[chain_id] = file.chain(chain_id)
    if faults.found:
        raise DefinitionsError(faults.found)
    return chains


@dataclass(frozen=True, slots=True)
class _File:
    """One file of a chain while it is read."""

    top: Table

    def chain(self, chain_id: str) -> Chain:
        """Read and check all of it."""
        self.top.only("chain", "stage", "link")
        head = self.top.table("chain")
        head.only("title", "focus", "sources", "except", "towns")
        if not re.fullmatch(r"[a-z][a-z0-9-]*", chain_id):
            self.top.fault("the file", "must be named in small letters, digits and -")
        chain = Chain(
            chain_id=chain_id,
            title=dict(head.words("title")),
            focus=head.text("focus"),
            stages=tuple(_stage(name, table) for name, table in self.top.tables("stage")),
            links=tuple(_link(row) for row in self.top.rows("link")),
            excluded=head.texts("except"),
            towns=head.texts("towns"),
            sources=head.texts("sources"),
        )
        self._check(chain)
        return chain

    def _check(self, chain: Chain) -> None:
        ids = set(chain.stage_ids)
        if chain.focus not in ids:
            self.top.fault("chain.focus", f"is '{chain.focus}'; there is {_listed(ids)}")
        else:
            for stage_id in sorted(ids - _reached(chain)):
                self.top.fault(f"stage.{stage_id}", "no link leads to it from the focus; add one")
        self._check_links(chain, ids)
        for stage in chain.stages:
            if stage.known and not (stage.terms or stage.names or stage.codes):
                problem = "has nothing to know it by; give terms, names or codes, or known = false"
                self.top.fault(f"stage.{stage.stage_id}", problem)
        if cycle := _cycle([link for link in chain.links if not link.loop]):
            problem = f"go round in a circle: {' → '.join(cycle)}; mark one with loop = true"
            self.top.fault("link", problem)
        for word, first, second in _shared_words(chain.stages):
            problem = (
                f"'{word}' stands in stage.{first.stage_id} too; keep it in one, or give the two"
                " stages roles that differ (make, trade, service)"
            )
            self.top.fault(f"stage.{second.stage_id}", problem)

    def _check_links(self, chain: Chain, ids: set[str]) -> None:
        seen = Counter((link.source, link.target) for link in chain.links)
        for place, link in enumerate(chain.links, start=1):
            for end, name in (("from", link.source), ("to", link.target)):
                if name and name not in ids:
                    self.top.fault(f"link[{place}].{end}", f"is '{name}'; there is {_listed(ids)}")
            if seen[link.source, link.target] > 1:
                problem = f"{link.source} → {link.target} stands twice; leave one out"
                self.top.fault(f"link[{place}]", problem)


def _stage(name: str, table: Table) -> Stage:
    table.only(*_STAGE)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        table.fault("", "is no name for a stage; use small letters, digits and _")
    roles = table.texts("roles")
    for role in roles:
        if role not in ROLES:
            table.fault("roles", f"has '{role}'; use {', '.join(ROLES)}")
    chosen: tuple[Role, ...] = tuple(role for role in ROLES if not roles or role in roles)
    return Stage(
        stage_id=name,
        title=dict(table.words("title")),
        position=table.choice("position", POSITIONS),  # type: ignore[arg-type]
        roles=chosen,
        terms=_distinct(table, "terms"),
        names=_distinct(table, "names"),
        codes=_distinct(table, "codes"),
        known=table.flag("known") if "known" in table.content else True,
        note=dict(table.words("note")) if "note" in table.content else None,
        sources=table.texts("sources"),
    )


def _distinct(table: Table, name: str) -> tuple[str, ...]:
    found = table.texts(name)
    for word, times in Counter(found).items():
        if times > 1:
            table.fault(name, f"has '{word}' {times} times; leave it once")
    if any(not word.strip() for word in found):
        table.fault(name, "has an empty text; leave it out")
    return found


def _link(row: Table) -> Link:
    row.only(*_LINK)
    weight = float(row.number("weight"))
    if not 0 < weight <= 1:
        row.fault("weight", f"is {weight:g}; a share lies above 0 and is at most 1")
    if "note" in row.content:
        row.words("note")
    basis = row.choice("basis", BASES, "judgement")
    return Link(row.text("from"), row.text("to"), weight, basis, row.flag("loop"))  # type: ignore[arg-type]


def _listed(ids: Iterable[str]) -> str:
    return ", ".join(sorted(ids)) or "none"


def _reached(chain: Chain) -> set[str]:
    """Stages that the focus is joined to by links, whichever way they point."""
    reached, ahead = set[str](), [chain.focus]
    while ahead:
        here = ahead.pop()
        if here not in reached:
            reached.add(here)
            ahead += [link.target for link in chain.links if link.source == here]
            ahead += [link.source for link in chain.links if link.target == here]
    return reached


def _cycle(links: Iterable[Link]) -> list[str]:
    """Return the stages of one circle, the first again at the end; empty where there is none."""
    onward: dict[str, list[str]] = {}
    for link in links:
        onward.setdefault(link.source, []).append(link.target)
    finished: set[str] = set()

    def search(here: str, path: list[str]) -> list[str]:
        if here in path:
            return [*path[path.index(here) :], here]
        if here in finished:
            return []
        found = next((f for n in onward.get(here, []) if (f := search(n, [*path, here]))), [])
        finished.add(here)
        return found

    return next((found for start in onward if (found := search(start, []))), [])


def _shared_words(stages: Iterable[Stage]) -> Iterable[tuple[str, Stage, Stage]]:
    for first, second in combinations(stages, 2):
        if set(first.roles) & set(second.roles):
            for word in first.terms:
                if word in second.terms:
                    yield word, first, second
        for word in first.names:
            if word in second.names:
                yield word, first, second
