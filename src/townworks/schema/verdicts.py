"""Verdicts: what a rule says of a subject on a day, and on what that rests."""

import dataframely as dy

OUTCOMES = ("eligible", "not_eligible", "undecided")


class Verdict(dy.Schema):
    """Subject × rule: the outcome, the quantity, and everything needed to check them by hand."""

    subject_id = dy.String(nullable=False, primary_key=True, description="who is judged")
    rule_id = dy.Categorical(nullable=False, primary_key=True, description="rule of the rule book")
    part = dy.Enum(
        ["eligible", "continuing"],
        nullable=False,
        primary_key=True,
        description="whether it is granted, or whether what was granted may be kept",
    )
    as_of = dy.Date(nullable=False, primary_key=True, description="the day that is asked about")
    outcome = dy.Enum(
        OUTCOMES,
        nullable=False,
        description="eligible (met, kept), not eligible, or undecided: something is not known",
    )
    clause = dy.UInt8(nullable=True, description="clause that decides against, from 1")
    quantity = dy.Decimal(
        38, 2, nullable=True, description="granted or clawed back, in `unit`; rounded once, half-up"
    )
    unit = dy.Categorical(
        nullable=True, description="cny, mu, m2 …; null: a condition grants nothing"
    )
    period = dy.Enum(
        ["once", "year", "month"], nullable=False, description="what the quantity is granted for"
    )
    ceiling = dy.Bool(nullable=False, description="the quantity is a maximum, not an entitlement")
    needs = dy.String(nullable=True, description="inputs that are missing, with commas between")
    inputs = dy.String(nullable=False, description="JSON: every input used with its value")
    thresholds = dy.Categorical(
        nullable=False,
        description="JSON: every parameter used with value, unit, first day, clauses and source",
    )
    sentence_en = dy.String(nullable=False, description="why, in English")
    sentence_zh = dy.String(nullable=False, description="why, in Chinese")
    source = dy.Categorical(nullable=False, description="document the rule is taken from")


class Entitlement(dy.Schema):
    """What a subject may hold together: the best combination under exclusions and caps."""

    subject_id = dy.String(nullable=False, primary_key=True)
    rank = dy.UInt32(nullable=False, min=1, description="1 = the largest sum of money")
    rule_id = dy.String(nullable=False, primary_key=True)
    payer = dy.Enum(["province", "prefecture", "county", "town"], nullable=False)
    standing = dy.Enum(
        ["taken", "capped", "excluded"],
        nullable=False,
        description="in full, cut by a cap, or left out for something better it excludes",
    )
    because = dy.String(nullable=True, description="the cap, or the rules taken instead")
    quantity = dy.Decimal(
        38, 2, nullable=True, description="as in the verdict; null: the source states no amount"
    )
    entitled = dy.Decimal(38, 2, nullable=False, min=0, description="what remains, in `unit`")
    unit = dy.String(nullable=False, description="cny, mu, m2 …")
    period = dy.Enum(["once", "year", "month"], nullable=False)
    ceiling = dy.Bool(nullable=False, description="a maximum, not an entitlement")


class Cost(dy.Schema):
    """What a payer would owe in a year if everyone took the best combination."""

    payer = dy.String(nullable=False, primary_key=True)
    year = dy.Int32(nullable=False, primary_key=True, description="1 = the year from the day asked")
    begins = dy.Date(nullable=False, description="first day of that year")
    unit = dy.String(nullable=False, primary_key=True)
    entitled = dy.Decimal(38, 2, nullable=False, description="sum, in `unit`; monthly sums × 12")
    of_which_ceiling = dy.Decimal(38, 2, nullable=False, description="part that is 'up to' only")
    subjects = dy.UInt32(nullable=False, description="subjects that receive something")
    undecided = dy.UInt32(nullable=False, description="verdicts left open: something is not known")


class Change(dy.Schema):
    """One subject under two versions of the rules."""

    subject_id = dy.String(nullable=False, primary_key=True)
    unit = dy.String(nullable=False, primary_key=True)
    before = dy.Decimal(38, 2, nullable=False, description="entitled in the first year, before")
    after = dy.Decimal(38, 2, nullable=False, description="and after")
    change = dy.Decimal(38, 2, nullable=False, description="after − before")
    rules_gained = dy.String(nullable=False, description="rules entitled to only after")
    rules_lost = dy.String(nullable=False, description="rules entitled to only before")


class Assessment(dy.Schema):
    """A town in a year: what its figures show of the conditions, beside the published grade."""

    town_id = dy.String(nullable=False, primary_key=True)
    name_zh = dy.String(nullable=False)
    name_en = dy.String(nullable=False)
    year = dy.Int32(nullable=False, primary_key=True)
    conditions = dy.UInt32(nullable=False, description="conditions that apply to it")
    met = dy.UInt32(nullable=False, description="conditions that its figures show to be met")
    not_met = dy.UInt32(nullable=False, description="conditions shown not to be met")
    undecided = dy.UInt32(nullable=False, description="conditions that cannot be decided")
    failed = dy.String(nullable=False, description="rules not met, with commas between")
    missing = dy.String(nullable=False, description="inputs without a figure in scope")
    grade = dy.String(nullable=True, description="by criteria, if any were given; else null")
    standing = dy.Enum(
        ["decided", "review", "undecided"],
        nullable=False,
        description="decided; review: the interval straddles a threshold; undecided: no grade",
    )
    score = dy.Float64(nullable=True, description="points, if criteria were given")
    published_grade = dy.String(nullable=True, description="as the programme published it")
    published_score = dy.Decimal(6, 2, nullable=True)
    published_source = dy.String(nullable=True)
