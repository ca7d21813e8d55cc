"""Policies granted: computed by the rules, applied for, approved, committed, paid, clawed back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import polars as pl
from django.db import transaction
from django.db.models import F, Q, Sum

from townworks.register.audit import Act, write
from townworks.register.cases import Taking, effect, lock, open_case, unbroken
from townworks.register.models import Admission, BudgetLine, Case, Grant, Payment
from townworks.register.permissions import answers_for, is_closed
from townworks.register.refusals import NotAllowedError, Reason, RefusalError, refuse
from townworks.rules import Rule, RuleBook, Subjects, combine, judge

LIVE = ("applied", "checked", "approved", "committed", "paid", "suspended")
LONGEST_JSON = 20_000


@dataclass(frozen=True)
class Wish:
    """What an enterprise applies for: one instrument, with what it declares of itself.

    inputs: typed values by the names of the rules' inputs, as `workflow.given` reads them.
    """

    admission: Admission
    rule_id: str
    inputs: Mapping[str, object]


@dataclass(frozen=True)
class Rules:
    """The rule book that decides, and the hash of the programme's folder it came from."""

    book: RuleBook
    sha256: str


def apply_for_grant(wish: Wish, rules: Rules, act: Act, today: date) -> Grant:
    """Open a grant with the entitlement that the rules give on the day; none is ever typed in.

    By the enterprise or its town's office, for an enterprise that is in the town. Refused with the
    verdict's own sentence where the rule says no, or cannot be decided.
    """
    with transaction.atomic():
        lock(wish.admission.enterprise)
        wish = replace(wish, admission=lock(wish.admission))
        _check_admission(wish.admission, act)
        rule = _rule(wish, rules.book)
        verdict = _judged(wish, rules.book, rule, act.on)
        if verdict["outcome"] != "eligible" or verdict["quantity"] is None:
            words = {"en": verdict["sentence_en"], "zh": verdict["sentence_zh"]}
            raise RefusalError([Reason("not_entitled", "rule_id", {"why": words})])
        quantity = Decimal(str(verdict["quantity"]))
        entitled = _entitled(rules.book, rule, quantity, (wish, act.on))
        return open_case(_grant(wish, rule, verdict, entitled, rules.sha256), act, today)


def _check_admission(admission: Admission, act: Act) -> None:
    """Refuse who does not answer for the enterprise, and a day on which it was not in the town."""
    own = act.account.role in ("enterprise", "town_office")
    if not own or not answers_for(act.account, admission):
        raise NotAllowedError([Reason("not_your_enterprise")])
    if admission.state != "effective":
        raise refuse("not_in_town", "admission")
    if admission.admitted_on is not None and act.on < admission.admitted_on:
        raise refuse("before_state", "on", day=act.on, since=admission.admitted_on)


def _rule(wish: Wish, book: RuleBook) -> Rule:
    town = wish.admission.town
    rule = book.rules.get(wish.rule_id)
    if rule is None or not rule.unit or rule.subject != "enterprise":
        raise refuse("no_rule", "rule_id", rule=wish.rule_id)
    if not rule.scheme.covers(town.pk, town.county_code or None):
        raise refuse("rule_elsewhere", "rule_id", rule=rule.title)
    return rule


def known_inputs(admission: Admission, book: RuleBook) -> dict[str, object]:
    """What the register itself knows of an enterprise, by the names of inputs."""
    enterprise, town = admission.enterprise, admission.town
    found: dict[str, object] = {
        "registered_on": enterprise.registered_on,
        "capital_cny": enterprise.capital_cny,
        "admitted_on": admission.admitted_on,
        "sector": town.sector,
        "county_code": town.county_code or None,
    }
    return {n: value for n, value in found.items() if n in book.inputs and value is not None}


def _judged(wish: Wish, book: RuleBook, rule: Rule, on: date) -> dict[str, object]:
    """Verdict of the rule; what the register knows stands before what was declared."""
    values = {**wish.inputs, **known_inputs(wish.admission, book)}
    row = {"subject_id": str(wish.admission.pk), **values}
    frame = pl.DataFrame([row], schema_overrides=_types(row))
    return judge([rule], Subjects.of(frame, book.inputs), on).row(0, named=True)


