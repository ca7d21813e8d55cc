"""The science: arrays in, arrays out."""

from townworks.measures.calibration import Coverage, split_half_coverage
from townworks.measures.composite import (
    Tree,
    aggregate,
    contributions,
    distance_to_target,
    effective_weights,
    falling_ranks,
    min_max,
    observed_goalposts,
    percentile_rank,
    realised_importance,
    z_score,
)
from townworks.measures.concentration import (
    Concentration,
    ellison_glaeser,
    ellison_glaeser_counts,
)
from townworks.measures.coverage import completeness
from townworks.measures.distances import great_circle_km
from townworks.measures.gamma_poisson import (
    GammaPrior,
    fit_gamma_poisson,
    fit_gamma_poisson_sparse,
)
from townworks.measures.linkages import (
    allocation_coefficients,
    backward_linkages,
    distortion_centrality,
    leontief_inverse,
    technical_coefficients,
    upstreamness,
)
from townworks.measures.relatedness import complexity, proximity, relatedness_density
from townworks.measures.specialisation import (
    Interval,
    LogOdds,
    SpecialisationPosterior,
    expected_counts,
    false_discovery,
    garwood_interval,
    location_quotient,
    log_odds,
    posterior,
)

__all__ = [
    "Concentration",
    "Coverage",
    "GammaPrior",
    "Interval",
    "LogOdds",
    "SpecialisationPosterior",
    "Tree",
    "aggregate",
    "allocation_coefficients",
    "backward_linkages",
    "completeness",
    "complexity",
    "contributions",
    "distance_to_target",
    "distortion_centrality",
    "effective_weights",
    "ellison_glaeser",
    "ellison_glaeser_counts",
    "expected_counts",
    "falling_ranks",
    "false_discovery",
    "fit_gamma_poisson",
    "fit_gamma_poisson_sparse",
    "garwood_interval",
    "great_circle_km",
    "leontief_inverse",
    "location_quotient",
    "log_odds",
    "min_max",
    "observed_goalposts",
    "percentile_rank",
    "posterior",
    "proximity",
    "realised_importance",
    "relatedness_density",
    "split_half_coverage",
    "technical_coefficients",
    "upstreamness",
    "z_score",
]
