"""Industry codes of a registry that has them (GB/T 4754, ISIC, NACE, SIC), named by vocabulary."""

import polars as pl

VOCABULARIES = {
    "NACE": r"^\d{2}\.\d{1,2}",
    "UK SIC": r"^\d{5}(?:\D|$)",
    "GB/T 4754": r"^[A-T]\d{2,4}(?:\D|$)",
    "four-digit code": r"^\d{3,4}(?:\D|$)",
}
"""Forms of a code, most telling first. Four bare digits may be GB/T 4754, ISIC or US SIC."""


def coded_specialities(enterprises: pl.DataFrame) -> pl.DataFrame:
    """Return `enterprise` and `name` ("GB/T 4754 C1811") of those that bring an industry code.

    enterprises: `enterprise`, `industry_code` (text, may carry a title) and `credit_code`. A file
    with Chinese credit codes that has bare four-digit codes has them from GB/T 4754. A code of no
    known form keeps its own words.

    >>> rows = {"enterprise": [1, 2], "industry_code": ["62012 - Software", None]}
    >>> rows |= {"credit_code": [None, None]}
    >>> coded_specialities(pl.DataFrame(rows)).rows()
    [(1, 'UK SIC 62012 - Software')]
    """
    code = pl.col("industry_code").str.strip_chars()
    named = pl.coalesce(
        *(
            pl.when(code.str.contains(form)).then(pl.lit(vocabulary))
            for vocabulary, form in VOCABULARIES.items()
        )
    )
    chinese = pl.col("credit_code").cast(pl.String).str.contains(r"^9[0-9A-Z]{17}$")
    vocabulary = (
        pl.when((named == "four-digit code") & chinese).then(pl.lit("GB/T 4754")).otherwise(named)
    )
    return (
        enterprises.with_columns(code=code, vocabulary=vocabulary)
        .filter(pl.col("code").str.len_chars() > 0)
        .select(
            "enterprise",
            name=pl.concat_str("vocabulary", "code", separator=" ", ignore_nulls=True),
        )
    )