def _types(row: Mapping[str, object]) -> dict[str, pl.DataType | type[pl.DataType]]:
    return {
        n: pl.Decimal(38, 9)
        for n, value in row.items()
        if isinstance(value, Decimal | int) and not isinstance(value, bool)
    }


def _entitled(book: RuleBook, rule: Rule, quantity: Decimal, when: tuple[Wish, date]) -> Decimal:
    """Entitlement beside what the enterprise holds for the year, in whichever town it got it.

    What it holds counts as it was granted, not as it would be judged today on what is declared
    now: to keep silent about it changes nothing. Refused where it excludes this.
    """
    wish, on = when
    held = _held(wish.admission.enterprise_id, on.year)
    if rule.id in held:
        raise refuse("broken.grant_once")
    for name in held.keys() & book.rules.keys():
        other = book.rules[name]
        if name in rule.excludes or rule.id in other.excludes:
            raise refuse("excluded", "rule_id", rule=rule.title, because=other.title)
    shared = {name for cap in book.caps if rule.id in cap.rules for name in cap.rules}
    beside = {name: held[name] for name in held.keys() & book.rules.keys() & shared}
    left = quantity - _cut(book, {**beside, rule.id: quantity}, on) if beside else quantity
    if beside and left <= 0:
        because = {"en": ", ".join(sorted(beside)), "zh": "、".join(sorted(beside))}
        raise refuse("excluded", "rule_id", rule=rule.title, because=because)
    alone = combine(book, _granted(book, {rule.id: quantity}), on).row(0, named=True)
    return min(left, Decimal(alone["entitled"]))


def _held(enterprise: int, year: int) -> dict[str, Decimal]:
    """What an enterprise holds for a year, by rule: granted, or applied for and not refused."""
    kept = Q(state__in=LIVE) | Q(state="clawed_back", paid__gt=F("clawed_back"))
    rows = Grant.objects.filter(kept, admission__enterprise=enterprise, year=year)
    return {g.rule_id: g.entitled if g.approved is None else g.approved for g in rows}


def _cut(book: RuleBook, quantities: Mapping[str, Decimal], on: date) -> Decimal:
    """How much a cap takes off quantities of the same period; who comes last bears it."""
    best = combine(book, _granted(book, quantities), on)
    return sum(quantities.values(), Decimal(0)) - Decimal(best["entitled"].sum())


def _granted(book: RuleBook, quantities: Mapping[str, Decimal]) -> pl.DataFrame:
    """Verdicts that grant these quantities to one enterprise, as `combine` reads them."""
    names = list(quantities)
    return pl.DataFrame(
        {
            "subject_id": [""] * len(names),
            "rule_id": names,
            "outcome": ["eligible"] * len(names),
            "unit": [book.rules[name].unit for name in names],
            "quantity": pl.Series(list(quantities.values()), dtype=pl.Decimal(38, 2)),
        }
    )


def _grant(
    wish: Wish, rule: Rule, verdict: Mapping[str, object], entitled: Decimal, sha256: str
) -> Grant:
    as_of = verdict["as_of"]
    if not isinstance(as_of, date):
        raise TypeError(as_of)
    return Grant(
        town=wish.admission.town,
        admission=wish.admission,
        rule_id=rule.id,
        title_en=rule.title["en"],
        title_zh=rule.title["zh"],
        payer=rule.scheme.payer,
        unit=rule.unit or "",
        period=rule.period,
        year=as_of.year,
        judged_on=as_of,
        entitled=entitled,
        ceiling=rule.ceiling,
        inputs=json.loads(str(verdict["inputs"])),
        thresholds=json.loads(str(verdict["thresholds"])),
        sentence_en=str(verdict["sentence_en"]),
        sentence_zh=str(verdict["sentence_zh"]),
        source=rule.source,
        programme_sha256=sha256,
    )


def _of(case: Case) -> Grant:
    if not isinstance(case, Grant):
        raise TypeError(case)
    return case


def _amount(taking: Taking, name: str) -> Decimal:
    amount = taking.number(name)
    if amount is None or amount <= 0:
        raise refuse("not_positive", name)
    return amount


def _approved(grant: Grant) -> Decimal:
    return grant.approved or Decimal(0)


