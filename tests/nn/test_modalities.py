"""Dropout of whole modalities."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.nn.modalities import ModalityDropout, counted
from gnn_emotion.schema.errors import ContractError

NAMES = ("audio", "image", "text")
masks = st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=20)


def as_masks(rows) -> dict[str, torch.Tensor]:
    return dict(zip(NAMES, torch.tensor(rows, dtype=torch.bool).unbind(1), strict=True))


@given(masks, st.floats(0, 0.99), st.integers(0, 99))
def test_it_only_hides_and_never_the_last(rows, p, seed):
    torch.manual_seed(seed)
    present = as_masks(rows)
    kept = ModalityDropout(p).train()(present)
    before, after = (torch.stack([m[n] for n in NAMES], 1) for m in (present, kept))
    assert not (after & ~before).any()
    assert torch.equal(after.any(1), before.any(1))


def test_nothing_is_hidden_in_evaluation():
    present = as_masks([[True, False, True]] * 50)
    kept = ModalityDropout(0.9).eval()(present)
    assert all(torch.equal(kept[n], present[n]) for n in NAMES)


def test_it_hides_as_often_as_told_and_no_modality_more_than_another():
    torch.manual_seed(0)
    kept = ModalityDropout(0.5).train()(as_masks([[True] * 3] * 30_000))
    share = torch.stack([kept[n].float().mean() for n in NAMES])
    # Of the 1/8 of the rows that would lose all, one in three keeps this one.
    torch.testing.assert_close(share, torch.full((3,), 0.5 + 0.125 / 3), atol=0.01, rtol=0)


def test_the_generator_of_torch_draws():
    present = as_masks([[True] * 3] * 64)
    runs = []
    for seed in (5, 5, 6):
        torch.manual_seed(seed)
        kept = ModalityDropout(0.5).train()(present)
        runs.append(torch.stack([kept[n] for n in NAMES]))
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


@pytest.mark.parametrize("p", [-0.1, 1.0, float("nan")])
def test_an_impossible_share(p):
    with pytest.raises(ContractError, match="expected 0 <= p < 1"):
        ModalityDropout(p)


def test_a_row_without_any_counts_all():
    present = torch.tensor([[True, False], [False, False]])
    assert counted(present).tolist() == [[True, False], [True, True]]
