"""How near specialities are to each other, by the places that have both.

presence (places, specialities): 1 where a place has a speciality, 0 where not.
"""

import numpy as np
from numpy.typing import ArrayLike

from townworks.measures.arrays import FloatArray, amounts


def proximity(presence: ArrayLike) -> FloatArray:
    """φ_ij = min(P(i | j), P(j | i)), 0 to itself (Hidalgo, Klinger, Barabási & Hausmann 2007).

    A speciality that no place has is near nothing.

    >>> proximity([[1, 1, 0], [1, 0, 0], [1, 1, 1]]).round(3).tolist()
    [[0.0, 0.667, 0.333], [0.667, 0.0, 0.5], [0.333, 0.5, 0.0]]
    """
    has = (amounts("presence", presence) > 0).astype(np.float64)
    both = has.T @ has
    alone = np.diag(both)
    most = np.maximum(np.maximum.outer(alone, alone), 1.0)
    near: FloatArray = both / most
    np.fill_diagonal(near, 0.0)
    return near


def relatedness_density(presence: ArrayLike, near: FloatArray) -> FloatArray:
    """ω_pj = Σ_i x_pi φ_ij / Σ_i φ_ij: how much of what is near a speciality a place has.

    0 for a speciality that is near nothing.

    >>> x = [[1, 1, 0], [1, 0, 0], [1, 1, 1]]
    >>> relatedness_density(x, proximity(x))[1].round(3).tolist()
    [0.0, 0.571, 0.4]
    """
    has = (amounts("presence", presence) > 0).astype(np.float64)
    total = near.sum(axis=0)
    density: FloatArray = np.divide(
        has @ near, total, out=np.zeros((len(has), len(total))), where=total > 0
    )
    return density


def complexity(presence: ArrayLike) -> FloatArray:
    """Economic complexity of places: mean 0, standard deviation 1 (Hidalgo & Hausmann 2009).

    The second eigenvector of M = D⁻¹ X U⁻¹ X', with its sign such that places with more
    specialities score higher. Places without any are NaN.
    """
    has = (amounts("presence", presence) > 0).astype(np.float64)
    placed, spread = has.sum(axis=1) > 0, has.sum(axis=0) > 0
    inside = has[np.ix_(placed, spread)]
    many, common = inside.sum(axis=1), inside.sum(axis=0)
    root = np.sqrt(many)
    symmetric = (inside / common) @ inside.T / np.outer(root, root)
    vectors = np.linalg.eigh(symmetric).eigenvectors
    second = vectors[:, -2] / root if len(many) > 1 else np.zeros(len(many))
    if (second - second.mean()) @ (many - many.mean()) < 0:
        second = -second
    spread_of = second.std()
    found = np.full(len(has), np.nan)
    found[placed] = (second - second.mean()) / spread_of if spread_of > 0 else 0.0
    return found
