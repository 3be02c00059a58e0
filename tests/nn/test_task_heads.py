"""Heads of further tasks: their shapes and bounds, and that they teach the state that they read."""

from __future__ import annotations

import pytest
import torch

from gnn_emotion.nn.task_heads import POLARITY, VALENCE, TaskHeads

from .conftest import make_blocks, make_config, make_inputs, make_model


def heads_of(*tasks: str) -> TaskHeads:
    torch.manual_seed(0)
    return TaskHeads(make_config(tasks=tasks))


def test_each_task_has_its_shape_and_no_other_answers():
    state = torch.randn(5, 8)
    both = heads_of(POLARITY, VALENCE)(state)
    assert {name: tuple(found.shape) for name, found in both.items()} == {
        POLARITY: (5, 3),
        VALENCE: (5,),
    }
    assert set(heads_of(VALENCE)(state)) == {VALENCE}
    assert heads_of()(state) == {}
    assert not list(heads_of().parameters())


def test_no_post_and_one_post():
    heads = heads_of(POLARITY, VALENCE)
    for count in (0, 1):
        found = heads(torch.zeros(count, 8))
        assert found[POLARITY].shape == (count, 3)
        assert found[VALENCE].shape == (count,)


@pytest.mark.parametrize("scale", [1.0, 1e3, 1e8])
def test_a_valence_stays_in_its_bounds(scale):
    found = heads_of(VALENCE)(torch.randn(200, 8) * scale)[VALENCE]
    assert found.min() >= -1 and found.max() <= 1
    assert found.min() < -0.3 and found.max() > 0.3


@pytest.mark.parametrize("task", [POLARITY, VALENCE])
def test_the_shared_trunk_learns_from_a_further_task(task):
    """All that the state is read from gets a gradient; what reads emotions alone gets none."""
    model = make_model("gat", tasks=(task,))
    blocks = make_blocks([12, 9, 6], {"user": 4, "image": 5, "video": 4})
    answer = model.answer(*make_inputs(blocks), blocks)
    model.tasks(answer.state)[task].pow(2).sum().backward()
    told = {
        name.split(".")[0]
        for name, weights in model.named_parameters()
        if weights.grad is not None and weights.grad.any()
    }
    assert told >= {"inputs", "layers", "tasks"}
    assert not told & {"classifier", "prior"}
