"""Temperature scaling finds the temperature that made the labels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from gnn_emotion.training.calibration import fit_temperature, negative_log_likelihood


def drawn(temperature: float, count: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Draw logits, and labels as likely as the logits over the temperature say."""
    rng = np.random.default_rng(4)
    logits = rng.normal(scale=3, size=(count, 5))
    noise = rng.gumbel(size=logits.shape)
    return logits, np.eye(5, dtype=bool)[(logits / temperature + noise).argmax(axis=1)]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 1.7, 4.0])
def test_a_known_temperature_is_recovered(temperature):
    assert fit_temperature(*drawn(temperature)) == pytest.approx(temperature, rel=0.04)


def test_coarse_labels_give_the_same_temperature():
    """The last two classes are told as one."""
    logits, allowed = drawn(2.0)
    coarse = allowed.copy()
    coarse[:, 3:] = allowed[:, 3:].any(axis=1, keepdims=True)
    assert fit_temperature(logits, coarse) == pytest.approx(2.0, rel=0.05)


def test_no_other_temperature_is_likelier():
    logits, allowed = drawn(1.7, 500)
    found = fit_temperature(logits, allowed)
    best = negative_log_likelihood(logits / found, allowed)
    for other in (0.5, 0.9, 1.1, 2):
        assert negative_log_likelihood(logits / (found * other), allowed) > best


def test_nothing_to_fit_on():
    assert fit_temperature(np.empty((0, 5)), np.empty((0, 5), dtype=bool)) == 1.0
    says_nothing = np.ones((3, 5), dtype=bool)
    assert fit_temperature(np.eye(5)[:3], says_nothing) == 1.0


def test_likelihood_by_hand():
    logits = np.log(np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]]))
    allowed = np.array([[True, True, False], [True, False, False]])
    wanted = -(np.log(0.8) + np.log(0.1)) / 2
    assert negative_log_likelihood(logits, allowed) == pytest.approx(wanted)


def test_large_logits_do_not_overflow():
    logits = np.array([[1e4, 0.0]], dtype=np.float32)
    assert negative_log_likelihood(logits, np.array([[False, True]])) == pytest.approx(1e4)
    assert special.softmax(logits / fit_temperature(logits, ~np.eye(2, dtype=bool)[:1])).max() == 1
