"""The yearly assessment: criteria as data, scores that decompose, grades, rank intervals.

>>> from townworks.evaluation.criteria import demo_criteria
>>> demo_criteria().title["en"]
'Demo'
"""

from townworks.evaluation.criteria import CriteriaError, parse_criteria
from townworks.evaluation.grades import grade, verdict
from townworks.evaluation.ranks import rank_intervals
from townworks.evaluation.records import Criteria
from townworks.evaluation.scores import Scores, importance, score

__all__ = [
    "Criteria",
    "CriteriaError",
    "Scope",
    "Scoped",
    "Scores",
    "grade",
    "importance",
    "in_scope",
    "parse_criteria",
    "parse_scopes",
    "rank_intervals",
    "score",
    "verdict",
]
