"""Which towns, with what support, in which year: a portfolio chosen and explained.

In the order of the work: `request` and `checking` (what is asked, every fault at once), `portfolio`
(candidates as exact numbers), `valuing` (what each may be worth), `demands` and `problem` (the
request as linear demands), `greedy` (a first plan), `model` and `solve` (the best plan, in HiGHS),
`proof` (checked by separate code), `conflicts` (why there is none), `listing` (the plain way),
`robustness`, `exchanges` and `reasons` (how sure, instead of whom, why), `comparing`.
"""

from townworks.plans.problem import Demand, Plan, Problem

__all__ = ["Demand", "Plan", "Problem"]
