"""Activity text (经营范围) → clauses: what thing, in which role.

A scope of business lists things and verbs: ``制造、加工：阀门、泵；化肥零售。`` Verbs govern the
things beside them: one that leads (``销售：A、B``) governs what follows in its segment, one that
trails (``A、B的制造``) what stands before it. A text is cut into segments at full stops and
semicolons, a segment into clauses at commas; licence notes and headings go first.
"""

import polars as pl

from townworks.schema.language import ActivityLanguage

MAKE, TRADE, SERVICE = 1, 2, 4
"""Bits of a clause's `role`; 0 where no verb governs it."""

_ASIDE = r"[（(\[【〔<《][^（(\[【〔<《）)\]】〕>》]*[）)\]】〕>》]"
_UNCLOSED = r"[（(【〔][^）)】〕。；;]*"
_SEGMENT = r"[^；;。!！|\n\r]+"
_BREAK = r"、，,：:.·\s*＊\-—/／\d%“”\"'"


def clauses(activities: pl.DataFrame, language: ActivityLanguage) -> pl.DataFrame:
    """Return the clauses of activity texts, in reading order.

    activities: columns `enterprise` (UInt32, any key) and `activity` (String, may be null).
    Returned: `enterprise`, `phrase` (the thing, verbs stripped), `role` (UInt8, the bits `MAKE`,
    `TRADE`, `SERVICE`), `main` (true for the first thing of the text: registrars write the main
    business first). Clauses without a thing, and legal phrases, are left out.

    >>> from townworks.schema.language import activity_language
    >>> texts = pl.DataFrame({"enterprise": [7], "activity": ["制造、加工：阀门、泵；化肥零售。"]})
    >>> clauses(texts, activity_language()).rows()
    [(7, '阀门', 1, True), (7, '泵', 1, False), (7, '化肥', 2, False)]
    """
    words = _words(activities, language)
    meaning = _meaning(words.select("clause").unique(), language)
    read = words.join(meaning, on="clause", how="left", maintain_order="left")
    governed = _governed(read.filter(~pl.col("legal")))
    return governed.filter(pl.col("phrase") != "").select(
        "enterprise",
        "phrase",
        "role",
        main=(pl.col("enterprise") != pl.col("enterprise").shift(1)).fill_null(value=True),
    )


def _words(activities: pl.DataFrame, language: ActivityLanguage) -> pl.DataFrame:
    """Cut texts: one row per clause with its `enterprise` and `segment` number."""
    text = pl.col("activity")
    clause = f"(?:{language.verb}[{_BREAK}]+)*[^{_BREAK}]+"
    for pattern in (_ASIDE, _ASIDE, _UNCLOSED, language.headings):
        text = text.str.replace_all(pattern, "")
    return (
        activities.select("enterprise", segment=text.str.extract_all(_SEGMENT))
        .explode("segment", empty_as_null=False, keep_nulls=False)
        .with_columns(clause=pl.col("segment").str.extract_all(clause))
        .with_columns(segment=pl.int_range(pl.len(), dtype=pl.UInt32))
        .explode("clause", empty_as_null=False, keep_nulls=False)
    )


def _meaning(unique: pl.DataFrame, language: ActivityLanguage) -> pl.DataFrame:
    """Read each distinct clause: its `phrase`, `lead` and `trail` role bits, whether `legal`."""
    clause, words = pl.col("clause"), f"(?:{language.around}|[{_BREAK}])+"
    before = clause.str.extract(f"^({words})").fill_null("")
    ending = clause.str.reverse().str.extract(f"^((?:{language.around_backwards}|[{_BREAK}])+)")
    after = clause.str.tail(ending.str.len_chars().fill_null(0))
    listed = f"^(?:(?:{language.around})+[{_BREAK}]+)*(?:{language.beside})*"
    rest = clause.str.replace(listed, "").str.reverse()
    thing = rest.str.replace(f"^(?:{language.beside_backwards})+", "").str.reverse()
    return unique.select(
        "clause",
        legal=clause.str.contains(language.boilerplate),
        phrase=pl.when(before == clause).then(pl.lit("")).otherwise(thing),
        lead=_role(before, language),
        trail=_role(after, language),
    )


def _role(verbs: pl.Expr, language: ActivityLanguage) -> pl.Expr:
    patterns = ((language.make, MAKE), (language.trade, TRADE), (language.service, SERVICE))
    bits = [
        pl.when(verbs.str.contains(pattern))
        .then(pl.lit(bit, pl.UInt8))
        .otherwise(pl.lit(0, pl.UInt8))
        for pattern, bit in patterns
    ]
    return bits[0] | bits[1] | bits[2]


def _governed(read: pl.DataFrame) -> pl.DataFrame:
    """Give each clause the role of its own verbs, else of the leading, else of the trailing ones.

    A clause of verbs alone leads if no thing stands before it in its segment, else it trails.
    """
    thing = pl.col("phrase") != ""
    segment = pl.col("segment")
    none = pl.lit(0, pl.UInt8)
    things = thing.cast(pl.UInt32).cum_sum() - thing.cast(pl.UInt32)
    marked = read.with_columns(
        first=(segment != segment.shift(1)).fill_null(value=True),
        last=(segment != segment.shift(-1)).fill_null(value=True),
        thing=thing,
        own=pl.col("lead") | pl.col("trail"),
        things=things,
    ).with_columns(
        leads=~pl.col("thing")
        & (pl.col("things") == pl.when("first").then("things").forward_fill())
    )
    lead = pl.when("leads").then("own").when(pl.col("lead") > 0).then("lead")
    trail = pl.when(~pl.col("thing") & ~pl.col("leads")).then("own").otherwise("trail")
    trail = pl.when(trail > 0).then(trail)
    return (
        marked.with_columns(
            forward=pl.when(pl.col("first") & lead.is_null()).then(none).otherwise(lead),
            backward=pl.when(pl.col("last") & trail.is_null()).then(none).otherwise(trail),
        )
        .with_columns(pl.col("forward").forward_fill(), pl.col("backward").backward_fill())
        .with_columns(
            role=pl.when(pl.col("own") > 0)
            .then("own")
            .when(pl.col("forward") > 0)
            .then("forward")
            .otherwise("backward")
        )
    )
