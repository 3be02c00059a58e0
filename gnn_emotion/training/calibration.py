"""Temperature scaling: make confidence mean what it says (Guo et al. 2017)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

#: Temperatures outside this range mean that something else is wrong.
_LOWEST, _HIGHEST = 0.05, 20.0


def fit_temperature(logits: npt.NDArray[np.floating], allowed: npt.NDArray[np.bool_]) -> float:
    """Find the temperature with the least negative log-likelihood on held-out posts.

    Args:
        logits: ``[M, K]`` of the validation split.
        allowed: the labels that are right for each ``[M, K]``.

    Returns:
        The temperature; 1 where there is nothing to fit on.
    """
    if allowed.all(axis=1).all():  # no post, or none whose label says anything
        return 1.0

    def loss(log_temperature: float) -> float:
        return negative_log_likelihood(logits / np.exp(log_temperature), allowed)

    bounds = (np.log(_LOWEST), np.log(_HIGHEST))
    found = optimize.minimize_scalar(loss, bounds=bounds, method="bounded")
    return float(np.exp(found.x))


def negative_log_likelihood(
    logits: npt.NDArray[np.floating], allowed: npt.NDArray[np.bool_]
) -> float:
    """Average -log of the probability of the allowed labels.

    Args:
        logits: ``[M, K]``.
        allowed: ``[M, K]``.
    """
    log_probs = special.log_softmax(logits.astype(np.float64), axis=1)
    return float(-special.logsumexp(np.where(allowed, log_probs, -np.inf), axis=1).mean())


def calibrated(logits: npt.NDArray[np.floating], temperature: float) -> npt.NDArray[np.float64]:
    """Turn logits ``[M, K]`` into probabilities at a temperature."""
    return np.asarray(special.softmax(logits.astype(np.float64) / temperature, axis=1))
