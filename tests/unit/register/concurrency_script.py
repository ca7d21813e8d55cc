"""Run what happens at once, on real connections: a thread each; prints what came of it as JSON.

A process of its own with `TOWNWORKS_HOME` or `TOWNWORKS_DATABASE_URL` set: a database in a file,
with the settings' transactions, which a test's own database is not. See `test_concurrency.py`.
"""

import json
import os
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import django

DAY, TODAY = date(2016, 3, 1), date(2016, 6, 1)
ROUNDS = 5
Job = Callable[[], object]


def at_once(*jobs: Job) -> list[str]:
    """Start the jobs together; of each, "done", or the refusal's class, key and text."""
    from django.db import connection

    from townworks.register.refusals import RefusalError

    barrier, said = Barrier(len(jobs)), [""] * len(jobs)

    def run(number: int, job: Job) -> None:
        try:
            connection.ensure_connection()
            barrier.wait()
            job()
            said[number] = "done"
        except RefusalError as error:
            said[number] = f"{type(error).__name__} {error.reasons[0].key}: {error}"
        except Exception as error:  # noqa: BLE001 (what it is, the test says)
            said[number] = f"fault {type(error).__name__}: {error}"
        finally:
            connection.close()

    threads = [Thread(target=run, args=each) for each in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


class World:
    """Two of everybody, a town, an enterprise a number, written past the services."""

    def __init__(self) -> None:
        """Write it."""
        from townworks.register.models import Account, Enterprise, Programme, Town
        from townworks.workflow.register import opened

        programme = opened("zhejiang")
        self.book = programme.book
        Programme.objects.create(
            name="zhejiang",
            starts_on=date(2015, 4, 22),
            division="33",
            sectors={"finance": {"en": "finance", "zh": "金融"}},
            machine=programme.texts["status.toml"],
            practice_day=TODAY,
        )
        self.town = Town.objects.create(town_id="t", county_code="331003", sector="finance")
        roles = ("programme_office", "county_office", "town_office", "department", "system")
        self.people: dict[str, Account] = {}
        for role in roles:
            for number in (1, 2, 3):
                name = f"{role} {number}"
                self.people[name] = Account.objects.create(
                    username=name,
                    name=name,
                    role=role,
                    department="finance" if role == "department" else "",
                    place_code="331003" if role == "county_office" else "",
                    town=self.town if role == "town_office" else None,
                )
        self.enterprises = [
            Enterprise.objects.create(credit_code=f"code {n}", name=f"e{n}") for n in range(80)
        ]

    def enterprise(self) -> Any:
        """Return one that is in no town yet."""
        return self.enterprises.pop()

    def taking(self, step: str, who: str, seen: int | None = None, **values: object) -> Any:
        """Ask for a step."""
        from townworks.register.cases import Taking

        return Taking(step, self.people[who], TODAY, None, "because", seen, values)

    def act(self, who: str, action: str = "open") -> Any:
        """Return an act of somebody."""
        from townworks.register.audit import Act

        return Act(self.people[who], action, DAY, "because")

    def admission(self, state: str = "effective") -> Any:
        """Open an admission through the service and put it in a state."""
        from townworks.register.models import Admission
        from townworks.register.services.admissions import apply_for_admission

        admission = Admission(
            enterprise=self.enterprise(), town=self.town, origin="new", activity="pumps"
        )
        apply_for_admission(admission, self.act("town_office 1"), TODAY)
        days = {"admitted_on": DAY} if state == "effective" else {"notice_until": DAY}
        Admission.objects.filter(pk=admission.pk).update(state=state, **days)
        return Admission.objects.get(pk=admission.pk)

    def grant(self, state: str) -> Any:
        """Write a grant of 100 with its opening step."""
        from townworks.register.cases import open_case
        from townworks.register.models import Grant

        grant = Grant(
            town=self.town, admission=self.admission(), rule_id="r", payer="county", unit="cny",
            year=2016, judged_on=DAY, entitled=Decimal(100), approved=Decimal(100),
        )  # fmt: skip
        open_case(grant, self.act("town_office 1", "apply"), TODAY)
        Grant.objects.filter(pk=grant.pk).update(state=state)
        return Grant.objects.get(pk=grant.pk)


def two_decisions(world: World) -> Any:
    """Admit and refuse one application; with and without the version that was looked at."""
    from townworks.register.cases import steps_of, take
    from townworks.register.models import Admission, Event

    found = []
    for number in range(2 * ROUNDS):
        case = world.admission("reviewed")
        seen = case.version if number % 2 else None
        admit = world.taking("admit", "town_office 2", seen)
        refuse = world.taking("refuse", "town_office 3", seen)
        said = at_once(lambda: take(case, admit), lambda: take(case, refuse))  # noqa: B023
        events = Event.objects.filter(kind="admission", record_id=str(case.pk))
        found.append(
            {
                "seen": seen is not None,
                "said": said,
                "state": Admission.objects.get(pk=case.pk).state,
                "steps": [s.step for s in steps_of(case)],
                "events": list(events.order_by("seq").values_list("action", flat=True)),
            }
        )
    return found


def two_payments(world: World) -> Any:
    """Pay 60 twice of an approval of 100."""
    from townworks.register.cases import take
    from townworks.register.models import Grant, Payment

    found = []
    for _ in range(ROUNDS):
        case = world.grant("committed")
        jobs = [world.taking("pay", f"department {n}", amount=60) for n in (1, 2)]
        said = at_once(*(lambda t=t: take(case, t) for t in jobs))  # noqa: B023
        paid = Grant.objects.get(pk=case.pk).paid
        payments = list(Payment.objects.filter(grant=case).values_list("amount", flat=True))
        found.append({"said": said, "paid": paid, "payments": payments})
    return found


def two_commitments(world: World) -> Any:
    """Commit two grants of 100 from a line of 150."""
    from townworks.register.cases import take
    from townworks.register.models import BudgetLine
    from townworks.register.services.grants import committed

    found = []
    for _ in range(ROUNDS):
        line = BudgetLine.objects.create(
            title="x", payer="county", place_code="331003", year=2016, amount=Decimal(150)
        )
        cases = [world.grant("approved"), world.grant("approved")]
        ask = [world.taking("commit", f"county_office {n}", budget_line=line.pk) for n in (1, 2)]
        said = at_once(lambda: take(cases[0], ask[0]), lambda: take(cases[1], ask[1]))  # noqa: B023
        found.append({"said": said, "committed": committed(line)})
    return found


def two_occupancies(world: World) -> Any:
    """Give two enterprises 60 m² each of premises of 100 m²."""
    from townworks.register.models import Occupancy, Premises
    from townworks.register.services.admissions import free_area_m2, occupy

    found = []
    for number in range(ROUNDS):
        hall = Premises.objects.create(town=world.town, name=f"{number}", floor_area_m2=100)
        held = [
            Occupancy(premises=hall, admission=world.admission(), area_m2=60, valid_from=day)
            for day in (DAY, TODAY)
        ]
        act = world.act("town_office 1", "occupy")
        said = at_once(*(lambda h=h: occupy(h, act, TODAY) for h in held))  # noqa: B023
        found.append({"said": said, "free": free_area_m2(hall, TODAY)})
    return found


def objection_and_effect(world: World) -> Any:
    """Object to an admission, and make it effective, on the day after its notice ends."""
    from townworks.register.audit import Act
    from townworks.register.cases import take
    from townworks.register.models import Admission, Objection
    from townworks.register.services.assessments import object_to

    found = []
    for _ in range(2 * ROUNDS):
        case = world.admission("notice")
        act = Act(world.people["county_office 1"], "file", DAY)
        enter = world.taking("make_effective", "town_office 2")
        said = at_once(lambda: object_to(case, "why", act, TODAY), lambda: take(case, enter))  # noqa: B023
        state = Admission.objects.get(pk=case.pk).state
        filed = Objection.objects.filter(admission=case, state="filed").count()
        found.append({"said": said, "state": state, "filed": filed})
    return found


def same_twice(world: World) -> Any:
    """Take in one code twice, and apply twice for one enterprise."""
    from townworks.register.models import Admission, Enterprise
    from townworks.register.practice.cast import code_of
    from townworks.register.services.admissions import apply_for_admission, take_in

    found = []
    for number in range(ROUNDS):
        code, act = code_of(number + 1), world.act("town_office 1")
        came = at_once(*[lambda: take_in(code, act, "x")] * 2)  # noqa: B023
        first = Enterprise.objects.get(credit_code=code)
        same = {"enterprise": first, "town": world.town, "origin": "new", "activity": "x"}
        twice = [Admission(**same), Admission(**same)]
        applied = at_once(*(lambda a=a: apply_for_admission(a, act, TODAY) for a in twice))  # noqa: B023
        found.append({"came": came, "applied": applied})
    return found


def excluding_grants(world: World) -> Any:
    """Apply at once for two instruments of which one excludes the other."""
    from townworks.register.models import Grant
    from townworks.register.services.grants import Rules, Wish, apply_for_grant

    rules, act = Rules(world.book, ""), world.act("town_office 1", "apply")
    inputs = {
        "imported_equipment_cny": Decimal(9_000_000),
        "on_duty_free_list": True,
        "imported_machine_cny": Decimal(90_000_000),
    }
    found = []
    for _ in range(ROUNDS):
        admission = world.admission()
        both = [Wish(admission, rule, inputs) for rule in ("mould-import", "mould-import-big")]
        said = at_once(*(lambda w=w: apply_for_grant(w, rules, act, TODAY) for w in both))
        found.append({"said": said, "grants": Grant.objects.filter(admission=admission).count()})
    return found


def closing_and_password(world: World) -> Any:
    """Close an account while its owner, signed in before, changes the password."""
    from townworks.register.models import Account
    from townworks.register.services.accounts import Secret, change_password, set_active

    found = []
    for number in range(3):
        own = Account.objects.create(username=f"own {number}", name="x", role="auditor")
        stale = Account.objects.get(pk=own.pk)
        act, mine = world.act("programme_office 1"), world.act("programme_office 1")
        mine = type(act)(stale, "change_password", DAY)
        word = Secret(f"correct-horse-{number}-staple")
        said = at_once(
            lambda: set_active(own, False, act),  # noqa: B023, FBT003
            lambda: change_password(stale, word, mine),  # noqa: B023
        )
        found.append({"said": said, "active": Account.objects.get(pk=own.pk).is_active})
    return found


def one_name_twice(world: World) -> Any:
    """Approve two applications for towns of one name."""
    from townworks.register.cases import take
    from townworks.register.models import Town, TownApplication
    from townworks.register.services.towns import apply_for_town

    found = []
    for number in range(ROUNDS):
        cases = []
        for name_zh in ("甲", "乙"):
            case = TownApplication(
                county_code="331003", name_zh=f"{name_zh}{number}", name_en=f"Same Town {number}",
                sector="finance", industry_zh="泵", industry_en=name_zh,
                planned_area_km2=3, planned_investment_cny=1,
            )  # fmt: skip
            apply_for_town(case, world.act("county_office 1"), TODAY)
            TownApplication.objects.filter(pk=case.pk).update(state="reviewed")
            cases.append(case)
        ask = [world.taking("approve", f"programme_office {n}") for n in (1, 2)]
        said = at_once(lambda: take(cases[0], ask[0]), lambda: take(cases[1], ask[1]))  # noqa: B023
        towns = list(Town.objects.filter(name_en=f"Same Town {number}").values_list("industry_en"))
        found.append({"said": said, "towns": towns})
    return found


def two_imports(world: World) -> Any:
    """Apply two imports of one town and quarter, both looked at before either wrote."""
    import polars as pl

    from townworks.register.cases import open_case
    from townworks.register.models import Figure, Import
    from townworks.register.services import imports
    from townworks.schema.returns import Arrival

    types = {name: column.dtype for name, column in Arrival.columns().items()}
    found = []
    for number in range(ROUNDS):
        jobs: list[Job] = []
        for value in (1, 2):
            row = {
                "form": "figure", "record": 1, "town_id": "t", "quarter": f"201{number}Q1",
                "subject": "", "field": "patents", "value": Decimal(value), "word": None,
                "unit": "count", "source": f"{value}.xlsx!A1",
            }  # fmt: skip
            table = pl.DataFrame([row], schema=types)
            case = open_case(Import(), world.act("programme_office 1"), TODAY)
            taking = world.taking("apply", f"programme_office {value}")
            seen = imports.digest(imports.preview(table, taking.account, TODAY))
            jobs.append(lambda c=case, t=table, s=seen, k=taking: imports.apply(c, t, s, k))  # type: ignore[misc]
        said = at_once(*jobs)
        held = Figure.objects.filter(metric="patents", period=f"201{number}Q1").known()
        found.append({"said": said, "held": [str(row.value) for row in held]})
    return found


def locks_and_references(world: World) -> Any:
    """Change a town's status, and open matters that refer to the town, over and over."""
    from townworks.register.models import Admission
    from townworks.register.services.admissions import apply_for_admission
    from townworks.register.services.status import change_status
    from townworks.rules.status import Event

    act = world.act("town_office 1")

    def status() -> None:
        for cause in ("enter_creation", "name"):
            change_status(world.town, Event(cause, DAY), world.act("programme_office 1"), None)

    def applications(own: list[Any]) -> None:
        for enterprise in own:
            matter = {"enterprise": enterprise, "town": world.town, "origin": "new"}
            apply_for_admission(Admission(**matter, activity="x"), act, TODAY)

    lots = [[world.enterprise() for _ in range(6)] for _ in range(2)]
    return at_once(status, lambda: applications(lots[0]), lambda: applications(lots[1]))


def many_events(world: World) -> Any:
    """Let eight threads write fifty records each; then verify the chain of everything before."""
    from townworks.register.audit import Act, sealed_events, write
    from townworks.register.chain import faults
    from townworks.register.models import Event, RegistryEntry

    before = Event.objects.count()

    def fifty(thread: int) -> None:
        act = Act(world.people["system 1"], "test", DAY)
        for number in range(50):
            key = f"{thread}-{number}"
            write(RegistryEntry(credit_code=key, name=key, imported_from="x"), act)

    said = at_once(*(lambda n=n: fifty(n) for n in range(8)))
    found = [f"{f.kind} {f.seq}: {f.detail}" for f in faults(sealed_events())]
    return {"said": said, "events": Event.objects.count() - before, "faults": found}


SCENES = (
    two_decisions,
    two_payments,
    two_commitments,
    two_occupancies,
    objection_and_effect,
    same_twice,
    excluding_grants,
    closing_and_password,
    one_name_twice,
    two_imports,
    locks_and_references,
    many_events,
)


def main() -> None:
    """Migrate an empty database, play every scene in it, print what came of each."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "townworks.web.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    world = World()
    json.dump({scene.__name__: scene(world) for scene in SCENES}, sys.stdout, default=str)


if __name__ == "__main__":
    main()
