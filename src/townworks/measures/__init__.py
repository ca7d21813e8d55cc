"""The science: arrays in, arrays out."""

from townworks.measures.calibration import Coverage, split_half_coverage
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
    "ellison_glaeser",
    "ellison_glaeser_counts",
    "expected_counts",
    "false_discovery",
    "fit_gamma_poisson",
    "fit_gamma_poisson_sparse",
    "garwood_interval",
    "location_quotient",
    "log_odds",
    "posterior",
    "split_half_coverage",
]
