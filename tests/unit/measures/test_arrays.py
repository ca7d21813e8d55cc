import numpy as np
import pytest

from townworks.errors import RequestError
from townworks.measures.arrays import amounts, same_shape, whole_counts


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_amounts_names_the_first_value_it_cannot_use(bad: float) -> None:
    with pytest.raises(RequestError, match=r"^jobs has 1 of 3 values .* at position 2\. Drop"):
        amounts("jobs", [0, 1, bad])


def test_whole_counts_takes_whole_floats_and_every_kind_of_integer() -> None:
    for kind in (np.uint32, np.int8, np.float32):
        found = whole_counts("n", np.array([0, 7], dtype=kind))
        assert found.tolist() == [0, 7]
        assert found.dtype == np.int64


def test_whole_counts_refuses_fractions() -> None:
    with pytest.raises(
        RequestError, match=r"n has 2 of 3 values that are not whole, .* position 0"
    ):
        whole_counts("n", [0.5, 1, 1.5])


def test_same_shape_lists_all_shapes() -> None:
    same_shape(a=np.zeros(2), b=np.ones(2))
    with pytest.raises(RequestError, match=r"a \(2,\), b \(2, 1\)"):
        same_shape(a=np.zeros(2), b=np.zeros((2, 1)))
