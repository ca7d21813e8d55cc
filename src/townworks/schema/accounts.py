"""Tables of the programme's own accounts: lists of towns over time, checks on the record."""

import dataframely as dy

from townworks.schema.programme import LISTS


class Account(dy.Schema):
    """A list of towns between two published stocks: opening + flows + unexplained = closing."""

    on_list = dy.Enum(LISTS, nullable=False, primary_key=True)
    reading = dy.Enum(
        ["leaves", "stays"],
        nullable=False,
        primary_key=True,
        description="whether a named town leaves the creation list; sources do not say",
    )
    opens = dy.Date(nullable=False, description="day of the stock before, or of the first entry")
    closes = dy.Date(nullable=False, primary_key=True, description="day of the stock")
    opening = dy.Int32(nullable=False, min=0)
    entries = dy.Int32(nullable=False, min=0, description="published entries")
    demoted_in = dy.Int32(nullable=False, min=0, description="demoted to this list")
    demoted_out = dy.Int32(nullable=False, min=0, description="demoted from this list")
    named_out = dy.Int32(nullable=False, min=0, description="named, if these leave")
    eliminated = dy.Int32(nullable=False, min=0, description="eliminated or withdrawn")
    unexplained = dy.Int32(nullable=False, description="what no source names: + in, − out")
    closing = dy.Int32(nullable=False, min=0, description="published stock")


class RecordCheck(dy.Schema):
    """A published number beside what other published numbers give for it."""

    check = dy.String(nullable=False, primary_key=True)
    expected = dy.Decimal(24, 6, nullable=True, description="worked out from other sources")
    found = dy.Decimal(24, 6, nullable=True, description="as published")
    unit = dy.String(nullable=False)
    agrees = dy.Bool(nullable=True, description="null: stands beside it, no equality is claimed")
    sentence_en = dy.String(nullable=False)
    sentence_zh = dy.String(nullable=False)
    sources = dy.String(nullable=False, description="addresses, with spaces between")
