"""Pooling over frames: what is not there does not matter, what is there does."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gnn_emotion.nn.temporal import POOLINGS, TemporalPooling
from gnn_emotion.schema.errors import ContractError

STEPS, DIM, OUT = 5, 3, 4


def pooling(kind: str, seed: int = 0) -> TemporalPooling:
    torch.manual_seed(seed)
    return TemporalPooling(DIM, OUT, kind)


def draw(rows: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(rows, STEPS, DIM, generator=torch.Generator().manual_seed(seed))


def first(*lengths: int) -> torch.Tensor:
    return torch.arange(STEPS) < torch.tensor(lengths)[:, None]


@pytest.mark.parametrize("kind", POOLINGS)
@settings(max_examples=30)
@given(
    st.lists(st.integers(0, STEPS), min_size=1, max_size=6),
    st.sampled_from([0.0, 1e6, float("inf"), float("nan")]),
)
def test_what_absent_frames_hold_changes_nothing(kind, lengths, filler):
    pool, frames, there = pooling(kind), draw(len(lengths)), first(*lengths)
    changed = torch.where(there[..., None], frames, filler)
    with torch.no_grad():
        torch.testing.assert_close(pool(changed, there), pool(frames, there))


@pytest.mark.parametrize("kind", POOLINGS)
@torch.no_grad()
def test_more_room_after_the_last_frame_changes_nothing(kind):
    pool, frames, there = pooling(kind), draw(4), first(1, 3, 5, 0)
    roomy = torch.cat([frames, draw(4, seed=1)], dim=1)
    longer = torch.cat([there, torch.zeros_like(there)], dim=1)
    torch.testing.assert_close(pool(roomy, longer), pool(frames, there))


@pytest.mark.parametrize("kind", POOLINGS)
@torch.no_grad()
def test_a_row_does_not_depend_on_its_company(kind):
    pool, frames, there = pooling(kind), draw(4), first(2, 5, 0, 1)
    together = pool(frames, there)
    assert together.shape == (4, OUT)
    for row in range(4):
        alone = pool(frames[row : row + 1], there[row : row + 1])
        torch.testing.assert_close(alone, together[row : row + 1])


@pytest.mark.parametrize("kind", POOLINGS)
def test_gradients_reach_the_frames_that_are_there_and_no_others(kind):
    pool, there = pooling(kind), first(3, 0, 5)
    frames = draw(3).requires_grad_()
    pool(frames, there).square().sum().backward()
    reached = frames.grad.abs().sum(2) > 0
    assert torch.equal(reached, there)
    for name, parameter in pool.named_parameters():
        assert torch.isfinite(parameter.grad).all(), name
        # The same for all frames, a softmax takes it out again.
        assert parameter.grad.any() or name == "score.2.bias", name


@pytest.mark.parametrize("kind", POOLINGS)
@torch.no_grad()
def test_a_clip_without_frames_is_zero(kind):
    assert not pooling(kind)(draw(2), first(0, 0)).any()
    assert pooling(kind)(draw(0), first()[:0]).shape == (0, OUT)


@torch.no_grad()
def test_the_mean_is_the_mean_of_the_frames_that_are_there():
    pool, frames = pooling("mean"), draw(1)
    expected = pool.lin(frames[:, :3].mean(1))
    torch.testing.assert_close(pool(frames, first(3)), expected)


@torch.no_grad()
def test_attention_is_between_its_frames_and_not_their_mean():
    pool, frames = pooling("attention"), draw(1)
    turned = frames[:, [2, 0, 4, 1, 3]]
    torch.testing.assert_close(pool(turned, first(STEPS)), pool(frames, first(STEPS)))
    mean = pool.lin(frames.mean(1))
    assert (pool(frames, first(STEPS)) - mean).abs().max() > 1e-3
    same = frames[:, :1].expand(-1, STEPS, -1)
    torch.testing.assert_close(pool(same, first(STEPS)), pool.lin(frames[:, 0]))


@torch.no_grad()
def test_the_order_matters_to_an_lstm():
    pool, frames = pooling("lstm"), draw(1)
    turned = frames.flip(1)
    assert (pool(turned, first(STEPS)) - pool(frames, first(STEPS))).abs().max() > 1e-3


@pytest.mark.parametrize("kind", ["attention", "lstm"])
def test_it_learns_what_a_mean_cannot(kind):
    """Which frame is the brightest decides: attention may look at it alone."""
    generator = torch.Generator().manual_seed(3)
    frames = torch.rand(128, STEPS, DIM, generator=generator)
    brightest = frames[:, :, 0].argmax(1)
    target = frames[torch.arange(128), brightest, 1]
    pool = pooling(kind, seed=1)
    head = torch.nn.Linear(OUT, 1)
    optimizer = torch.optim.Adam([*pool.parameters(), *head.parameters()], lr=0.03)
    there = first(*[STEPS] * 128)
    for _ in range(150):
        optimizer.zero_grad()
        loss = (head(pool(frames, there)).squeeze(1) - target).square().mean()
        loss.backward()
        optimizer.step()
    mean = frames.mean(1)
    design = torch.cat([mean, torch.ones(128, 1)], dim=1)
    best = torch.linalg.lstsq(design, target[:, None]).solution
    baseline = (design @ best - target[:, None]).square().mean()
    assert loss < 0.9 * baseline


@pytest.mark.parametrize(
    ("kind", "width", "message"),
    [
        ("median", 4, "unknown pooling of frames 'median'; did you mean 'mean'"),
        ("lstm", 5, "even number"),
    ],
)
def test_options_are_checked(kind, width, message):
    with pytest.raises(ContractError, match=message):
        TemporalPooling(DIM, width, kind)
