"""PyTorch Geometric's explainer on our models: gradients add up to what the features add."""

from __future__ import annotations

import pytest
import torch

from gnn_emotion.explain.pyg import HeteroJudge, explain_nodes
from gnn_emotion.schema.errors import ContractError


def test_attributions_of_all_nodes_add_up(case):
    config = case.predictor.checkpoint.model.config
    judge = case.judge(155)
    if config.hops:
        with pytest.raises(ContractError, match="no gradient"):
            explain_nodes(judge, 0)
        return
    label = int(judge.probs().argmax())
    explanation = explain_nodes(judge, label)
    assert explanation["post"].node_mask.shape == judge.around.data["post"].x.shape
    total = sum(float(explanation[name].node_mask.sum()) for name in explanation.node_types)
    data = judge.around.data
    edges = {kind: data[kind].edge_index for kind in data.edge_types}
    ends = [
        HeteroJudge(judge)({name: share * data[name].x for name in data.node_types}, edges)
        for share in (1, 0)
    ]
    assert total == pytest.approx((ends[0] - ends[1])[0, label].item(), abs=0.02)


def test_the_module_says_what_the_judge_says(case):
    judge = case.judge(37)
    data = judge.around.data
    x_dict = {name: data[name].x for name in data.node_types}
    edges = {kind: data[kind].edge_index for kind in data.edge_types}
    probs = HeteroJudge(judge)(x_dict, edges)[0].detach().double()
    torch.testing.assert_close(probs, torch.from_numpy(judge.probs()), atol=1e-6, rtol=0)
