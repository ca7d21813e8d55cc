"""What happened in the practice town until its day: every step through the services."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from townworks.register.audit import Act, write
from townworks.register.cases import Taking, take
from townworks.register.facts import Raised, raise_evidence, record
from townworks.register.loading import loader
from townworks.register.models import (
    Account,
    Admission,
    BudgetLine,
    Case,
    Contract,
    Enterprise,
    Figure,
    Investment,
    Occupancy,
    Partnership,
    Premises,
    Programme,
    Project,
    Query,
    RegistryEntry,
    Town,
)
from townworks.register.practice.accounts import Login, practice_accounts
from townworks.register.practice.cast import PLAYERS, PROJECTS, Player, code_of
from townworks.register.practice.neighbours import neighbours
from townworks.register.quarters import quarter_days
from townworks.register.services.admissions import (
    add_premises,
    apply_for_admission,
    occupy,
    take_in,
)
from townworks.register.services.assessments import open_round
from townworks.register.services.grants import Rules, Wish, add_budget_line, apply_for_grant
from townworks.register.services.partnerships import propose
from townworks.register.services.queries import ask
from townworks.register.services.returns import open_returns
from townworks.register.services.status import change_status
from townworks.rules.status import Event

TOWN = "practice-pump-town"
SOURCE = "practice: invented"
LISTED = date(2015, 6, 4)


@dataclass(frozen=True)
class Stage:
    """Who acts, and the day the register stands at."""

    people: dict[str, Account]
    today: date

    def act(self, who: str, action: str, on: date, reason: str = "") -> Act:
        """Return an act of a person."""
        return Act(self.people[who], action, on, reason)

    def step(self, case: Case, step: str, who: str, on: date, **values: object) -> Case:
        """Take one step."""
        reason = str(values.pop("reason", "practice"))
        taking = Taking(step, self.people[who], self.today, on, reason, None, values)
        return take(case, taking)


def tell(rules: Rules) -> list[Login]:
    """Fill the practice town up to the register's day; returns the accounts to sign in with.

    Told once: in a register that has the town already, only the passwords are made anew.
    """
    programme = Programme.objects.get()
    if programme.practice_day is None:
        raise ValueError("the register is in earnest")
    loading = Act(loader(), "practice", programme.practice_day)
    known = Town.objects.filter(pk=TOWN).first()
    town = known or _found_town(loading)
    _fill_registry()
    enterprise = take_in(code_of(1), loading)
    logins = practice_accounts(town, enterprise, loading)
    if known is None:
        people = {account.username: account for account in Account.objects.all()}
        stage = Stage(people, programme.practice_day)
        _people_come(stage, town)
        _money_flows(stage, town, rules)
        _year_is_assessed(stage, town)
        _quarters_are_returned(stage, town)
    return logins


def _found_town(act: Act) -> Town:
    town = Town(
        town_id=TOWN,
        name_zh="练习泵业小镇",
        name_en="Practice Pump Town",
        prefecture_zh="台州市",
        prefecture_en="Taizhou",
        county_zh="黄岩区",
        county_en="Huangyan",
        county_code="331003",
        listed_on=LISTED,
        sector="high_end_equipment",
        industry_zh="泵",
        industry_en="pumps",
        planned_area_km2=Decimal("3.1"),
        source=SOURCE,
        practice=True,
    )
    write(town, act)
    change_status(town, Event("enter_creation", LISTED, source=SOURCE), act, None)
    return town


def _fill_registry() -> None:
    """Put the invented enterprises where a code is looked up."""
    for player in PLAYERS:
        RegistryEntry.objects.update_or_create(
            credit_code=code_of(player.number),
            defaults={
                "name": player.name,
                "registered_on": player.applied_on - timedelta(days=400),
                "capital_cny": player.capital_cny,
                "activity": player.activity,
                "imported_from": SOURCE,
            },
        )
    RegistryEntry.objects.bulk_create(neighbours(LISTED, SOURCE), ignore_conflicts=True)


def _people_come(stage: Stage, town: Town) -> None:
    hall = Premises(town=town, name="一号厂房", floor_area_m2=Decimal(16000))
    add_premises(hall, stage.act("town", "add", LISTED))
    for player in PLAYERS:
        _come(stage, town, hall, player)


def _come(stage: Stage, town: Town, hall: Premises, player: Player) -> None:
    enterprise = _enterprise(stage, player)
    admission = Admission(
        enterprise=enterprise,
        town=town,
        origin=player.origin,
        relocated_from="温州市" if player.origin == "relocated" else "",
        part=player.part,
        activity=player.activity,
        area_wanted_m2=player.area_m2,
        jobs_planned=int(player.area_m2 / 30),
        source=SOURCE,
    )
    day = player.applied_on
    apply_for_admission(admission, stage.act("town", "open", day), stage.today)
    case: Case = stage.step(admission, "submit", "town", day)
    if player.number == 7:  # noqa: PLR2004 (the one that waits for completeness)
        return
    for step, who in (("complete", "town"), ("review", "town")):
        day += timedelta(days=2)
        case = stage.step(case, step, who, day, reason="符合主导产业；practice")
    if player.number == 9:  # noqa: PLR2004 (the one that is refused)
        stage.step(case, "refuse", "town.head", day, reason="与主导产业无关；not of the industry")
        return
    if player.came_on is not None:
        _settle(stage, case, hall, player)


def _enterprise(stage: Stage, player: Player) -> Enterprise:
    act = stage.act("town", "take_in", player.applied_on)
    enterprise = take_in(code_of(player.number), act)
    if not enterprise.practice:
        enterprise.practice, enterprise.sector = True, "high_end_equipment"
        enterprise.contact_name, enterprise.contact_phone = "练习联系人", "000-0000000"
        write(enterprise, act)
    return enterprise


def _settle(stage: Stage, case: Case, hall: Premises, player: Player) -> None:
    came = player.came_on or stage.today
    day = came - timedelta(days=11)
    case = stage.step(case, "admit", "town.head", day)
    case = stage.step(case, "publish", "town", day)
    case = stage.step(case, "make_effective", "town", came)
    if isinstance(case, Admission) and player.part != "service":
        held = Occupancy(
            premises=hall, admission=case, area_m2=player.area_m2, valid_from=came, source=SOURCE
        )
        occupy(held, stage.act("town", "occupy", came), stage.today)


def _money_flows(stage: Stage, town: Town, rules: Rules) -> None:
    for name, number, featured, quarters in PROJECTS:
        owner = Enterprise.objects.filter(credit_code=code_of(number)).first() if number else None
        project = Project(
            town=town, name=name, enterprise=owner, featured=featured, starts_on=LISTED
        )
        write(project, stage.act("town", "add", LISTED))
        for quarter, planned, reported in quarters:
            _invest(stage, project, quarter, Decimal(planned), "planned")
            _invest(stage, project, quarter, Decimal(reported), "reported")
    _partners(stage, town)
    _grants(stage, town, rules)


def _invest(stage: Stage, project: Project, quarter: str, millions: Decimal, level: str) -> None:
    first, last = quarter_days(quarter)
    row = Investment(
        project=project,
        quarter=quarter,
        evidence=level,
        amount_cny=millions * 1_000_000,
        valid_from=first,
        valid_to=last,
        source=SOURCE,
    )
    record(row, stage.act("town", "report", last), stage.today)
    if level == "reported" and quarter < "2016Q1":
        raised = Raised("verified", row.amount_cny, "practice: ledger read")
        raise_evidence(row, raised, stage.act("statistics", "verify", last))


def _partners(stage: Stage, town: Town) -> None:
    first, second, third = (Enterprise.objects.get(credit_code=code_of(n)) for n in (1, 2, 3))
    day = date(2015, 12, 7)
    both = Partnership(
        town=town,
        proposer=first,
        agency="练习大学流体机械研究所",
        purpose="高效叶轮联合设计 joint design of impellers",
        contract_value_cny=Decimal(1_200_000),
        joint_projects=2,
    )
    propose(both, stage.act("town", "propose", day), stage.today)
    stage.step(both, "confirm", "town.head", day + timedelta(days=3))
    waiting = Partnership(
        town=town, proposer=second, partner=first, purpose="电机配套 motors for pumps"
    )
    propose(waiting, stage.act("town", "propose", date(2016, 5, 20)), stage.today)
    contract = Contract(
        town=town,
        enterprise=third,
        agency="习作检测技术有限公司（练习）",
        service="密封件疲劳试验 fatigue tests",
        value_cny=Decimal(90_000),
        valid_from=date(2016, 1, 4),
        valid_to=date(2016, 12, 30),
        source=SOURCE,
    )
    record(contract, stage.act("town", "report", date(2016, 1, 4)), stage.today)


def _grants(stage: Stage, town: Town, rules: Rules) -> None:
    line = BudgetLine(
        title="技改补助 2016（练习）",
        payer="county",
        place_code="331003",
        year=2016,
        unit="cny",
        amount=Decimal(3_000_000),
    )
    add_budget_line(line, stage.act("county", "add", date(2016, 1, 4)))
    members = {a.enterprise.credit_code: a for a in Admission.objects.filter(town=town)}
    for number, spent, paid in ((1, 8_000_000, True), (2, 6_000_000, False)):
        inputs = {
            "equipment_investment_cny": Decimal(spent),
            "cheapest_machine_cny": Decimal(600_000),
        }
        wish = Wish(members[code_of(number)], "mould-retool", inputs)
        day = date(2016, 4, 11)
        grant = apply_for_grant(wish, rules, stage.act("town", "apply", day), stage.today)
        case = stage.step(grant, "check", "county", day + timedelta(days=7))
        if paid:
            case = stage.step(
                case, "approve", "county.head", day + timedelta(days=14), quantity=grant.entitled
            )
            case = stage.step(
                case, "commit", "county", day + timedelta(days=16), budget_line=line.pk
            )
            half = grant.entitled / 2
            stage.step(case, "pay", "finance", day + timedelta(days=21), amount=half)


def _year_is_assessed(stage: Stage, town: Town) -> None:
    figures = (("enterprises_count", "5", "count"), ("tax_revenue_cny", "41000000", "cny"))
    for metric, value, unit in figures:
        row = Figure(
            town=town,
            metric=metric,
            value=Decimal(value),
            unit=unit,
            extent="at" if unit == "count" else "during",
            period="2015",
            valid_from=date(2015, 1, 1),
            valid_to=date(2015, 12, 31),
            evidence="reported",
            source=SOURCE,
        )
        record(row, stage.act("town", "report", date(2016, 1, 18)), stage.today)
        who = "tax" if metric.startswith("tax") else "statistics"
        raised = Raised("verified", row.value, "practice: ledger read")
        raise_evidence(row, raised, stage.act(who, "verify", date(2016, 2, 22)))
    opening = stage.act("office", "open", date(2016, 1, 11))
    for assessment in open_round(2015, opening, stage.today, only=[town.pk]):
        stage.step(assessment, "submit", "town", date(2016, 1, 25))


def _quarters_are_returned(stage: Stage, town: Town) -> None:
    """Two quarters' returns: one locked, one with a question that the town has to answer."""
    year = Figure(
        town=town,
        metric="fixed_asset_investment_cny",
        value=Decimal(1_200_000_000),
        unit="cny",
        extent="during",
        period="2016",
        valid_from=date(2016, 1, 1),
        valid_to=date(2016, 12, 31),
        evidence="target",
        source=SOURCE,
    )
    record(year, stage.act("office", "report", date(2016, 1, 4)), stage.today)
    for quarter, opened_on in (("2015Q4", date(2016, 1, 4)), ("2016Q1", date(2016, 4, 5))):
        act = stage.act("office", "open", opened_on)
        found = open_returns(quarter, act, stage.today, only=[TOWN])[0]
        stage.step(found, "submit", "town", opened_on + timedelta(days=12))
        if quarter == "2015Q4":
            stage.step(found, "verify", "statistics", date(2016, 1, 25), reason="ledgers read")
            stage.step(found, "lock", "office", date(2016, 1, 28))
    query = Query(
        town_return=found,
        form="investment",
        subject="小镇客厅",
        field="amount_cny",
        written="35000000",
        question_en="Does this include the hotel? Hotels do not count.",
        question_zh="其中是否包含酒店？酒店不计入投资。",
    )
    ask(query, stage.act("statistics", "ask", date(2016, 5, 23)), stage.today)
