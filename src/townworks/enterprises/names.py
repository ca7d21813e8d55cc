"""What a registered name says: the industry before the legal form, and whether it is a branch.

A name is place + brand + industry + legal form: 永嘉县 | 三禾 | 阀门 | 有限公司. The industry has
no mark of its own: the six characters before the legal form are kept, and the vocabulary decides.
"""

import polars as pl

from townworks.schema.language import ActivityLanguage

TAIL_CHARS = 6
"""Characters kept before the legal form; an industry word rarely has more than four."""


def name_tail(name: pl.Expr, language: ActivityLanguage) -> pl.Expr:
    """Return the end of a name before its legal form, at most `TAIL_CHARS` characters.

    A closing 业 goes too, so that 袜业 and 袜厂 both end in the industry's own word.

    >>> from townworks.schema.language import activity_language
    >>> names = pl.DataFrame({"name": ["永嘉县三禾阀门有限公司", "大唐兴隆袜业"]})
    >>> names.select(name_tail(pl.col("name"), activity_language())).to_series().to_list()
    ['嘉县三禾阀门', '大唐兴隆袜']
    """
    industry = name.str.replace(language.legal_form, "").str.replace(f"{language.after_one}$", "")
    return industry.str.tail(TAIL_CHARS)


def is_branch(name: pl.Expr, language: ActivityLanguage) -> pl.Expr:
    """Whether a name ends as branches do (分公司, 支行, 邮政所, 加油站 …).

    Branches stand where customers are; counting them would make every county specialised in
    banking. They stay in the tables and are left out of measures of specialisation.

    >>> from townworks.schema.language import activity_language
    >>> names = pl.DataFrame({"name": ["中国银行诸暨支行", "诸暨袜业有限公司"]})
    >>> names.select(is_branch(pl.col("name"), activity_language())).to_series().to_list()
    [True, False]
    """
    return name.str.contains(language.branch)
