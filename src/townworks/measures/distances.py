"""Distances on the earth, between points in degrees (WGS 84)."""

import numpy as np
from numpy.typing import ArrayLike

from townworks.measures.arrays import FloatArray

RADIUS_KM = 6371.0088
"""Mean radius of the earth (IUGG); a sphere is right to 0.6 %."""


def great_circle_km(lon: ArrayLike, lat: ArrayLike) -> FloatArray:
    """Distances in km between all pairs of points; NaN where a position is NaN.

    lon, lat: (n,), degrees. Returned: (n, n), 0 on the diagonal. Haversine (Sinnott 1984), exact
    for near points too.

    >>> round(float(great_circle_km([120.15, 121.55], [30.28, 29.87])[0, 1]), 1)
    142.2
    """
    x, y = np.radians(np.asarray(lon, float)), np.radians(np.asarray(lat, float))
    across, up = (x[:, None] - x) / 2, (y[:, None] - y) / 2
    half = np.sin(up) ** 2 + np.cos(y)[:, None] * np.cos(y) * np.sin(across) ** 2
    distance: FloatArray = 2 * RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    return distance
