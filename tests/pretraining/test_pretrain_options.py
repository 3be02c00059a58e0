"""The learning rate rises, stays and falls; what cannot be is refused."""

from __future__ import annotations

import numpy as np
import pytest

from gnn_emotion.pretraining.pretrain_options import PretrainOptions, in_half
from gnn_emotion.schema.errors import ContractError


def rates(steps: int, **how) -> np.ndarray:
    options = PretrainOptions(learning_rate=1.0, **how)
    return np.array([options.rate(step, steps) for step in range(steps)])


def test_the_rate_rises_stays_and_falls():
    found = rates(1000, warmup_steps=50, decay_share=0.2)
    np.testing.assert_allclose(found[:50], np.arange(1, 51) / 50)
    assert (found[50:800] == 1).all()
    np.testing.assert_allclose(found[800:], np.arange(200, 0, -1) / 200)


def test_more_epochs_go_on_from_the_plateau():
    longer = rates(2000, warmup_steps=50, decay_share=0.2)
    np.testing.assert_array_equal(longer[:800], rates(1000, warmup_steps=50)[:800])
    assert (longer[800:1600] == 1).all()


def test_few_steps_are_not_spent_on_the_way_up():
    found = rates(40, warmup_steps=500, decay_share=0.2)
    np.testing.assert_allclose(found[:4], [0.25, 0.5, 0.75, 1])
    assert (found[4:32] == 1).all()
    # From ten times the warm-up on, it is as long as it was asked to be.
    assert rates(5000)[499] == 1 > rates(5000)[498]


def test_without_rise_or_fall():
    assert (rates(3, warmup_steps=0, decay_share=0) == 1).all()
    assert (rates(1) == 1).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"epochs": float("inf")},
        {"epochs": float("nan")},
        {"tokens_per_batch": 0},
        {"learning_rate": -1},
        {"held_out": 0},
        {"steps_per_round": 0},
        {"warmup_steps": -1},
        {"decay_share": 1.1},
    ],
)
def test_numbers_that_cannot_be(wrong):
    with pytest.raises(ContractError, match=f"{next(iter(wrong))} is"):
        PretrainOptions(**wrong)


def test_precisions():
    with pytest.raises(ContractError, match="unknown precision 'float16'"):
        PretrainOptions(precision="float16")
    assert in_half("bfloat16", "cpu") and in_half("auto", "cuda")
    assert not in_half("float32", "cuda")


def test_enough_texts():
    options = PretrainOptions(held_out=5)
    options.check_count(6)
    with pytest.raises(ContractError, match=r"5 texts.*more than the 5 that are held out"):
        options.check_count(5)
