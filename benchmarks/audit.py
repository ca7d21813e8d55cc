"""Seconds and memory of verifying the register's audit, side by side with plain SHA-256.

usage: python benchmarks/audit.py [--events 1000000] [--out audit.md]

A register of practice is made in a temporary folder (SQLite): enterprises that were taken in, and
admissions that each went through eight steps, with properly sealed events, written in bulk. Each
measurement is a process of its own. The floor under all of them is SHA-256 over the bytes that are
sealed, hashed event by event.
"""

import argparse
import platform
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from townworks.register.chain import CANONICAL, Sealed, faults, seal
from townworks.register.chain_files import Tally, Verdict, verify_export
from townworks.register.starting import make_home, migrate, set_up

if TYPE_CHECKING:
    from django.db.models import Model

    from townworks.register.models import Account, Enterprise, Event

EVENTS, TIMES, BATCH = 1_000_000, 3, 2_000
TOWN = "practice-town"
STEPS = {
    "open": "draft",
    "submit": "submitted",
    "complete": "complete",
    "review": "reviewed",
    "admit": "decided",
    "publish": "notice",
    "make_effective": "effective",
    "leave": "left",
}
"""Steps of an admission, and the state each leads to."""
DAY = date(2016, 6, 1)
MOMENT = datetime(2016, 6, 1, 9, 30, tzinfo=UTC)
Measured = tuple[float, float, int]
"""Seconds, peak MB, how many."""


def main(events: int) -> str:
    """Make the register, measure everything, and return the page."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        records, size = alone(build, home, events)
        found = {name: best(home, name) for name in ("hash", "chain", "database", "export", "file")}
        alone(alter, home)
        exported = (home / "events.jsonl").stat().st_size
    floor = found["hash"][0]
    rows = [
        f"| {TITLES[name]} | {count:,} | {seconds:.1f} | {seconds / floor:.1f} | {peak:,.0f} |"
        for name, (seconds, peak, count) in found.items()
    ]
    return "\n".join(
        [
            "# Verifying the audit: time and memory\n",
            f"Command: `python benchmarks/audit.py --events {events}`.",
            f"Two-core virtual machine, {platform.machine()}, Python {platform.python_version()},",
            f"SQLite {sqlite3.sqlite_version}; other work may run beside it: ±30 %.\n",
            f"| {events:,} events, {records:,} records | events | seconds | x SHA-256 | peak MB |",
            "|---|--:|--:|--:|--:|",
            *rows,
            f"\nDatabase {size / 1e6:,.0f} MB, export {exported / 1e6:,.0f} MB.\n{HOW}",
        ]
    )


TITLES = {
    "hash": "SHA-256 of the same bytes, event by event",
    "chain": "the chain of the database",
    "database": "`verify_database`: chain, tables, steps",
    "export": "`export_events`",
    "file": "`verify_export`, without a database",
}
HOW = f"""\
Each row is timed in fresh processes, best of {TIMES}, from the opened database or file to the
verdict; peak memory is the process's, from its start. *SHA-256* is what no verification can do
without: each event's sealed bytes, at hand in memory. Every verification must find no fault, and
`verify_database` must find the one enterprise that is altered at the end; the run fails otherwise.
"""


# A register in bulk


def build(home: Path, events: int) -> tuple[int, int]:
    """Make a register with at least so many events; returns its records and bytes."""
    make_home(home)
    set_up(home)
    migrate()
    from townworks.register.models import Enterprise

    people, chain = start(), Chain()
    cases = -(-events // (len(STEPS) + 1))
    for first in range(0, cases, BATCH):
        numbers = range(first, min(first + BATCH, cases))
        Enterprise.objects.bulk_create(enterprise(n, chain) for n in numbers)
        settle(numbers, people, chain)
        chain.save()
    return 2 * cases + len(people) + 1, (home / "register.sqlite3").stat().st_size


def start() -> tuple["Account", "Account"]:
    """Write a town and two people of its office, as the register does."""
    from townworks.register.audit import Act, write
    from townworks.register.loading import loader
    from townworks.register.models import Account, Town

    act = Act(loader(), "load", DAY)
    texts = ("name_zh", "name_en", "prefecture_zh", "prefecture_en", "industry_zh", "industry_en")
    write(Town(town_id=TOWN, sector="s", source="s", **dict.fromkeys(texts, "镇")), act)
    people = [Account(username=name, name=name, role="town_office", town_id=TOWN) for name in "ab"]
    first, second = (write(person, act) for person in people)
    return first, second


def enterprise(number: int, chain: "Chain") -> "Enterprise":
    """Make one, told by an event."""
    from townworks.register.models import Enterprise

    made = Enterprise(
        id=number + 1,
        credit_code=f"91339900MA{number:08d}",
        name=f"第{number}练习泵业有限公司",
        registered_on=DAY - timedelta(days=number % 9_000),
        capital_cny=Decimal(10_000) * (number % 5_000),
        county_code="339900",
        activity="水泵、电机、阀门的研发、制造、销售及检测服务。",
        source="practice: invented",
    )
    chain.tell(made, ("loader", "system", "take_in"), "")
    return made


def settle(numbers: range, people: tuple["Account", "Account"], chain: "Chain") -> None:
    """Take enterprises through every step of their admission, the decision by a second person."""
    from townworks.register.models import Admission, Step

    admissions, steps = [], []
    for number in numbers:
        made = Admission(
            id=number + 1,
            enterprise_id=number + 1,
            town_id=TOWN,
            origin="new",
            activity="水泵制造",
            area_wanted_m2=Decimal(number % 900),
            opened_on=DAY,
            opened_by=people[0],
            source="practice: invented",
        )
        for version, (name, state) in enumerate(STEPS.items(), start=1):
            origin, made.state, made.version = made.state, state, version
            made.state_since = DAY
            who = people[name in ("admit", "make_effective")]
            chain.tell(made, (who.username, who.title, name), "符合主导产业")
            steps.append(
                Step(
                    kind="admission",
                    case_id=str(made.pk),
                    number=version,
                    step=name,
                    origin=origin,
                    to=state,
                    on=DAY,
                    recorded_at=MOMENT,
                    account=who,
                    reason="符合主导产业",
                )
            )
        admissions.append(made)
    Admission.objects.bulk_create(admissions)
    Step.objects.bulk_create(steps)


class Chain:
    """Seals events as `audit.append` does, and writes them many at a time."""

    def __init__(self) -> None:
        """Go on from the head."""
        from townworks.register.models import Head

        self.head = Head.objects.get()
        self.events: list[Event] = []
        self.told: dict[tuple[str, int], str] = {}

    def tell(self, record: "Model", by: tuple[str, str, str], reason: str) -> None:
        """Seal one event: by whom, in which role, what."""
        from townworks.register.audit import content, kind_of, state
        from townworks.register.models import Event

        key = (kind_of(record), record.pk)
        after = CANONICAL.encode(state(record))
        who = dict(zip(("account", "role", "action"), by, strict=True))
        event = Event(
            seq=self.head.seq + 1,
            recorded_at=MOMENT + timedelta(milliseconds=self.head.seq),
            on=DAY,
            **who,
            kind=key[0],
            record_id=str(record.pk),
            reason=reason,
            before=self.told.get(key, ""),
            after=after,
        )
        sealed = seal(event.seq, content(event), self.head.hash)
        event.prev_hash, event.hash = sealed.prev_hash, sealed.hash
        self.head.seq, self.head.hash = sealed.seq, sealed.hash
        self.told[key] = after
        self.events.append(event)

    def save(self) -> None:
        """Write what was told, and the head."""
        from townworks.register.models import Event

        Event.objects.bulk_create(self.events)
        self.head.save()
        self.events, self.told = [], {}


# Measurements, each in a process of its own


def best(home: Path, name: str) -> Measured:
    """Shortest time and largest memory of several runs."""
    runs = [alone(measure, home, name) for _ in range(TIMES)]
    return min(r[0] for r in runs), max(r[1] for r in runs), runs[0][2]


def alone(work: Callable[..., Any], *given: object) -> Any:  # noqa: ANN401
    """Do it in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *given).result()


