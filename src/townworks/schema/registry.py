"""Tables of the business registry: as received, as refused, as understood."""

import dataframely as dy

FILING_FIELDS = (
    "name",
    "credit_code",
    "registered_on",
    "enterprise_type",
    "capital",
    "activity",
    "industry_code",
    "province",
    "prefecture",
    "county",
    "township",
    "address",
)
"""The fields a registry file may bring, all text, in the order of the `Filing` table."""


class Filing(dy.Schema):
    """One row of a registry file as received: text only, nothing understood yet.

    A field that the file has no column for is null throughout; a cell that is empty or says
    ``N/A`` is null.
    """

    file = dy.String(nullable=False, primary_key=True, description="file the row came from")
    line = dy.UInt64(
        nullable=False,
        primary_key=True,
        description="line (text files) or data row + 1 (others) where it starts, from 1",
    )
    name = dy.String(nullable=True, description="registered name (企业名称)")
    credit_code = dy.String(
        nullable=True, description="unified social credit code (统一社会信用代码)"
    )
    registered_on = dy.String(nullable=True, description="date of registration, as written")
    enterprise_type = dy.String(nullable=True, description="legal form, as written (企业类型)")
    capital = dy.String(nullable=True, description="registered capital, as written (注册资金)")
    activity = dy.String(nullable=True, description="scope of business (经营范围)")
    industry_code = dy.String(nullable=True, description="industry code, as written (行业代码)")
    province = dy.String(nullable=True, description="province, as written")
    prefecture = dy.String(nullable=True, description="prefecture-level city, as written (地区)")
    county = dy.String(nullable=True, description="county, as written (区县)")
    township = dy.String(nullable=True, description="township, as written (乡镇街道)")
    address = dy.String(nullable=True, description="registered address (注册地址)")


class Reject(dy.Schema):
    """A row that was read but not kept, with the reason: read = kept + rejected."""

    file = dy.String(nullable=False, description="file the row came from")
    line = dy.UInt64(nullable=False, description="line where it starts, from 1")
    reason = dy.String(
        nullable=False,
        regex=r"^[a-z_]+$",
        description="code of the reason, e.g. field_count, bad_date, bad_credit_code",
    )
    field = dy.String(nullable=True, description="the field at fault, where it is one")
    detail = dy.String(nullable=False, description="what was found, shortened to 200 characters")
    raw = dy.String(
        nullable=False, description="the row as received, shortened to 2,000 characters"
    )


class Enterprise(dy.Schema):
    """One enterprise: cleaned, located, once."""

    enterprise_id = dy.String(
        nullable=False, primary_key=True, description="credit code, else name and address"
    )
    credit_code = dy.String(
        nullable=True, regex=r"^[0-9A-Z]{18}$", description="unified social credit code"
    )
    name = dy.String(nullable=False, description="registered name, full-width forms folded")
    registered_on = dy.Date(nullable=True, description="date of registration")
    enterprise_type = dy.String(nullable=True, description="legal form, as written")
    capital = dy.Decimal(
        24, 2, nullable=True, description="registered capital, exact, in `capital_currency`"
    )
    capital_currency = dy.String(nullable=True, regex=r"^[A-Z]{3}$", description="ISO 4217")
    activity = dy.String(nullable=True, description="scope of business, as received")
    industry_code = dy.String(nullable=True, description="industry code, as received")
    address = dy.String(nullable=True, description="registered address, as received")
    county_code = dy.String(nullable=True, description="division code (6 digits) in `vintage`")
    county = dy.String(nullable=True, description="name of the county")
    township_code = dy.String(nullable=True, description="statistical code (9 digits)")
    township = dy.String(nullable=True, description="name of the township")
    location_source = dy.Enum(
        ["address", "credit_code", "both", "column", "name", "none"],
        nullable=False,
        description="what the county was taken from",
    )
    location_confidence = dy.Float64(
        nullable=False, min=0, max=1, description="measured share right of rows located this way"
    )
    file = dy.String(nullable=False, description="file the row came from")
    line = dy.UInt64(nullable=False, description="line where it starts, from 1")


class Activity(dy.Schema):
    """What an enterprise does: enterprise × speciality × role."""

    enterprise_id = dy.String(nullable=False, primary_key=True)
    speciality = dy.String(nullable=False, primary_key=True, description="product or service term")
    role = dy.Enum(
        ["make", "trade", "service", "unstated"],
        nullable=False,
        primary_key=True,
        description="what the enterprise does with it",
    )
