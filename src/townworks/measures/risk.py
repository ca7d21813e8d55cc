"""Risk of a sum that nobody knows exactly: the mean of its worst outcomes."""

import numpy as np
from numpy.typing import ArrayLike

from townworks.errors import RequestError
from townworks.measures.arrays import FloatArray


def lower_tail_mean(values: ArrayLike, tail: float) -> float:
    """Mean of the worst share `tail` of equally likely values (CVaR; Rockafellar & Uryasev 2000).

    values: (n_scenarios,), large is good; a scenario on the edge of the tail counts in part. tail:
    above 0, at most 1 (then it is the mean). Raises `RequestError` for other tails or no values.

    >>> lower_tail_mean(range(-10, 0), 0.2)  # losses 1 … 10, worst fifth: 9.5
    -9.5
    >>> round(lower_tail_mean([1.0, 2.0, 3.0], 0.5), 9)  # the worst, and half of the next
    1.333333333
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    if not 0 < tail <= 1 or not len(ordered):
        problem = f"The tail is {tail:g} of {len(ordered)} scenarios"
        raise RequestError(problem, "Ask for more than 0, at most 1, of at least one scenario.")
    weights = _tail_weights(len(ordered), tail)
    return float(ordered[: len(weights)] @ weights)


def lower_tail_means(values: FloatArray, tail: float) -> FloatArray:
    """Return `lower_tail_mean` of every column of (n_scenarios, n).

    >>> lower_tail_means(np.array([[1.0, 4.0], [3.0, 2.0]]), 0.5).tolist()
    [1.0, 2.0]
    """
    weights = _tail_weights(len(values), tail)
    worst = np.partition(values, len(weights) - 1, axis=0)[: len(weights)]
    worst.sort(axis=0)
    return weights @ worst


def _tail_weights(n: int, tail: float) -> FloatArray:
    """Weights of the worst scenarios, the worst first; they sum to 1."""
    size = tail * n
    whole = int(np.ceil(size - 1e-9))
    weights = np.full(whole, 1 / size)
    weights[-1] = 1 - (whole - 1) / size
    return weights


def tail_weights(values: FloatArray, tail: float) -> FloatArray:
    """Return the weight of each scenario in `lower_tail_mean`, in the order given; they sum to 1.

    >>> tail_weights(np.array([3.0, 1.0, 2.0, 4.0]), 0.5).tolist()
    [0.0, 0.5, 0.5, 0.0]
    """
    found = np.zeros(len(values))
    weights = _tail_weights(len(values), tail)
    found[np.argsort(values, kind="stable")[: len(weights)]] = weights
    return found
