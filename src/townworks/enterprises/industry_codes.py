"""Industry codes of a registry that has them (GB/T 4754, ISIC, NACE, SIC), named by vocabulary."""

import polars as pl

_HAN = r"\p{Han}"
_NACE, _UK_SIC = r"^[A-U]?\d{2}\.\d{1,2}(?:\D|$)", r"^\d{5}(?:\D|$)"
_LETTER, _DIGITS = r"^[A-U]\d{2,4}(?:\D|$)", r"^\d{2,4}(?:\D|$)"


def coded_specialities(enterprises: pl.DataFrame) -> pl.DataFrame:
    """Return `enterprise` and `name` ("GB/T 4754 C1811") of those that bring an industry code.

    enterprises: `enterprise`, `name` and `industry_code` (text, may carry a title). The form of a
    code tells its vocabulary: a point NACE, five digits UK SIC, a letter or fewer digits GB/T 4754
    where the enterprise has a Chinese name; elsewhere a letter tells ISIC, and bare digits may be
    ISIC or US SIC. A code of no known form keeps its own words.

    >>> rows = {"enterprise": [1, 2, 3], "name": ["Acme Ltd", "大明袜厂", "甲厂"]}
    >>> rows |= {"industry_code": ["62012 - Software", "1811", None]}
    >>> coded_specialities(pl.DataFrame(rows)).rows()
    [(1, 'UK SIC 62012 - Software'), (2, 'GB/T 4754 1811')]
    """
    code, chinese = pl.col("industry_code").str.strip_chars(), pl.col("name").str.contains(_HAN)
    letter, digits = code.str.contains(_LETTER), code.str.contains(_DIGITS)
    vocabulary = (
        pl.when(code.str.contains(_NACE))
        .then(pl.lit("NACE"))
        .when(code.str.contains(_UK_SIC))
        .then(pl.lit("UK SIC"))
        .when((letter | digits) & chinese)
        .then(pl.lit("GB/T 4754"))
        .when(letter)
        .then(pl.lit("ISIC"))
        .when(digits)
        .then(pl.lit("ISIC or SIC"))
    )
    return enterprises.filter(code.str.len_chars() > 0).select(
        "enterprise", name=pl.concat_str(vocabulary, code, separator=" ", ignore_nulls=True)
    )
