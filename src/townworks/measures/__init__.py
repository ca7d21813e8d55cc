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
from townworks.measures.gamma_poisson import (
    GammaPrior,
    fit_gamma_poisson,
    fit_gamma_poisson_sparse,
)
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
    "contributions",
    "distance_to_target",
    "effective_weights",
    "ellison_glaeser",
    "ellison_glaeser_counts",
    "expected_counts",
    "falling_ranks",
    "false_discovery",
    "fit_gamma_poisson",
    "fit_gamma_poisson_sparse",
    "garwood_interval",
    "location_quotient",
    "log_odds",
    "min_max",
    "observed_goalposts",
    "percentile_rank",
    "posterior",
    "realised_importance",
    "split_half_coverage",
    "z_score",
]
