"""Where a town could be: how specialised each place is, and where that is worth a town."""

from townworks.candidates.counts import Counts, count_mentions, count_years
from townworks.candidates.shortlist import shortlist
from townworks.candidates.specialisation import specialise

__all__ = ["Counts", "count_mentions", "count_years", "shortlist", "specialise"]
