"""The cut is exact: the model says the same within it, and nothing outside of it matters."""

from __future__ import annotations

import numpy as np
import torch

from gnn_emotion.explain.surroundings import SurroundingsCutter


def test_the_model_says_the_same_of_a_post_in_its_surroundings(case):
    for row in (0, 1, 9, 37, 155, 299):
        np.testing.assert_allclose(case.judge(row).probs(), case.probs[row], atol=1e-6)


def test_what_is_outside_of_the_surroundings_changes_nothing(case):
    row = 155
    around = case.judge(row).around
    changed = case.data.clone()
    outside = np.setdiff1d(np.arange(300), around.rows["post"])
    assert len(outside) > 200
    changed["post"].x[torch.from_numpy(outside)] = 9.0
    probs = case.predictor.infer(changed).probs
    np.testing.assert_allclose(probs[row], case.probs[row], atol=1e-6)
    assert not np.allclose(probs, case.probs, atol=1e-3)


def test_hops_say_how_far_a_post_is(case):
    config = case.predictor.checkpoint.model.config
    around = SurroundingsCutter(case.data, config).cut(155)
    hops = around.hops["post"]
    assert hops[0] == 0 and (hops[1:] > 0).all() and hops.max() <= max(config.num_layers, 1)
    if not config.num_layers:
        assert len(hops) == 1


def test_a_removed_node_is_heard_by_nobody(case):
    judge = case.judge(155)
    nodes = judge.around.nodes
    found = judge.without([[node] for node in nodes] + [nodes, []])
    for node, probs in zip(nodes, found, strict=False):
        name, at = node
        silenced = case.data.clone()
        row = int(judge.around.rows[name][at])
        for edge_type in silenced.edge_types:
            if edge_type[0] == name:
                edges = silenced[edge_type].edge_index
                silenced[edge_type].edge_index = edges[:, edges[0] != row]
        expected = case.predictor.infer(silenced).probs[155]
        np.testing.assert_allclose(probs, expected, atol=1e-6)
    np.testing.assert_allclose(found[-1], case.probs[155], atol=1e-6)


def test_copies_do_not_hear_each_other(case):
    judge = case.judge(37)
    x = case.data["post"].x[[37, 38, 39]]
    together = judge.with_features(x).detach().numpy()
    for row, probs in zip(x, together, strict=True):
        alone = judge.with_features(row[None]).detach().numpy()[0]
        np.testing.assert_allclose(probs, alone, atol=1e-6)
    np.testing.assert_allclose(together[0], case.probs[37], atol=1e-6)
    assert np.abs(together[1] - together[0]).max() > 1e-4
