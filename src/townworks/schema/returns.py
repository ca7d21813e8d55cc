"""Tables of returns: every value that was read with its cell, and what is doubtful about it."""

import dataframely as dy

BASES = ("quarter", "year", "start", "at", "none")
"""What a value counts: the quarter, the year until its end, everything since the start, or the
state at its end; none: no amount."""
SEVERITIES = ("error", "warning", "note")
"""error: cannot stand as it is; warning: to be asked or corrected; note: to be known."""
ACTIONS = ("set", "drop", "none")
"""What is proposed: another value, to leave the record out, or nothing (the town is asked)."""


class Entry(dy.Schema):
    """One value of a return, as written and as understood, with the cell it came from."""

    entry = dy.Int64(nullable=False, primary_key=True, description="number within the reading")
    file = dy.String(nullable=False, description="name of the file")
    sheet = dy.String(nullable=False, description="'' where a file has no sheets")
    cell = dy.String(nullable=False, regex=r"^[A-Z]{1,3}[0-9]{1,7}$", description="as in C7")
    form = dy.String(nullable=False, description="a form of definitions/returns/forms.toml")
    record = dy.Int64(nullable=False, description="entries of one number are one record")
    town_id = dy.String(nullable=True, description="null: not known whose it is")
    quarter = dy.String(nullable=True, regex=r"^\d{4}Q[1-4]$")
    subject = dy.String(
        nullable=False, description="project's name, enterprise's credit code; '' the town itself"
    )
    field = dy.String(nullable=False, description="a field of the form; of a figure: its metric")
    basis = dy.Enum(BASES, nullable=False)
    text = dy.String(nullable=False, description="what stands in the cell")
    value = dy.Decimal(36, 10, nullable=True, description="amount in `unit`, exact")
    unit = dy.String(nullable=True, description="cny, count, mu, km2, m2, share")
    scale = dy.Decimal(36, 10, nullable=True, description="factor of the text (万: 10000)")
    word = dy.String(nullable=True, description="a text, code or day (ISO) where it is no amount")


class Finding(dy.Schema):
    """What is doubtful about a value or a record, why, and what is proposed instead."""

    file = dy.String(nullable=False)
    sheet = dy.String(nullable=False)
    cell = dy.String(nullable=False, description="'' where it concerns no single cell")
    entry = dy.Int64(nullable=True, description="the entry; null: a cell that gave none")
    form = dy.String(nullable=False)
    town_id = dy.String(nullable=True)
    quarter = dy.String(nullable=True)
    subject = dy.String(nullable=False)
    field = dy.String(nullable=False)
    check = dy.String(nullable=False, description="a check of definitions/returns/checks.toml")
    severity = dy.Enum(SEVERITIES, nullable=False)
    message_en = dy.String(nullable=False)
    message_zh = dy.String(nullable=False)
    action = dy.Enum(ACTIONS, nullable=False)
    proposed = dy.Decimal(36, 10, nullable=True, description="value proposed, in the entry's unit")
    proposed_word = dy.String(nullable=True, description="text proposed where it is no amount")


class Past(dy.Schema):
    """A value that the register holds already: what a return is compared with."""

    town_id = dy.String(nullable=False)
    quarter = dy.String(nullable=False, regex=r"^\d{4}Q[1-4]$")
    form = dy.String(nullable=False)
    subject = dy.String(nullable=False)
    field = dy.String(nullable=False)
    basis = dy.Enum(BASES, nullable=False, description="quarter for flows, at for states")
    value = dy.Decimal(36, 10, nullable=False)
    unit = dy.String(nullable=False)
    evidence = dy.String(nullable=False, description="reported, verified, audited")


class Presence(dy.Schema):
    """Which enterprise or project the register holds in which town."""

    form = dy.Enum(["admission", "project"], nullable=False)
    subject = dy.String(nullable=False, description="credit code, or the project's name")
    town_id = dy.String(nullable=False)
    name = dy.String(nullable=False)


class Arrival(dy.Schema):
    """One value on its way into the register: of its quarter, with the cell it came from."""

    form = dy.String(nullable=False)
    record = dy.Int64(nullable=False, description="values of one number are one record")
    town_id = dy.String(nullable=True)
    quarter = dy.String(nullable=True, regex=r"^\d{4}Q[1-4]$")
    subject = dy.String(nullable=False)
    field = dy.String(nullable=False)
    value = dy.Decimal(36, 10, nullable=True)
    word = dy.String(nullable=True)
    unit = dy.String(nullable=True)
    source = dy.String(nullable=False, description="file#sheet!cell")