def measure(home: Path, name: str) -> Measured:
    """Seconds, peak memory and events of one of the ways to verify; fails if it finds a fault."""
    file = home / "events.jsonl"
    if name == "file":
        start = time.perf_counter()
        verdict = verify_export(file)
        return time.perf_counter() - start, peak_megabytes(), sound(verdict)
    set_up(home)
    from townworks.register.verification import export_events, sealed_rows, verify_database

    if name == "hash":
        return hashed(sealed_rows())
    start = time.perf_counter()
    if name == "chain":
        tally = Tally()
        found = list(faults(tally.passing(sealed_rows())))
        verdict = Verdict(tally.count, tally.records, tally.head, tuple(found))
    elif name == "database":
        verdict = verify_database()
    else:
        head = export_events(file)
        verdict = Verdict(head.seq, 0, head, ())
    return time.perf_counter() - start, peak_megabytes(), sound(verdict)


def sound(verdict: Verdict) -> int:
    """Return the number of events; ends the run where a fault was found."""
    if verdict.faults:
        raise SystemExit(f"{len(verdict.faults)} faults, the first: {verdict.faults[0]}")
    return verdict.events


def hashed(events: Iterator[Sealed]) -> Measured:
    """Seconds of SHA-256 alone over the bytes of each event; reading them is not counted."""
    seconds, count = 0.0, 0
    while batch := list(islice(events, BATCH)):
        texts = [f"{e.seq}\n{e.prev_hash}\n{CANONICAL.encode(e.content)}".encode() for e in batch]
        start = time.perf_counter()
        digests = [sha256(text).hexdigest() for text in texts]
        seconds += time.perf_counter() - start
        if digests != [event.hash for event in batch]:
            raise SystemExit("these are not the bytes that were sealed")
        count += len(batch)
    return seconds, peak_megabytes(), count


def alter(home: Path) -> None:
    """Change one row behind the register's back: it must be found, and nothing else."""
    set_up(home)
    from townworks.register.models import Enterprise
    from townworks.register.verification import verify_database

    Enterprise.objects.filter(pk=5).update(capital_cny=Decimal("0.01"))
    found = verify_database().faults
    if [(fault.kind, "capital_cny was" in fault.detail) for fault in found] != [("altered", True)]:
        raise SystemExit(f"an altered enterprise was not found: {found}")


def peak_megabytes() -> float:
    """Peak resident memory of this process alone: not its parent's, as `getrusage` may tell."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(each for each in status.splitlines() if each.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Seconds and memory of verifying the audit.")
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    print(page := main(given.events))
    if given.out:
        given.out.write_text(page, encoding="utf-8")
