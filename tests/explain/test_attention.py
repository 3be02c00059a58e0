"""Attention: shares of one for each relation, along the edges into the post."""

from __future__ import annotations

import numpy as np
import pytest

from gnn_emotion.explain.attention import attention_of

from ..scoring.conftest import dump, posts_csv, save_model  # noqa: F401
from .conftest import case_of


@pytest.mark.parametrize("conv", ["gat", "gatv2"])
def test_each_relation_shares_out_one(tmp_path, dump, conv):  # noqa: F811
    case = case_of(save_model(tmp_path, conv=conv), dump)
    judge = case.judge(155)
    found = attention_of(judge)
    around = judge.around
    heard = [
        kind for kind in around.data.edge_types if (around.data[kind].edge_index[1] == 0).any()
    ]
    assert len(heard) >= 4
    assert sum(weights.sum() for weights in found.values()) == pytest.approx(len(heard), abs=1e-5)
    near = np.concatenate([around.hops[name] <= 1 for name in found])
    weights = np.concatenate([found[name] for name in found])
    assert (weights[~near] == 0).all() and (weights >= 0).all() and weights[0] == 0


def test_a_mean_has_no_attention_of_its_own(tmp_path, dump):  # noqa: F811
    for conv in ("gcn", "none"):
        case = case_of(save_model(tmp_path / conv, conv=conv), dump)
        assert attention_of(case.judge(155)) == {}
