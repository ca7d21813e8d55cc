"""Tables that arrive from files: what they would change, and bringing it about."""

from townworks.register.arrivals.changes import KINDS, Arriving, Change, counts, records_of
from townworks.register.arrivals.planning import carry_out, plan

__all__ = ["KINDS", "Arriving", "Change", "carry_out", "counts", "plan", "records_of"]
