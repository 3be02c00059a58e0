"""Options of fitting: each optimizer by its own rule, and values that cannot be."""

from __future__ import annotations

import pytest
import torch

from gnn_emotion.graph.sample import Draw
from gnn_emotion.training.fit_options import ADVERSARIES, OPTIMIZERS, FitOptions

RATE = 0.1


def walk(name: str, gradients: list[float], weight_decay: float = 0.0) -> list[float]:
    """Follow some gradients from 1 on; return where each step leads."""
    options = FitOptions(optimizer=name, learning_rate=RATE, weight_decay=weight_decay)
    weight = torch.nn.Parameter(torch.ones(()))
    optimizer, places = options.make_optimizer([weight]), []
    for gradient in gradients:
        weight.grad = torch.tensor(gradient)
        optimizer.step()
        places.append(float(weight.detach()))
    return places


def test_sgd_has_the_momentum_of_nesterov():
    """Nesterov's: v = 0.9 v + g, and a step along g + 0.9 v."""
    first = 1 - RATE * (2 + 0.9 * 2)
    v = 0.9 * 2 + 1
    assert walk("sgd", [2.0, 1.0]) == pytest.approx([first, first - RATE * (1 + 0.9 * v)])


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_the_first_step_of_adam_is_as_long_as_the_rate(name):
    for gradient in (1e-3, 5.0):
        assert walk(name, [gradient])[0] == pytest.approx(1 - RATE, abs=1e-4)


def test_rmsprop_divides_by_the_root_of_the_mean_square():
    """Of which the first is 0.01 of the square: a step of ten rates, whatever the gradient."""
    assert walk("rmsprop", [3.0])[0] == pytest.approx(1 - RATE * 10, abs=1e-4)


def test_no_two_are_the_same():
    ways = {tuple(walk(name, [2.0, -1.0, 0.5], 0.1)) for name in OPTIMIZERS}
    assert len(ways) == len(OPTIMIZERS) == 4


def test_weight_decay_is_in_the_gradient_for_all_but_adamw():
    assert walk("sgd", [0.0], 0.5)[0] == pytest.approx(1 - RATE * 0.5 * 1.9)
    assert walk("adam", [0.0], 0.5)[0] == pytest.approx(1 - RATE, abs=1e-4)
    assert walk("rmsprop", [0.0], 0.5)[0] == pytest.approx(1 - RATE * 10, abs=1e-3)
    assert walk("adamw", [0.0], 0.5)[0] == pytest.approx(1 - RATE * 0.5)
    for name in OPTIMIZERS:
        assert walk(name, [0.0]) == [1.0]


def test_tasks_are_those_that_weigh_something():
    assert FitOptions().tasks == ()
    assert FitOptions(valence=0.1).tasks == ("valence",)
    assert FitOptions(valence=1, polarity=0.5).tasks == ("polarity", "valence")


@pytest.mark.parametrize(
    "name",
    [
        "weight_decay",
        "l1",
        "clip",
        "balance",
        "focal_gamma",
        "alignment",
        "contrastive",
        "polarity",
        "valence",
        "adversarial_epsilon",
    ],
)
@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf")])
def test_weights_of_losses_and_sizes_of_steps(name, value):
    with pytest.raises(ValueError, match=f"{name} is {value}; expected 0 or more"):
        FitOptions(**{name: value})
    assert getattr(FitOptions(**{name: 0.0}), name) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learning_rate": float("nan")}, "learning_rate is nan; expected more than 0"),
        ({"learning_rate": float("inf")}, "learning_rate is inf"),
        ({"learning_rate": -1.0}, "learning_rate is -1.0"),
        ({"epochs": 0}, "epochs is 0; expected 1 or more"),
        ({"num_neighbors": -1}, "num_neighbors is -1; expected 1 or more, or 0 for all"),
        ({"seed": 2**32}, "seed is 4294967296; expected 0 to 4294967295"),
        ({"device": "gpu"}, "device is 'gpu'"),
        ({"balance": 1.1}, "balance is 1.1; expected 0 to 1"),
        ({"label_smoothing": 1.0}, "label_smoothing is 1.0; expected 0 <= it < 1"),
        ({"label_smoothing": float("nan")}, "label_smoothing is nan"),
        ({"adversarial": "fmg"}, "unknown adversarial 'fmg'; did you mean 'fgm'"),
        ({"optimizer": "AdamW"}, "unknown optimizer 'AdamW'"),
    ],
)
def test_values_that_cannot_be(change, message):
    with pytest.raises(ValueError, match=message):
        FitOptions(**change)


def test_neighbours_are_drawn_anew_each_epoch_where_that_is_asked_for():
    assert FitOptions().draw(epoch=3) is None
    assert FitOptions(num_neighbors=4, seed=7).draw(epoch=3) == Draw(4, seed=7, epoch=3)


@pytest.mark.parametrize("adversarial", ADVERSARIES)
def test_every_adversary_is_one(adversarial):
    assert FitOptions(adversarial=adversarial).adversarial == adversarial