@effect("grant", "approve")
def _approve(case: Case, taking: Taking) -> None:
    grant, amount = _of(case), _amount(taking, "quantity")
    if amount > grant.entitled:
        values = {"most": f"{grant.entitled:f}", "unit": grant.unit}
        raise RefusalError([Reason("over_entitlement", "quantity", values)])
    grant.approved = amount


@effect("grant", "commit")
def _commit(case: Case, taking: Taking) -> None:
    """Take the sum from a budget line, which is locked so that it is not spent twice."""
    grant = _of(case)
    number = str(taking.values.get("budget_line") or "")
    rows = BudgetLine.objects.select_for_update(no_key=True)
    line = rows.filter(pk=int(number)).first() if number.isdecimal() else None
    if line is None or not fits(line, grant):
        raise refuse("no_line", "budget_line")
    free = line.amount - committed(line)
    wanted = _approved(grant)
    if wanted > free:
        values = {"free": f"{free:f}", "wanted": f"{wanted:f}", "unit": grant.unit}
        raise RefusalError([Reason("line_short", "budget_line", values)])
    grant.budget_line = line


def fits(line: BudgetLine, grant: Grant) -> bool:
    """Whether a grant may be paid from a line: same payer, place, year and unit."""
    same = (line.payer, line.year, line.unit) == (grant.payer, grant.year, grant.unit)
    if line.town_id is not None:
        return same and line.town_id == grant.town_id
    return same and grant.town.county_code.startswith(line.place_code)


def committed(line: BudgetLine) -> Decimal:
    """What is committed from a line; what was clawed back is free again."""
    held = Grant.objects.filter(budget_line=line)
    open_sum = held.exclude(state="clawed_back").aggregate(sum=Sum("approved"))["sum"]
    ended = held.filter(state="clawed_back").aggregate(a=Sum("paid"), b=Sum("clawed_back"))
    return (open_sum or Decimal(0)) + (ended["a"] or Decimal(0)) - (ended["b"] or Decimal(0))


@effect("grant", "pay")
def _pay(case: Case, taking: Taking) -> None:
    grant, amount = _of(case), _amount(taking, "amount")
    left = _approved(grant) - grant.paid
    if amount > left:
        raise RefusalError([Reason("over_approval", "amount", {"left": f"{left:f}"})])
    grant.paid += amount
    _add_payment(grant, "payment", amount, taking)


@effect("grant", "finish")
def _finish(case: Case, _: Taking) -> None:
    grant = _of(case)
    if grant.paid != grant.approved:
        raise refuse("not_paid_up", left=f"{_approved(grant) - grant.paid:f}")


@effect("grant", "resume")
def _resume(case: Case, taking: Taking) -> None:
    """Go on; what was suspended before money was set aside for it needs a budget line now."""
    if _of(case).budget_line_id is None:
        _commit(case, taking)


@effect("grant", "claw_back")
def _claw_back(case: Case, taking: Taking) -> None:
    grant, amount = _of(case), _amount(taking, "amount")
    left = grant.paid - grant.clawed_back
    if amount > left:
        raise RefusalError([Reason("over_paid", "amount", {"left": f"{left:f}"})])
    grant.clawed_back += amount
    _add_payment(grant, "claw_back", amount, taking)


def _add_payment(grant: Grant, kind: str, amount: Decimal, taking: Taking) -> None:
    number = Payment.objects.filter(grant=grant).count() + 1
    payment = Payment(
        grant=grant,
        number=number,
        kind=kind,
        amount=amount,
        paid_on=taking.day,
        paid_by=taking.account,
    )
    write(payment, Act(taking.account, taking.step, taking.day, taking.reason))


def add_budget_line(line: BudgetLine, act: Act) -> BudgetLine:
    """Add a budget line, by the office of the level that pays, in its own place."""
    levels = {
        "province": "programme_office",
        "prefecture": "prefecture_office",
        "county": "county_office",
        "town": "town_office",
    }
    account = act.account
    closed = is_closed(account)
    if closed or account.role != levels.get(line.payer) or not _own_place(line, act):
        raise NotAllowedError([Reason("not_your_line")])
    if line.amount < 0:
        raise refuse("negative", "amount")
    with unbroken(), transaction.atomic():
        return write(line, act)


def _own_place(line: BudgetLine, act: Act) -> bool:
    if line.payer == "town":
        return line.town_id is not None and line.town_id == act.account.town_id
    return line.town_id is None and line.place_code == act.account.place_code
