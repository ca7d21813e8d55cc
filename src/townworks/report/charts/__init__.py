"""Charts of the register's pages: Polars frames in, Vega-Lite specifications out.

Every function takes the language ("en" or "zh") and gives a dict that is ready for `json.dumps`:
its data are inside, nothing is fetched. A frame without rows gives None; the page then says so.
Each specification suits light and dark pages: text takes the page's own colour.
"""

from townworks.report.charts.ahead import ahead_behind
from townworks.report.charts.enterprises import enterprises_over_time
from townworks.report.charts.investment import programme_investment, town_investment
from townworks.report.charts.sectors import towns_by_sector
from townworks.report.charts.theme import Spec

__all__ = [
    "Spec",
    "ahead_behind",
    "enterprises_over_time",
    "programme_investment",
    "town_investment",
    "towns_by_sector",
]
