"""Tables of a programme: its towns, its published figures with their scope, its published outcomes.

They stand as CSV in the programme's folder (`towns.csv`, `figures.csv`, …) and in these
declarations; every row names its source.
"""

import dataframely as dy

_SOURCE = "address of the page that says so, or 'no-url: …' where it has none"


class Town(dy.Schema):
    """One town of a programme: one industry, one county that answers for it."""

    town_id = dy.String(
        nullable=False, primary_key=True, regex=r"^[a-z0-9-]+$", description="stable id"
    )
    name_zh = dy.String(nullable=False, description="name in Chinese, as published")
    name_en = dy.String(nullable=False, description="name in English")
    name_en_source = dy.String(nullable=True, description="page that prints it; null: translated")
    prefecture_zh = dy.String(nullable=False)
    prefecture_en = dy.String(nullable=False)
    county_zh = dy.String(nullable=True, description="county that answers for the town")
    county_en = dy.String(nullable=True)
    county_code = dy.String(
        nullable=True, regex=r"^\d{6}$", description="division code on the day of listing"
    )
    batch = dy.String(
        nullable=False, description="list it came with; '3|4' where sources do not say which"
    )
    listed_on = dy.Date(nullable=True, description="day of that list")
    sector = dy.String(nullable=False, description="one of the programme's sectors")
    sector_source = dy.String(nullable=True, description="page that says so; null: inferred")
    industry_zh = dy.String(nullable=False, description="the town's one industry")
    industry_en = dy.String(nullable=False)
    source = dy.String(nullable=False, description=_SOURCE)


class Anchor(dy.Schema):
    """An enterprise that a source names as a town's anchor or leading resident."""

    town_id = dy.String(nullable=False, primary_key=True)
    enterprise_en = dy.String(nullable=False, primary_key=True)
    enterprise_zh = dy.String(nullable=True)
    source = dy.String(nullable=False, description=_SOURCE)


class Figure(dy.Schema):
    """One published figure with its scope; figures of two scopes never share a line or a grade.

    The scope is geography + geography_name + population + extent. `period` is the period as the
    source writes it; `period_from` and `period_to` are its first and last day where they are known.
    """

    town_id = dy.String(nullable=True, description="town it is published for; null: the programme")
    metric = dy.String(nullable=False, regex=r"^[a-z0-9_]+$", description="what is measured")
    value = dy.Decimal(24, 6, nullable=False, description="exact, in `unit`")
    unit = dy.String(nullable=False, regex=r"^[a-z0-9_/]+$", description="cny, km2, mu, count …")
    bound = dy.Enum(
        ["exact", "about", "over", "nearly"], nullable=False, description="how the source puts it"
    )
    geography = dy.Enum(
        [
            *("site", "town", "township", "cluster", "county", "prefecture", "province"),
            *("programme", "nation", "world"),
        ],
        nullable=False,
        description="the area that is counted; site: a part of the town, or one project",
    )
    geography_name = dy.String(nullable=True, description="its name, where it is not the town")
    population = dy.String(
        nullable=False,
        regex=r"^[a-z0-9_]+$",
        description="who or what is counted: all, cloud, geoinformation, above_scale …",
    )
    extent = dy.Enum(
        ["at", "during", "cumulative"],
        nullable=False,
        description="state at the end of the period, flow during it, or sum since the start",
    )
    period = dy.String(nullable=True, description="as the source writes it")
    period_from = dy.Date(nullable=True)
    period_to = dy.Date(nullable=True)
    evidence = dy.Enum(
        ["planned", "target", "estimated", "reported", "verified", "audited"],
        nullable=False,
        description="what the figure rests on",
    )
    contradicts = dy.Bool(
        nullable=False, description="another source gives another value for the same scope"
    )
    source = dy.String(nullable=False, description=_SOURCE)


GRADES = ("excellent", "good", "pass", "warning", "demoted", "eliminated", "withdrawn")
"""Grades of a year's assessment, and leaving; 优秀 良好 合格 警告 降格 淘汰 退出."""

LISTS = ("cultivation", "creation", "named")
"""Lists a town can stand on when it is assessed; 培育 创建 命名."""


class Outcome(dy.Schema):
    """A published grade of one town for one year."""

    year = dy.Int32(nullable=False, primary_key=True, description="year assessed, not published")
    name_zh = dy.String(nullable=False, primary_key=True, description="town, as published")
    town_id = dy.String(nullable=True, description="null: a town outside `towns.csv`")
    on_list = dy.Enum(LISTS, nullable=False, description="list it stood on when assessed")
    grade = dy.Enum(GRADES, nullable=False)
    score = dy.Decimal(6, 2, nullable=True, description="points out of 100, where published")
    rank = dy.Int32(nullable=True)
    source = dy.String(nullable=False, description=_SOURCE)


class Tally(dy.Schema):
    """A published number of towns that received a grade in a year."""

    year = dy.Int32(nullable=False, primary_key=True)
    area = dy.String(nullable=False, primary_key=True, description="'programme', or a prefecture")
    on_list = dy.Enum(LISTS, nullable=False, primary_key=True)
    grade = dy.String(nullable=False, primary_key=True, description="a grade, or 'assessed': all")
    towns = dy.Int32(nullable=False, min=0)
    source = dy.String(nullable=False, description=_SOURCE)


class Naming(dy.Schema):
    """A town that passed acceptance and was named."""

    name_zh = dy.String(nullable=False, primary_key=True)
    town_id = dy.String(nullable=True)
    named_from = dy.Date(nullable=True, description="first day that sources allow")
    named_to = dy.Date(nullable=True, description="last day that sources allow")
    batch = dy.String(nullable=True, description="naming batch; '3|4' where not stated")
    source = dy.String(nullable=False, description=_SOURCE)


class Count(dy.Schema):
    """A published number of towns on a list, or entering it, at a date: for the accounts."""

    day = dy.Date(nullable=False, primary_key=True, description="last day it may stand for")
    on_list = dy.Enum(LISTS, nullable=False, primary_key=True)
    kind = dy.Enum(
        ["stock", "entry"], nullable=False, primary_key=True, description="on the list, or entering"
    )
    batch = dy.String(nullable=True, description="list or naming batch of an entry")
    towns = dy.Int32(nullable=False, min=0)
    source = dy.String(nullable=False, description=_SOURCE)
