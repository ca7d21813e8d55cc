"""Types of arrays, and the checks that every measure makes of the arrays it is given."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from townworks.errors import RequestError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def amounts(name: str, values: ArrayLike) -> FloatArray:
    """Return `values` as float64, or raise a RequestError if one is negative or not finite.

    >>> amounts("expected", [2, 0]).tolist()
    [2.0, 0.0]
    >>> amounts("expected", [2.0, float("nan"), -1.0])
    Traceback (most recent call last):
    townworks.errors.RequestError: expected has 2 of 3 values below 0 or not finite, \
the first at position 1. Drop those rows or mend them at the source.
    """
    array = np.asarray(values, dtype=np.float64)
    bad = np.flatnonzero(~(np.isfinite(array) & (array >= 0)))
    if len(bad):
        many, first = f"{len(bad)} of {array.size} values", f"the first at position {bad[0]}"
        problem = f"{name} has {many} below 0 or not finite, {first}"
        raise RequestError(problem, "Drop those rows or mend them at the source.")
    return array


def whole_counts(name: str, values: ArrayLike) -> IntArray:
    """Return `values` as int64, or raise a RequestError if one is negative or not a whole number.

    >>> whole_counts("observed", [2.0, 0]).tolist()
    [2, 0]
    >>> whole_counts("observed", [2.5, 0])
    Traceback (most recent call last):
    townworks.errors.RequestError: observed has 1 of 2 values that are not whole, the first at \
position 0. Count enterprises, do not weigh them.
    """
    array = amounts(name, values)
    bad = np.flatnonzero(array != np.floor(array))
    if len(bad):
        many, first = f"{len(bad)} of {array.size} values", f"the first at position {bad[0]}"
        problem = f"{name} has {many} that are not whole, {first}"
        raise RequestError(problem, "Count enterprises, do not weigh them.")
    return array.astype(np.int64)


def same_shape(**arrays: FloatArray | IntArray) -> None:
    """Raise a RequestError that names the shapes unless all arrays have the same one.

    >>> same_shape(observed=np.zeros(3), expected=np.zeros(2))
    Traceback (most recent call last):
    townworks.errors.RequestError: Shapes differ: observed (3,), expected (2,). \
Give one value per cell in each.
    """
    if len({array.shape for array in arrays.values()}) > 1:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        problem = f"Shapes differ: {shapes}"
        raise RequestError(problem, "Give one value per cell in each.")
