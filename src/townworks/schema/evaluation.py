"""Tables of the yearly assessment: measurements, scores, what they are made of, their ranks."""

import dataframely as dy

from townworks.schema.programme import GRADES

EVIDENCE = ("planned", "target", "estimated", "reported", "verified", "audited")
"""What a value rests on; as in `programme.Figure`."""

STANDINGS = ("decided", "review", "undecided")
"""Whether a grade binds: yes; only after somebody has looked; there is no score at all."""


class Measurement(dy.Schema):
    """One measured value of a subject (a town, an enterprise), in the unit the criteria name."""

    subject_id = dy.String(nullable=False, primary_key=True, description="town or enterprise")
    metric = dy.String(
        nullable=False, primary_key=True, regex=r"^[a-z0-9_]+$", description="what is measured"
    )
    value = dy.Float64(nullable=True, description="in the metric's unit; null: not known")
    author = dy.String(nullable=True, description="who gave it; needed for opinions and visits")
    source = dy.String(nullable=True, description="where it is published or kept")
    evidence = dy.Enum(EVIDENCE, nullable=True, description="what the value rests on")


class Score(dy.Schema):
    """The result of one subject under one set of criteria; ranks are within its size class."""

    subject_id = dy.String(nullable=False, primary_key=True)
    criteria_id = dy.String(nullable=False, primary_key=True)
    size_class = dy.String(nullable=True, description="null: no classes, or not known which")
    score = dy.Float64(nullable=True, description="points, 100 = every goalpost or benchmark met")
    score_low = dy.Float64(nullable=True, description="5 % point over the draws, points")
    score_high = dy.Float64(nullable=True, description="95 % point over the draws, points")
    grade = dy.Enum(GRADES, nullable=True, description="null: no score, or criteria without grades")
    standing = dy.Enum(
        STANDINGS,
        nullable=False,
        description="decided; review: the interval straddles a threshold, or is not known; "
        "undecided: no score",
    )
    rank = dy.UInt32(nullable=True, min=1, description="1 = best; equals share the better rank")
    rank_median = dy.UInt32(nullable=True, min=1, description="median over the draws")
    rank_low = dy.UInt32(nullable=True, min=1, description="5 % point over the draws")
    rank_high = dy.UInt32(nullable=True, min=1, description="95 % point over the draws")
    known = dy.UInt32(nullable=False, description="indicators with a value")
    missing = dy.String(
        nullable=False, description="ids of the indicators without a value, or of the class metric"
    )


class Contribution(dy.Schema):
    """What one node of the tree brings to a score; those of the indicators sum to it."""

    subject_id = dy.String(nullable=False, primary_key=True)
    criteria_id = dy.String(nullable=False, primary_key=True)
    node = dy.String(nullable=False, primary_key=True, description="indicator, group, or 'score'")
    level = dy.UInt32(nullable=False, description="steps from the score, which is 0")
    is_indicator = dy.Bool(nullable=False, description="a leaf; the others are sums of these")
    value = dy.Float64(nullable=True, description="of the indicator's metric, in its unit")
    denominator = dy.Float64(nullable=True, description="what it is divided by, in its unit")
    normalised = dy.Float64(
        nullable=True, description="0-100 (a benchmark may be exceeded); null: left out"
    )
    weight = dy.Float64(
        nullable=True,
        min=0,
        description="share in the score, missing ones left out; null: the score is undecided",
    )
    contribution = dy.Float64(
        nullable=True, description="points of the score; null: the score is undecided"
    )
    missing = dy.Bool(nullable=False, description="no value of its own: filled in, or left out")
    author = dy.String(nullable=True, description="who gave the value")
    source = dy.String(nullable=True, description="where the value is published or kept")
    evidence = dy.Enum(EVIDENCE, nullable=True, description="what the value rests on")
    denominator_source = dy.String(nullable=True, description="where the denominator is kept")


class RankInterval(dy.Schema):
    """How far a subject's rank and score depend on choices that could have been made otherwise."""

    subject_id = dy.String(nullable=False, primary_key=True)
    criteria_id = dy.String(nullable=False, primary_key=True)
    size_class = dy.String(nullable=True, description="ranks are within it")
    rank = dy.UInt32(nullable=False, min=1, description="as published")
    rank_median = dy.UInt32(nullable=True, min=1, description="median over the draws")
    rank_low = dy.UInt32(nullable=True, min=1, description="5 % point")
    rank_high = dy.UInt32(nullable=True, min=1, description="95 % point")
    score_low = dy.Float64(nullable=True, description="5 % point of draws on the score's scale")
    score_high = dy.Float64(nullable=True, description="95 % point of the same draws")
    shift = dy.Float64(
        nullable=True, min=0, description="mean |rank - drawn rank|; its mean is R̄_S"
    )


class Importance(dy.Schema):
    """What an indicator should matter, and what it does (Paruolo, Saisana & Saltelli 2013)."""

    criteria_id = dy.String(nullable=False, primary_key=True)
    size_class = dy.String(nullable=True, description="each has its own tree")
    node = dy.String(nullable=False, primary_key=True, description="indicator")
    weight = dy.Float64(nullable=False, min=0, description="share in the score, nothing missing")
    importance = dy.Float64(
        nullable=True,
        min=0,
        description="squared correlation with the score; null: too few, or none differ",
    )
